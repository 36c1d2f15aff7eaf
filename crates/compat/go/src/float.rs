//! Floating-point numbers as Go prints and reads them (`strconv`, `encoding/json`, `fmt`).

/// How a number is split: its sign, the shortest digits that round-trip, and the decimal exponent of the first
/// digit (`1234.5` is `12345` with exponent 3).
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i32,
}

fn decompose(value: f64) -> Decimal {
    let magnitude = value.abs();
    // Rust's `{:e}` gives the shortest digits that read back as the same number, as Go's precision -1 does.
    let shortest = format!("{magnitude:e}");
    let digits = digits_of(&shortest);
    // Where two such texts are equally near, Go takes the even one and Rust the greater one. That needs nearly as
    // many digits as there are.
    if digits >= 15 {
        let nearest = format!("{magnitude:.*e}", digits - 1);
        if nearest.parse() == Ok(magnitude) {
            return split(&nearest, value.is_sign_negative());
        }
    }
    split(&shortest, value.is_sign_negative())
}

fn decompose_narrow(value: f32) -> Decimal {
    let magnitude = value.abs();
    let shortest = format!("{magnitude:e}");
    let digits = digits_of(&shortest);
    if digits >= 6 {
        let nearest = format!("{magnitude:.*e}", digits - 1);
        if nearest.parse() == Ok(magnitude) {
            return split(&nearest, value.is_sign_negative());
        }
    }
    split(&shortest, value.is_sign_negative())
}

fn digits_of(text: &str) -> usize {
    text.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count()
}

fn split(text: &str, negative: bool) -> Decimal {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    Decimal {
        negative,
        digits: mantissa.chars().filter(|c| *c != '.').collect(),
        exponent: exponent.parse().unwrap_or(0),
    }
}

fn special(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        Some("NaN")
    } else if value.is_infinite() {
        Some(if value > 0.0 { "+Inf" } else { "-Inf" })
    } else {
        None
    }
}

fn push_exponent_form(out: &mut String, decimal: &Decimal, padded: bool) {
    let (first, rest) = decimal.digits.split_at(1);
    out.push_str(first);
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    out.push('e');
    out.push(if decimal.exponent < 0 { '-' } else { '+' });
    let magnitude = decimal.exponent.unsigned_abs();
    if padded && magnitude < 10 {
        out.push('0');
    }
    out.push_str(&magnitude.to_string());
}

fn push_plain_form(out: &mut String, decimal: &Decimal) {
    let digits = &decimal.digits;
    let Ok(point) = usize::try_from(decimal.exponent + 1) else {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', decimal.exponent.unsigned_abs() as usize - 1));
        out.push_str(digits);
        return;
    };
    if point == 0 {
        out.push_str("0.");
        out.push_str(digits);
    } else if point >= digits.len() {
        out.push_str(digits);
        out.extend(std::iter::repeat_n('0', point - digits.len()));
    } else {
        out.push_str(&digits[..point]);
        out.push('.');
        out.push_str(&digits[point..]);
    }
}

fn format_shortest(value: f64, exponent_form: impl Fn(&Decimal) -> bool, padded: bool) -> String {
    if let Some(name) = special(value) {
        return name.into();
    }
    let decimal = decompose(value);
    let mut out = String::with_capacity(24);
    if decimal.negative {
        out.push('-');
    }
    if exponent_form(&decimal) {
        push_exponent_form(&mut out, &decimal, padded);
    } else {
        push_plain_form(&mut out, &decimal);
    }
    out
}

/// `strconv.FormatFloat(value, 'g', -1, 64)`, which is also what `fmt` prints for `%v` and `%g`: the exponent form
/// below 1e-4 and from 1e6 on, with at least two exponent digits (`1e+06`); `NaN`, `+Inf`, `-Inf`.
pub fn format_g(value: f64) -> String {
    format_shortest(value, |d| d.exponent < -4 || d.exponent >= 6, true)
}

/// What `encoding/json` writes: the exponent form below 1e-6 and from 1e21 on, a negative exponent without leading
/// zero (`1e-7`, `1e+21`). `None` for NaN and the infinities, which JSON cannot hold.
pub fn format_json(value: f64) -> Option<String> {
    value
        .is_finite()
        .then(|| format_shortest(value, |d| value != 0.0 && (d.exponent < -6 || d.exponent >= 21), false))
}

/// `strconv.FormatFloat(value, 'f', -1, 64)`: never an exponent.
pub fn format_f(value: f64) -> String {
    format_shortest(value, |_| false, false)
}

/// `strconv.FormatFloat(value, 'e', -1, 64)`: always an exponent of at least two digits.
pub fn format_e(value: f64) -> String {
    format_shortest(value, |_| true, true)
}

/// `strconv.FormatFloat(value, 'g', -1, 32)`: the shortest digits that read back as the same 32-bit number.
pub fn format_g32(value: f64) -> String {
    let narrow = value as f32;
    if let Some(name) = special(f64::from(narrow)) {
        return name.into();
    }
    let decimal = decompose_narrow(narrow);
    let mut out = String::with_capacity(16);
    if decimal.negative {
        out.push('-');
    }
    if decimal.exponent < -4 || decimal.exponent >= 6 {
        push_exponent_form(&mut out, &decimal, true);
    } else {
        push_plain_form(&mut out, &decimal);
    }
    out
}
