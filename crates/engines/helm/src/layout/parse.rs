//! Reading times.

use ferroflux_template::quote::quote;
use jiff::{
    Zoned,
    civil::DateTime,
    tz::{Offset, TimeZone},
};

use super::{MONTHS, Piece, WEEKDAYS, pieces};

/// Reads `text` by `layout`; a time without offset is in UTC. The error is Go's.
pub(crate) fn parse(layout: &str, text: &str) -> Result<Zoned, String> {
    let mut reader = Reader { rest: text, fields: Fields::default() };
    let failed = |value: &str, piece: &str, message: &str| {
        let head = format!("parsing time {}", quote(text));
        if message.is_empty() {
            format!("{head} as {}: cannot parse {} as {}", quote(layout), quote(value), quote(piece))
        } else {
            format!("{head}{message}")
        }
    };
    let pieces = pieces(layout);
    for (index, (piece, shown)) in pieces.iter().enumerate() {
        let before = reader.rest;
        let next_is_fraction = matches!(pieces.get(index + 1), Some((Piece::Fraction { .. }, _)));
        match reader.piece(*piece, next_is_fraction) {
            Ok(()) => {}
            Err(Problem::Form) => return Err(failed(before, shown, "")),
            Err(Problem::Range(what)) => return Err(failed("", "", &format!(": {what} out of range"))),
        }
    }
    if !reader.rest.is_empty() {
        return Err(failed("", "", &format!(": extra text: {}", quote(reader.rest))));
    }
    reader.fields.time().map_err(|what| failed("", "", &format!(": {what} out of range")))
}

enum Problem {
    Form,
    Range(&'static str),
}

#[derive(Default)]
struct Fields {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
    year_day: Option<i16>,
    hour: i8,
    afternoon: Option<bool>,
    minute: i8,
    second: i8,
    nanosecond: i32,
    offset: Option<i32>,
}

struct Reader<'a> {
    rest: &'a str,
    fields: Fields,
}

impl Reader<'_> {
    /// A number of `least` to `most` digits.
    fn number(&mut self, least: usize, most: usize) -> Result<i32, Problem> {
        let digits = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if digits < least {
            return Err(Problem::Form);
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        number.parse().map_err(|_| Problem::Form)
    }

    fn ranged(&mut self, least: usize, most: usize, limit: i32, what: &'static str) -> Result<i8, Problem> {
        let number = self.number(least, most)?;
        if number > limit { Err(Problem::Range(what)) } else { Ok(number as i8) }
    }

    fn name(&mut self, names: &[&str], letters: Option<usize>) -> Result<i8, Problem> {
        for (index, name) in names.iter().enumerate() {
            let name = name.get(..letters.unwrap_or(name.len())).unwrap_or(name);
            if self.rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
                self.rest = &self.rest[name.len()..];
                return Ok(index as i8 + 1);
            }
        }
        Err(Problem::Form)
    }

    fn literal(&mut self, text: &str) -> Result<(), Problem> {
        // A blank in a layout stands for any number of them.
        for part in text.split_inclusive(' ') {
            let solid = part.trim_end_matches(' ');
            self.rest = self.rest.strip_prefix(solid).ok_or(Problem::Form)?;
            if part.ends_with(' ') {
                if !self.rest.is_empty() && !self.rest.starts_with(' ') {
                    return Err(Problem::Form);
                }
                self.rest = self.rest.trim_start_matches(' ');
            }
        }
        Ok(())
    }

    fn fraction(&mut self, least: Option<usize>) -> Result<(), Problem> {
        let digits = self.rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
        if digits == 0 || least.is_some_and(|least| digits < least) {
            return Err(Problem::Form);
        }
        let digits = least.unwrap_or(digits);
        let text = self.rest.get(1..1 + digits).unwrap_or_default();
        self.fields.nanosecond = format!("{text:0<9}").get(..9).unwrap_or("0").parse().unwrap_or(0);
        self.rest = &self.rest[1 + digits..];
        Ok(())
    }

    fn piece(&mut self, piece: Piece<'_>, next_is_fraction: bool) -> Result<(), Problem> {
        match piece {
            Piece::Text(text) => self.literal(text)?,
            Piece::LongMonth => self.fields.month = Some(self.name(&MONTHS, None)?),
            Piece::Month => self.fields.month = Some(self.name(&MONTHS, Some(3))?),
            Piece::NumberMonth | Piece::ZeroMonth => {
                let month = self.ranged(if piece == Piece::ZeroMonth { 2 } else { 1 }, 2, 12, "month")?;
                if month == 0 {
                    return Err(Problem::Range("month"));
                }
                self.fields.month = Some(month);
            }
            Piece::LongWeekday => {
                self.name(&WEEKDAYS, None)?;
            }
            Piece::Weekday => {
                self.name(&WEEKDAYS, Some(3))?;
            }
            Piece::Day | Piece::UnderDay | Piece::ZeroDay => {
                if piece == Piece::UnderDay {
                    self.rest = self.rest.strip_prefix(' ').unwrap_or(self.rest);
                }
                self.fields.day = Some(self.number(if piece == Piece::ZeroDay { 2 } else { 1 }, 2)? as i8);
            }
            Piece::UnderYearDay | Piece::ZeroYearDay => {
                if piece == Piece::UnderYearDay {
                    let blanks = self.rest.bytes().take(2).take_while(|byte| *byte == b' ').count();
                    self.rest = &self.rest[blanks..];
                }
                let least = if piece == Piece::ZeroYearDay { 3 } else { 1 };
                self.fields.year_day = Some(self.number(least, 3)? as i16);
            }
            Piece::Hour => self.fields.hour = self.ranged(1, 2, 23, "hour")?,
            Piece::Hour12 => self.fields.hour = self.ranged(1, 2, 12, "hour")?,
            Piece::ZeroHour12 => self.fields.hour = self.ranged(2, 2, 12, "hour")?,
            Piece::Minute => self.fields.minute = self.ranged(1, 2, 59, "minute")?,
            Piece::ZeroMinute => self.fields.minute = self.ranged(2, 2, 59, "minute")?,
            Piece::Second | Piece::ZeroSecond => {
                let least = if piece == Piece::ZeroSecond { 2 } else { 1 };
                self.fields.second = self.ranged(least, 2, 59, "second")?;
                // Fractions of seconds are accepted where the layout has none.
                let fraction = self.rest.starts_with(['.', ','])
                    && self.rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
                if fraction && !next_is_fraction {
                    self.fraction(None)?;
                }
            }
            Piece::LongYear => self.fields.year = self.number(4, 4)? as i16,
            Piece::Year => {
                let year = self.number(2, 2)? as i16;
                self.fields.year = if year >= 69 { 1900 + year } else { 2000 + year };
            }
            Piece::UpperHalf | Piece::LowerHalf => {
                let (am, pm) = if piece == Piece::UpperHalf { ("AM", "PM") } else { ("am", "pm") };
                let afternoon = self.rest.starts_with(pm);
                if !afternoon && !self.rest.starts_with(am) {
                    return Err(Problem::Form);
                }
                self.rest = &self.rest[2..];
                self.fields.afternoon = Some(afternoon);
            }
            Piece::ZoneName => self.zone_name()?,
            Piece::Offset { zulu, colons, parts } => self.offset(zulu, colons, parts)?,
            Piece::Fraction { trim: true, .. } => {
                if self.rest.starts_with(['.', ','])
                    && self.rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
                {
                    self.fraction(None)?;
                }
            }
            Piece::Fraction { digits, .. } => {
                if !self.rest.starts_with(['.', ',']) {
                    return Err(Problem::Form);
                }
                self.fraction(Some(digits))?;
            }
        }
        Ok(())
    }

    /// Only UTC is known by name; another abbreviation is a zone at offset zero.
    fn zone_name(&mut self) -> Result<(), Problem> {
        let letters = self.rest.bytes().take_while(u8::is_ascii_uppercase).count();
        if !(3..=5).contains(&letters) {
            return Err(Problem::Form);
        }
        self.rest = &self.rest[letters..];
        self.fields.offset = self.fields.offset.or(Some(0));
        Ok(())
    }

    fn offset(&mut self, zulu: bool, colons: bool, parts: u8) -> Result<(), Problem> {
        if zulu && let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            self.fields.offset = Some(0);
            return Ok(());
        }
        let negative = match self.rest.bytes().next() {
            Some(b'-') => true,
            Some(b'+') => false,
            _ => return Err(Problem::Form),
        };
        self.rest = &self.rest[1..];
        let mut seconds = 0;
        for (index, unit) in [3600, 60, 1].into_iter().take(usize::from(parts)).enumerate() {
            if colons && index > 0 {
                self.rest = self.rest.strip_prefix(':').ok_or(Problem::Form)?;
            }
            seconds += self.number(2, 2)? * unit;
        }
        self.fields.offset = Some(if negative { -seconds } else { seconds });
        Ok(())
    }
}

impl Fields {
    fn time(self) -> Result<Zoned, &'static str> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let (month, day) = match self.year_day {
            Some(year_day) => {
                let first = jiff::civil::Date::new(self.year, 1, 1).map_err(|_| "year")?;
                let date = first
                    .checked_add(jiff::Span::new().days(i64::from(year_day) - 1))
                    .map_err(|_| "day-of-year")?;
                if date.year() != self.year {
                    return Err("day-of-year");
                }
                (date.month(), date.day())
            }
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
        };
        let civil = DateTime::new(self.year, month, day, hour, self.minute, self.second, self.nanosecond)
            .map_err(|_| "day")?;
        let zone = match self.offset {
            None | Some(0) => TimeZone::UTC,
            Some(seconds) => TimeZone::fixed(Offset::from_seconds(seconds).map_err(|_| "time zone offset")?),
        };
        civil.to_zoned(zone).map_err(|_| "year")
    }
}
