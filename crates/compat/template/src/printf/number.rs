//! Integers and floats under every verb, with sign, padding and precision as Go has them.

use ferroflux_go::float;

use super::Printer;
use crate::value::Value;

impl Printer {
    pub(super) fn signed(&mut self, number: i64, verb: char, value: &Value) {
        match verb {
            'c' | 'q' | 'U' => self.rune(u64::try_from(number).unwrap_or(u64::MAX), verb),
            _ => self.integer(number.unsigned_abs(), number < 0, verb, value),
        }
    }

    pub(super) fn unsigned(&mut self, number: u64, verb: char, value: &Value) {
        match verb {
            'c' | 'q' | 'U' => self.rune(number, verb),
            'v' if self.flags.sharp_v => {
                self.flags.sharp = true;
                self.integer(number, false, 'x', value);
                self.flags.sharp = false;
            }
            _ => self.integer(number, false, verb, value),
        }
    }

    fn integer(&mut self, magnitude: u64, negative: bool, verb: char, value: &Value) {
        let mut digits = match verb {
            'v' | 'd' => magnitude.to_string(),
            'b' => format!("{magnitude:b}"),
            'o' | 'O' => format!("{magnitude:o}"),
            'x' => format!("{magnitude:x}"),
            'X' => format!("{magnitude:X}"),
            _ => return self.bad_verb(value, verb),
        };
        let flags = &self.flags;
        let signed = negative || flags.plus || flags.space;
        let least = match (flags.precision, flags.width) {
            (Some(0), _) if magnitude == 0 => {
                let blanks = flags.width.unwrap_or(0);
                self.out.extend(std::iter::repeat_n(b' ', blanks));
                return;
            }
            (Some(precision), _) => precision,
            (None, Some(width)) if flags.zero && !flags.minus => width - usize::from(signed).min(width),
            _ => 0,
        };
        if digits.len() < least {
            digits.insert_str(0, &"0".repeat(least - digits.len()));
        }
        if flags.sharp {
            match verb {
                'b' => digits.insert_str(0, "0b"),
                'o' if !digits.starts_with('0') => digits.insert(0, '0'),
                'x' => digits.insert_str(0, "0x"),
                'X' => digits.insert_str(0, "0X"),
                _ => {}
            }
        }
        if verb == 'O' {
            digits.insert_str(0, "0o");
        }
        if negative {
            digits.insert(0, '-');
        } else if flags.plus {
            digits.insert(0, '+');
        } else if flags.space {
            digits.insert(0, ' ');
        }
        let zero = std::mem::take(&mut self.flags.zero);
        self.pad(digits.as_bytes());
        self.flags.zero = zero;
    }

    pub(super) fn float(&mut self, number: f64, verb: char, value: &Value) {
        let precision = self.flags.precision;
        let magnitude = number.abs();
        let mut digits = match verb {
            _ if !number.is_finite() && "vbeEfFgGxX".contains(verb) => {
                if number.is_nan() {
                    "NaN".to_owned()
                } else {
                    "Inf".to_owned()
                }
            }
            'v' | 'g' => general(magnitude, precision),
            'G' => general(magnitude, precision).to_uppercase(),
            'e' => exponent(magnitude, precision.unwrap_or(6)),
            'E' => exponent(magnitude, precision.unwrap_or(6)).to_uppercase(),
            'f' | 'F' => format!("{magnitude:.*}", precision.unwrap_or(6)),
            'b' => binary_exponent(magnitude),
            'x' => hexadecimal(magnitude),
            'X' => hexadecimal(magnitude).to_uppercase(),
            _ => return self.bad_verb(value, verb),
        };
        if self.flags.sharp && verb != 'b' && number.is_finite() {
            digits = keep_point(&digits, verb, precision);
        }
        let sign = if number.is_sign_negative() && !number.is_nan() {
            "-"
        } else if self.flags.plus {
            "+"
        } else if self.flags.space {
            " "
        } else if verb == 'v' && number.is_infinite() {
            // An infinity always shows its sign.
            "+"
        } else {
            ""
        };
        let sign = if number.is_infinite() && sign.is_empty() { "+" } else { sign };
        let zero = std::mem::take(&mut self.flags.zero);
        if zero && !self.flags.minus && number.is_finite() && !sign.is_empty() {
            let width = self.flags.width.unwrap_or(0).saturating_sub(sign.len() + digits.len());
            digits.insert_str(0, &"0".repeat(width));
        } else {
            self.flags.zero = zero && number.is_finite() && sign.is_empty();
        }
        let text = format!("{sign}{digits}");
        self.pad(text.as_bytes());
        self.flags.zero = zero;
    }
}

/// `%e`: Rust writes the exponent without sign and padding.
fn exponent(magnitude: f64, precision: usize) -> String {
    let text = format!("{magnitude:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    pad_exponent(mantissa, exponent.parse().unwrap_or(0))
}

fn pad_exponent(mantissa: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

/// `%g`: the shorter of the two forms; the precision counts significant digits.
fn general(magnitude: f64, precision: Option<usize>) -> String {
    let Some(precision) = precision else {
        return float::format_g(magnitude);
    };
    let precision = precision.max(1);
    let text = format!("{magnitude:.*e}", precision - 1);
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    let digits = digits.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    let count = digits.len() as i32;
    let mut threshold = precision as i32;
    if threshold > count && count > power {
        threshold = count;
    }
    if power < -4 || power >= threshold {
        let (first, rest) = digits.split_at(1);
        let mantissa = if rest.is_empty() { first.to_owned() } else { format!("{first}.{rest}") };
        return pad_exponent(&mantissa, power);
    }
    format!("{magnitude:.*}", usize::try_from(count - 1 - power).unwrap_or(0))
}

/// `%#g` and the like keep the decimal point, and `%#g` its trailing zeros.
fn keep_point(digits: &str, verb: char, precision: Option<usize>) -> String {
    let (mantissa, tail) = match digits.find(['e', 'E', 'p', 'P']) {
        Some(at) => digits.split_at(at),
        None => (digits, ""),
    };
    let mut mantissa = mantissa.to_owned();
    let wanted = match verb {
        'g' | 'G' | 'v' => precision.unwrap_or(6),
        _ => 0,
    };
    if !mantissa.contains('.') {
        mantissa.push('.');
    }
    let significant = mantissa.chars().filter(char::is_ascii_digit).collect::<String>();
    let significant = significant.trim_start_matches('0').len().max(1);
    mantissa.extend(std::iter::repeat_n('0', wanted.saturating_sub(significant)));
    format!("{mantissa}{tail}")
}

/// `%b`: the mantissa as an integer and the power of two.
fn binary_exponent(magnitude: f64) -> String {
    let bits = magnitude.to_bits();
    let exponent = i64::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exponent) = if exponent == 0 { (fraction, 1) } else { (fraction | (1 << 52), exponent) };
    format!("{mantissa}p{:+}", exponent - 1075)
}

/// `%x`: a hexadecimal mantissa and a power of two.
fn hexadecimal(magnitude: f64) -> String {
    if magnitude == 0.0 {
        return "0x0p+00".into();
    }
    let bits = magnitude.to_bits();
    let mut exponent = i64::try_from((bits >> 52) & 0x7ff).unwrap_or(0) - 1023;
    let mut fraction = bits & ((1 << 52) - 1);
    if exponent == -1023 {
        // A subnormal number is normalised first.
        let shift = i64::from(fraction.leading_zeros()) - 11;
        fraction = (fraction << shift) & ((1 << 52) - 1);
        exponent = -1022 - shift;
    }
    let digits = format!("{fraction:013x}");
    let digits = digits.trim_end_matches('0');
    let point = if digits.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("0x1{point}{digits}p{sign}{:02}", exponent.unsigned_abs())
}
