//! Numbers out of any value: the conversions that Sprig takes from the `cast` package, and Go's number syntax.

use ferroflux_template::Value;

/// The value as an `int64`; what cannot be converted is 0.
pub(super) fn to_int(value: &Value) -> i64 {
    match value {
        Value::Bool(truth) => i64::from(*truth),
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Int32(number) => i64::from(*number),
        Value::Uint64(number) => *number as i64,
        Value::Uint8(number) => i64::from(*number),
        Value::Float(number) => float_to_int(*number),
        Value::String(text) => parse_int(without_zero_decimals(&text.to_str()), 0).unwrap_or(0),
        _ => 0,
    }
}

/// The value as a `float64`; what cannot be converted is 0.
pub(super) fn to_float(value: &Value) -> f64 {
    match value {
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::Int(number) | Value::Int64(number) => *number as f64,
        Value::Int32(number) => f64::from(*number),
        Value::Uint64(number) => *number as f64,
        Value::Uint8(number) => f64::from(*number),
        Value::Float(number) => *number,
        Value::String(text) => parse_float(&text.to_str()).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// What the processor that charts were written on makes of a float out of range: the smallest number.
fn float_to_int(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) { number as i64 } else { i64::MIN }
}

/// `12.00` without its decimals.
fn without_zero_decimals(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') && !whole.is_empty() => whole,
        _ => text,
    }
}

/// `strconv.ParseFloat` of decimal text; `None` for what is none or does not fit.
fn parse_float(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    let named = text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_alphabetic());
    (number.is_finite() || named).then_some(number)
}

/// `strconv.ParseInt` with a base, or with base 0: the base from the prefix, and underscores between digits.
pub(super) fn parse_int(text: &str, base: u32) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = if base == 0 { split_prefix(digits)? } else { (base, digits.to_owned()) };
    if digits.is_empty() || !digits.bytes().all(|byte| char::from(byte).is_digit(base)) {
        return None;
    }
    let magnitude = i128::from_str_radix(&digits, base).ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

fn split_prefix(digits: &str) -> Option<(u32, String)> {
    let lower = digits.to_ascii_lowercase();
    let (base, rest, prefixed) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest, true)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest, true)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest, true)
    } else if lower.len() > 1
        && let Some(rest) = lower.strip_prefix('0')
    {
        (8, rest, true)
    } else {
        (10, lower.as_str(), false)
    };
    if rest.contains('_') {
        // Between digits, or between the prefix and a digit.
        let misplaced = rest.ends_with('_') || rest.contains("__") || !prefixed && rest.starts_with('_');
        if misplaced {
            return None;
        }
    }
    Some((base, rest.replace('_', "")))
}
