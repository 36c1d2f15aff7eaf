//! Dates by example: the layouts of Go's `time` package, for printing and for reading.

mod parse;
mod print;

pub(crate) use parse::parse;
pub(crate) use print::print;

/// A piece of a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    LongMonth,
    Month,
    NumberMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    ZoneName,
    /// An offset: `Z` for UTC, colons between, how many of hours, minutes and seconds
    Offset {
        zulu: bool,
        colons: bool,
        parts: u8,
    },
    /// A fraction of a second behind `.` or `,`: with that many digits, or without trailing zeros
    Fraction {
        separator: char,
        digits: usize,
        trim: bool,
    },
}

/// The pieces that are found by their text alone; longer ones first where one begins another.
const NAMED: &[(&str, Piece<'static>)] = &[
    ("January", Piece::LongMonth),
    ("Monday", Piece::LongWeekday),
    ("2006", Piece::LongYear),
    ("-07:00:00", Piece::Offset { zulu: false, colons: true, parts: 3 }),
    ("-070000", Piece::Offset { zulu: false, colons: false, parts: 3 }),
    ("-07:00", Piece::Offset { zulu: false, colons: true, parts: 2 }),
    ("-0700", Piece::Offset { zulu: false, colons: false, parts: 2 }),
    ("-07", Piece::Offset { zulu: false, colons: false, parts: 1 }),
    ("Z07:00:00", Piece::Offset { zulu: true, colons: true, parts: 3 }),
    ("Z070000", Piece::Offset { zulu: true, colons: false, parts: 3 }),
    ("Z07:00", Piece::Offset { zulu: true, colons: true, parts: 2 }),
    ("Z0700", Piece::Offset { zulu: true, colons: false, parts: 2 }),
    ("Z07", Piece::Offset { zulu: true, colons: false, parts: 1 }),
    ("MST", Piece::ZoneName),
    ("002", Piece::ZeroYearDay),
    ("__2", Piece::UnderYearDay),
    ("01", Piece::ZeroMonth),
    ("02", Piece::ZeroDay),
    ("03", Piece::ZeroHour12),
    ("04", Piece::ZeroMinute),
    ("05", Piece::ZeroSecond),
    ("06", Piece::Year),
    ("15", Piece::Hour),
    ("PM", Piece::UpperHalf),
    ("pm", Piece::LowerHalf),
    ("1", Piece::NumberMonth),
    ("2", Piece::Day),
    ("3", Piece::Hour12),
    ("4", Piece::Minute),
    ("5", Piece::Second),
];

fn piece_at(layout: &str) -> Option<(Piece<'static>, usize)> {
    for (text, piece) in NAMED {
        if layout.starts_with(text) {
            return Some((*piece, text.len()));
        }
    }
    // `_2006` is an underscore before a year.
    if layout.starts_with("_2") && !layout.starts_with("_2006") {
        return Some((Piece::UnderDay, 2));
    }
    // `Jan` and `Mon` are not the beginning of another word.
    for (text, piece) in [("Jan", Piece::Month), ("Mon", Piece::Weekday)] {
        if let Some(rest) = layout.strip_prefix(text)
            && !rest.starts_with(|c: char| c.is_ascii_lowercase())
        {
            return Some((piece, 3));
        }
    }
    let separator = layout.chars().next().filter(|c| matches!(c, '.' | ','))?;
    let digit = layout.as_bytes().get(1).copied().filter(|byte| matches!(byte, b'0' | b'9'))?;
    let digits = layout.bytes().skip(1).take_while(|byte| *byte == digit).count();
    let follows = layout.as_bytes().get(1 + digits);
    if follows.is_some_and(u8::is_ascii_digit) {
        return None;
    }
    Some((Piece::Fraction { separator, digits, trim: digit == b'9' }, 1 + digits))
}

/// The pieces of a layout, with their text.
fn pieces(layout: &str) -> Vec<(Piece<'_>, &str)> {
    let mut pieces = Vec::new();
    let (mut text_start, mut at) = (0, 0);
    while at < layout.len() {
        match piece_at(&layout[at..]) {
            Some((piece, length)) => {
                if text_start < at {
                    pieces.push((Piece::Text(&layout[text_start..at]), &layout[text_start..at]));
                }
                pieces.push((piece, &layout[at..at + length]));
                at += length;
                text_start = at;
            }
            None => at += layout[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    if text_start < layout.len() {
        pieces.push((Piece::Text(&layout[text_start..]), &layout[text_start..]));
    }
    pieces
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
