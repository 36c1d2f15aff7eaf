//! Dates and times in the forms that go-yaml takes, printed as Go prints a `time.Time` in JSON.

/// Reads one of `Y-M-D`, `Y-M-D h:m:s[.f]`, `Y-M-DTh:m:s[.f]zone` (also with `t`) and answers it as RFC 3339 with
/// as many fraction digits as needed. One-digit months, days, hours, minutes and seconds are fine.
pub(super) fn parse(text: &str) -> Option<String> {
    let (year, rest) = text.split_at_checked(4)?;
    if !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut cursor = Cursor { rest: rest.as_bytes() };
    cursor.literal(b'-')?;
    let month = cursor.number()?;
    cursor.literal(b'-')?;
    let day = cursor.number()?;
    let leap = year.parse::<u32>().is_ok_and(|y| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if day == 0 || day > days {
        return None;
    }
    let date = format!("{year}-{month:02}-{day:02}");
    if cursor.rest.is_empty() {
        return Some(date + "T00:00:00Z");
    }
    let zoned = match cursor.next()? {
        b'T' | b't' => true,
        b' ' => {
            cursor.skip_blanks();
            false
        }
        _ => return None,
    };
    let time = cursor.time()?;
    let zone = if zoned { cursor.zone()? } else { "Z".into() };
    cursor.rest.is_empty().then(|| format!("{date}T{time}{zone}"))
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn literal(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    fn skip_blanks(&mut self) {
        while let [b' ', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// One or two digits.
    fn number(&mut self) -> Option<u32> {
        let first = self.next().filter(u8::is_ascii_digit)?;
        let mut number = u32::from(first - b'0');
        if let [digit @ b'0'..=b'9', rest @ ..] = self.rest {
            number = number * 10 + u32::from(digit - b'0');
            self.rest = rest;
        }
        Some(number)
    }

    fn time(&mut self) -> Option<String> {
        let hour = self.number().filter(|h| *h < 24)?;
        self.literal(b':')?;
        let minute = self.number().filter(|m| *m < 60)?;
        self.literal(b':')?;
        let second = self.number().filter(|s| *s < 60)?;
        let mut time = format!("{hour:02}:{minute:02}:{second:02}");
        if let [b'.' | b',', b'0'..=b'9', ..] = self.rest {
            let digits = self.rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
            let fraction = &self.rest[1..=digits.min(9)];
            let used = fraction.iter().rposition(|b| *b != b'0').map_or(0, |last| last + 1);
            if used > 0 {
                time.push('.');
                time.extend(fraction[..used].iter().map(|b| char::from(*b)));
            }
            self.rest = &self.rest[1 + digits..];
        }
        Some(time)
    }

    /// `Z` or an offset; an offset of nothing is `Z` too.
    fn zone(&mut self) -> Option<String> {
        if let [b'Z', rest @ ..] = self.rest {
            self.rest = rest;
            return Some("Z".into());
        }
        let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, rest @ ..] = self.rest else { return None };
        let pair = |tens: &u8, ones: &u8| {
            (tens.is_ascii_digit() && ones.is_ascii_digit())
                .then(|| u32::from(tens - b'0') * 10 + u32::from(ones - b'0'))
        };
        let minutes = pair(h1, h2).filter(|h| *h <= 24)? * 60 + pair(m1, m2).filter(|m| *m <= 60)?;
        self.rest = rest;
        if minutes == 0 {
            return Some("Z".into());
        }
        Some(format!("{}{:02}:{:02}", char::from(*sign), minutes / 60, minutes % 60))
    }
}
