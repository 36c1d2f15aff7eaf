//! Durations as `time.ParseDuration` reads and `time.Duration.String` writes them.

/// Nanoseconds; the range of Go's `time.Duration`.
pub type Nanoseconds = i64;

/// Why a text is no duration, in Go's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No number, or one out of range.
    #[error("time: invalid duration {}", quoted(.0))]
    Invalid(String),
    /// A number without a unit.
    #[error("time: missing unit in duration {}", quoted(.0))]
    MissingUnit(String),
    /// A unit that does not exist.
    #[error("time: unknown unit {} in duration {}", quoted(unit), quoted(duration))]
    UnknownUnit {
        /// The unit.
        unit: String,
        /// The whole text.
        duration: String,
    },
}

/// `time` quotes with fewer rules than `strconv`: what is not printable ASCII becomes `\xNN`, byte by byte.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// The greatest magnitude, that of the smallest duration.
const GREATEST: u64 = 1 << 63;

fn unit(name: &str) -> Option<u64> {
    Some(match name {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// Reads numbers with units, such as `1h30m`, `-1.5s`, `0`.
pub fn parse(text: &str) -> Result<Nanoseconds, Error> {
    let invalid = || Error::Invalid(text.to_owned());
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        if name.is_empty() {
            // Go looks at the size of the number first.
            whole_number(whole).ok_or_else(invalid)?;
            return Err(Error::MissingUnit(text.to_owned()));
        }
        let whole = whole_number(whole).ok_or_else(invalid)?;
        let Some(unit) = unit(name) else {
            return Err(Error::UnknownUnit { unit: name.to_owned(), duration: text.to_owned() });
        };
        let part = whole.checked_mul(unit).filter(|part| *part <= GREATEST).ok_or_else(invalid)?;
        let part = part
            .checked_add(fraction_of(fraction, unit))
            .filter(|part| *part <= GREATEST)
            .ok_or_else(invalid)?;
        total = total.checked_add(part).filter(|total| *total <= GREATEST).ok_or_else(invalid)?;
        rest = after;
    }
    if negative {
        0i64.checked_sub_unsigned(total).ok_or_else(invalid)
    } else {
        i64::try_from(total).map_err(|_| invalid())
    }
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn whole_number(digits: &str) -> Option<u64> {
    if digits.is_empty() { Some(0) } else { digits.parse().ok().filter(|number| *number <= GREATEST) }
}

/// Digits behind the point, as many as fit, times the unit, in floating point as Go does it.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let mut number: u64 = 0;
    let mut scale = 1.0;
    for digit in digits.bytes() {
        let next = number.checked_mul(10).and_then(|n| n.checked_add(u64::from(digit - b'0')));
        let Some(next) = next.filter(|n| *n <= GREATEST) else { break };
        number = next;
        scale *= 10.0;
    }
    (number as f64 * (unit as f64 / scale)) as u64
}

/// Writes a duration as Go prints it: `1h30m0s`, `1.5s`, `250ms`, `0s`.
pub fn format(duration: Nanoseconds) -> String {
    let magnitude = duration.unsigned_abs();
    let sign = if duration < 0 { "-" } else { "" };
    let text = match magnitude {
        0 => return "0s".into(),
        1..1_000 => format!("{magnitude}ns"),
        1_000..1_000_000 => decimal(magnitude, 1_000) + "µs",
        1_000_000..1_000_000_000 => decimal(magnitude, 1_000_000) + "ms",
        _ => {
            let minutes = magnitude / 60_000_000_000;
            let seconds = decimal(magnitude % 60_000_000_000, 1_000_000_000) + "s";
            match (minutes / 60, minutes % 60) {
                (0, 0) => seconds,
                (0, minutes) => format!("{minutes}m{seconds}"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    };
    format!("{sign}{text}")
}

fn decimal(number: u64, one: u64) -> String {
    let (whole, rest) = (number / one, number % one);
    if rest == 0 {
        return whole.to_string();
    }
    let width = one.ilog10() as usize;
    let fraction = format!("{rest:0width$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}
