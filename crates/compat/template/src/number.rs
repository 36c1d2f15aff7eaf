//! Number constants: one text that may be an integer, a float or both, as Go's parser keeps it.

use crate::quote::{quote, unquote_char};

/// A number constant with every reading that its text allows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Number {
    /// The text as written.
    pub(crate) text: String,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    /// The text is a character constant (`'a'`).
    pub(crate) is_char: bool,
    /// The text is imaginary or complex (`2i`, `1+2i`); such constants can only be printed.
    pub(crate) complex: Option<(f64, f64)>,
}

impl Number {
    /// Reads a character constant with its quotes.
    pub(crate) fn character(text: &str) -> Result<Self, String> {
        let inner = text.strip_prefix('\'').unwrap_or(text);
        let Some((value, tail)) = unquote_char(inner, '\'') else {
            return Err("invalid syntax".into());
        };
        if tail != "'" {
            return Err(format!("malformed character constant: {text}"));
        }
        let value = u64::from(value);
        Ok(Self {
            text: text.into(),
            int: Some(value as i64),
            uint: Some(value),
            float: Some(value as f64),
            is_char: true,
            complex: None,
        })
    }

    /// Reads a real or imaginary constant.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut number =
            Self { text: text.into(), int: None, uint: None, float: None, is_char: false, complex: None };
        if let Some(real) = text.strip_suffix('i') {
            let split = real
                .char_indices()
                .skip(1)
                .filter(|(i, c)| matches!(c, '+' | '-') && !real[..*i].ends_with(['e', 'E', 'p', 'P']));
            let (re, im) = match split.last() {
                Some((at, _)) => (parse_float(&real[..at]), parse_float(&real[at..])),
                None => (Some(0.0), parse_float(real)),
            };
            let (Some(re), Some(im)) = (re, im) else {
                return Err(format!("illegal number syntax: {}", quote(text)));
            };
            number.complex = Some((re, im));
            if im == 0.0 {
                number.set_float(re);
            }
            return Ok(number);
        }
        number.uint = parse_uint(text);
        number.int = parse_int(text);
        if number.int == Some(0) {
            // A negative zero is an unsigned zero too.
            number.uint = Some(0);
        }
        if let Some(int) = number.int {
            number.float = Some(int as f64);
        } else if let Some(uint) = number.uint {
            number.float = Some(uint as f64);
        } else if let Some(float) = parse_float(text) {
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {}", quote(text)));
            }
            number.set_float(float);
        }
        if number.int.is_none() && number.uint.is_none() && number.float.is_none() {
            return Err(format!("illegal number syntax: {}", quote(text)));
        }
        Ok(number)
    }

    fn set_float(&mut self, float: f64) {
        self.float = Some(float);
        // Integral floats such as `1e3` also serve where an integer is asked for.
        if float as i64 as f64 == float {
            self.int = Some(float as i64);
        }
        if float as u64 as f64 == float {
            self.uint = Some(float as u64);
        }
    }

    /// Whether the constant, standing where any type will do, is a float.
    pub(crate) fn is_ideal_float(&self) -> bool {
        let hexadecimal = self.text.len() > 2
            && self.text.starts_with('0')
            && matches!(self.text.as_bytes().get(1), Some(b'x' | b'X'))
            && !self.text.contains(['p', 'P']);
        self.float.is_some() && !hexadecimal && !self.is_char && self.text.contains(['.', 'e', 'E', 'p', 'P'])
    }
}

/// `strconv.ParseInt(text, 0, 64)`: base by prefix, underscores between digits.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = parse_uint(digits)?;
    if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// `strconv.ParseUint(text, 0, 64)`.
pub(crate) fn parse_uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    let prefixed = digits.len() != lower.len();
    if !underscores_ok(digits, prefixed) {
        return None;
    }
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    if plain.starts_with('+') {
        return None;
    }
    u64::from_str_radix(&plain, radix).ok()
}

/// Underscores may stand between digits or between a base prefix and a digit.
fn underscores_ok(digits: &str, prefixed: bool) -> bool {
    !digits.ends_with('_') && !digits.contains("__") && (prefixed || !digits.starts_with('_'))
}

/// `strconv.ParseFloat(text, 64)` for the texts that the lexer lets through, hexadecimal floats included.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let unsigned = text.trim_start_matches(['+', '-']);
    if unsigned.len() > 2 && unsigned[..2].eq_ignore_ascii_case("0x") {
        return parse_hexadecimal_float(text, &unsigned[2..]);
    }
    // Underscores are only allowed where a base prefix was written, so never in a decimal float.
    if unsigned.contains('_') || !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

fn parse_hexadecimal_float(text: &str, digits: &str) -> Option<f64> {
    let (mantissa, exponent) = digits.split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut value = 0f64;
    for digit in whole.chars().chain(fraction.chars()).filter(|c| *c != '_') {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let shift = exponent.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?;
    let value = value * 2f64.powi(shift);
    value.is_finite().then_some(if text.starts_with('-') { -value } else { value })
}
