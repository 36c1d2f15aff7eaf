//! Numbers as `strconv.ParseInt` with base 0 and go-yaml's additions read them.

use crate::{Dialect, Scalar};

/// The number that `text` is, if it is one. Underscores count for nothing.
pub(super) fn resolve(text: &str, dialect: Dialect) -> Option<Scalar> {
    let stripped;
    let plain = if text.contains('_') {
        stripped = text.replace('_', "");
        &stripped
    } else {
        text
    };
    if let Some(integer) = integer(plain) {
        return Some(integer);
    }
    if let Some(float) = float(plain) {
        return Some(Scalar::Float(float));
    }
    // What Go's own prefixes did not take: a sign after the prefix.
    if let Some(found) = prefixed(plain, "0b", "-0b", 2) {
        return Some(found);
    }
    if dialect == Dialect::V3 {
        return prefixed(plain, "0o", "-0o", 8);
    }
    None
}

fn integer(text: &str) -> Option<Scalar> {
    let (negative, unsigned, signed) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..], true),
        b'+' => (false, &text[1..], true),
        _ => (false, text, false),
    };
    let (digits, radix) = split_base(unsigned);
    // `from_str_radix` would take a second sign.
    if !digits.bytes().next()?.is_ascii_alphanumeric() {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(magnitude).map(Scalar::Int);
    }
    match i64::try_from(magnitude) {
        Ok(number) => Some(Scalar::Int(number)),
        // `strconv.ParseUint` takes no sign.
        Err(_) if signed => None,
        Err(_) => Some(Scalar::Uint(magnitude)),
    }
}

fn split_base(text: &str) -> (&str, u32) {
    let bytes = text.as_bytes();
    if bytes.len() > 1 && bytes[0] == b'0' {
        match bytes[1] {
            b'x' | b'X' if bytes.len() > 2 => return (&text[2..], 16),
            b'o' | b'O' if bytes.len() > 2 => return (&text[2..], 8),
            b'b' | b'B' if bytes.len() > 2 => return (&text[2..], 2),
            _ => return (&text[1..], 8),
        }
    }
    (text, 10)
}

fn prefixed(text: &str, positive: &str, negative: &str, radix: u32) -> Option<Scalar> {
    if let Some(digits) = text.strip_prefix(positive) {
        return i64::from_str_radix(digits, radix).ok().map(Scalar::Int);
    }
    let digits = text.strip_prefix(negative)?;
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i64::from_str_radix(&format!("-{digits}"), radix).ok().map(Scalar::Int)
}

/// A decimal number with point or exponent that fits 64 bits.
pub(super) fn float(text: &str) -> Option<f64> {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if !all_digits(digits) {
            return None;
        }
    }
    let is_number = match mantissa.split_once('.') {
        Some(("", fraction)) => all_digits(fraction),
        Some((whole, fraction)) => all_digits(whole) && (fraction.is_empty() || all_digits(fraction)),
        None => all_digits(mantissa),
    };
    if !is_number {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// A number that starts with its point. Go reads these by other rules: underscores only between digits.
pub(super) fn fraction(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return float(text);
    }
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let separates = |(at, _): (usize, &str)| digit(at.checked_sub(1)) && digit(Some(at + 1));
    if text.match_indices('_').all(separates) { float(&text.replace('_', "")) } else { None }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether `text` is a number to base 60 (`12:30`). Nothing reads it as one any more, but the writers quote it.
pub(crate) fn looks_like_base_60(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = rest.split(':');
    let Some(first) = parts.next() else { return false };
    if !first.starts_with(|c: char| c.is_ascii_digit())
        || !first.bytes().all(|b| b.is_ascii_digit() || b == b'_')
    {
        return false;
    }
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return false;
    }
    while let Some(part) = parts.next() {
        let digits = match part.split_once('.') {
            Some((digits, fraction)) if parts.peek().is_none() => {
                if !fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
                    return false;
                }
                digits
            }
            _ => part,
        };
        let fits = match digits.as_bytes() {
            [one] => one.is_ascii_digit(),
            [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
            _ => false,
        };
        if !fits {
            return false;
        }
    }
    true
}
