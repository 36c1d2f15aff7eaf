//! Printing times.

use std::fmt::Write as _;

use jiff::Zoned;

use super::{MONTHS, Piece, WEEKDAYS, pieces};

/// The time in the form that `layout` shows.
pub(crate) fn print(time: &Zoned, layout: &str) -> String {
    let mut out = String::with_capacity(layout.len() + 8);
    for (piece, _) in pieces(layout) {
        print_piece(&mut out, time, piece);
    }
    out
}

fn print_piece(out: &mut String, time: &Zoned, piece: Piece<'_>) {
    let name =
        |names: &[&'static str], number: i8| names.get(number as usize - 1).copied().unwrap_or_default();
    let short = |name: &'static str| name.get(..3).unwrap_or_default();
    let hour12 = if time.hour() % 12 == 0 { 12 } else { time.hour() % 12 };
    let afternoon = time.hour() >= 12;
    let weekday = name(&WEEKDAYS, time.weekday().to_monday_one_offset());
    let _ = match piece {
        Piece::Text(text) => write!(out, "{text}"),
        Piece::LongMonth => write!(out, "{}", name(&MONTHS, time.month())),
        Piece::Month => write!(out, "{}", short(name(&MONTHS, time.month()))),
        Piece::NumberMonth => write!(out, "{}", time.month()),
        Piece::ZeroMonth => write!(out, "{:02}", time.month()),
        Piece::LongWeekday => write!(out, "{weekday}"),
        Piece::Weekday => write!(out, "{}", short(weekday)),
        Piece::Day => write!(out, "{}", time.day()),
        Piece::UnderDay => write!(out, "{:2}", time.day()),
        Piece::ZeroDay => write!(out, "{:02}", time.day()),
        Piece::UnderYearDay => write!(out, "{:3}", time.day_of_year()),
        Piece::ZeroYearDay => write!(out, "{:03}", time.day_of_year()),
        Piece::Hour => write!(out, "{:02}", time.hour()),
        Piece::Hour12 => write!(out, "{hour12}"),
        Piece::ZeroHour12 => write!(out, "{hour12:02}"),
        Piece::Minute => write!(out, "{}", time.minute()),
        Piece::ZeroMinute => write!(out, "{:02}", time.minute()),
        Piece::Second => write!(out, "{}", time.second()),
        Piece::ZeroSecond => write!(out, "{:02}", time.second()),
        Piece::LongYear => write!(out, "{:04}", time.year()),
        Piece::Year => write!(out, "{:02}", time.year().rem_euclid(100)),
        Piece::UpperHalf => write!(out, "{}", if afternoon { "PM" } else { "AM" }),
        Piece::LowerHalf => write!(out, "{}", if afternoon { "pm" } else { "am" }),
        Piece::ZoneName => write!(out, "{}", zone_name(time)),
        Piece::Offset { zulu, colons, parts } => {
            print_offset(out, time.offset().seconds(), zulu, colons, parts);
            Ok(())
        }
        Piece::Fraction { separator, digits, trim } => {
            let nanoseconds = format!("{:09}", time.subsec_nanosecond());
            let shown = nanoseconds.get(..digits.min(9)).unwrap_or_default();
            let shown = if trim { shown.trim_end_matches('0') } else { shown };
            if shown.is_empty() { Ok(()) } else { write!(out, "{separator}{shown}") }
        }
    };
}

/// The zone's abbreviation; an offset for zones that have none, as in Go.
fn zone_name(time: &Zoned) -> String {
    let zone = time.time_zone();
    if zone.iana_name() == Some("UTC") || *zone == jiff::tz::TimeZone::UTC {
        return "UTC".into();
    }
    match zone.iana_name() {
        Some(_) => zone.to_offset_info(time.timestamp()).abbreviation().to_owned(),
        None => {
            let mut out = String::new();
            print_offset(&mut out, time.offset().seconds(), false, false, 2);
            out
        }
    }
}

fn print_offset(out: &mut String, seconds: i32, zulu: bool, colons: bool, parts: u8) {
    if zulu && seconds == 0 {
        out.push('Z');
        return;
    }
    let magnitude = seconds.unsigned_abs();
    let colon = if colons { ":" } else { "" };
    let sign = if seconds < 0 { '-' } else { '+' };
    let _ = write!(out, "{sign}{:02}", magnitude / 3600);
    if parts > 1 {
        let _ = write!(out, "{colon}{:02}", magnitude / 60 % 60);
    }
    if parts > 2 {
        let _ = write!(out, "{colon}{:02}", magnitude % 60);
    }
}
