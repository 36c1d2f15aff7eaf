//! The types that flags can have, read as Go reads them.

use std::collections::BTreeMap;
use std::time::Duration;

/// A type of flag.
pub trait FlagValue: Sized {
    /// The type's name in usage texts.
    const TYPE_NAME: &'static str;
    /// Whether the flag alone means true and a following word is not its value.
    const BOOLEAN: bool = false;

    /// Reads the values of all occurrences, in order; there is at least one. The error is the part of pflag's message
    /// behind the colon.
    fn parse(typed: &[String]) -> Result<Self, String>;
}

/// Of a flag that holds one value the last occurrence counts.
fn last(typed: &[String]) -> &str {
    typed.last().map_or("", String::as_str)
}

impl FlagValue for String {
    const TYPE_NAME: &'static str = "string";

    fn parse(typed: &[String]) -> Result<Self, String> {
        Ok(last(typed).to_owned())
    }
}

impl FlagValue for bool {
    const TYPE_NAME: &'static str = "";
    const BOOLEAN: bool = true;

    fn parse(typed: &[String]) -> Result<Self, String> {
        parse_bool(last(typed))
    }
}

fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing \"{text}\": invalid syntax")),
    }
}

/// Go's integer literals with base prefixes; underscores only behind a prefix.
fn parse_integer(text: &str, function: &str, range: std::ops::RangeInclusive<i128>) -> Result<i128, String> {
    let syntax = || format!("strconv.{function}: parsing \"{text}\": invalid syntax");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, lower.get(2..)),
        [b'0', b'b', ..] => (2, lower.get(2..)),
        [b'0', b'o', ..] => (8, lower.get(2..)),
        [b'0', _, ..] => (8, lower.get(1..)),
        _ => (10, Some(lower.as_str())),
    };
    let digits = match digits {
        Some(digits) if radix != 10 => digits.replace('_', ""),
        Some(digits) => digits.to_owned(),
        None => return Err(syntax()),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(syntax());
    }
    let out_of_range = || format!("strconv.{function}: parsing \"{text}\": value out of range");
    let number = i128::from_str_radix(&digits, radix).map_err(|_| out_of_range())?;
    let number = if negative { -number } else { number };
    if range.contains(&number) { Ok(number) } else { Err(out_of_range()) }
}

impl FlagValue for i64 {
    const TYPE_NAME: &'static str = "int";

    fn parse(typed: &[String]) -> Result<Self, String> {
        let range = i128::from(Self::MIN)..=i128::from(Self::MAX);
        parse_integer(last(typed), "ParseInt", range).map(|number| number as Self)
    }
}

impl FlagValue for u16 {
    const TYPE_NAME: &'static str = "uint16";

    fn parse(typed: &[String]) -> Result<Self, String> {
        parse_integer(last(typed), "ParseUint", 0..=i128::from(Self::MAX)).map(|number| number as Self)
    }
}

impl FlagValue for u8 {
    const TYPE_NAME: &'static str = "uint8";

    fn parse(typed: &[String]) -> Result<Self, String> {
        parse_integer(last(typed), "ParseUint", 0..=i128::from(Self::MAX)).map(|number| number as Self)
    }
}

impl FlagValue for f64 {
    const TYPE_NAME: &'static str = "float32";

    fn parse(typed: &[String]) -> Result<Self, String> {
        let text = last(typed);
        let number: Self =
            text.parse().map_err(|_| format!("strconv.ParseFloat: parsing \"{text}\": invalid syntax"))?;
        if number.is_finite() {
            Ok(number)
        } else {
            Err(format!("strconv.ParseFloat: parsing \"{text}\": value out of range"))
        }
    }
}

impl FlagValue for Duration {
    const TYPE_NAME: &'static str = "duration";

    fn parse(typed: &[String]) -> Result<Self, String> {
        use ferroflux_api::meta;
        let text = last(typed);
        meta::Duration::from(text).parse().map_err(|error| format!("time: {error}"))
    }
}

/// A list: every occurrence adds its comma-separated values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommaList(pub Vec<String>);

impl FlagValue for CommaList {
    const TYPE_NAME: &'static str = "strings";

    fn parse(typed: &[String]) -> Result<Self, String> {
        let values = typed.iter().filter(|text| !text.is_empty()).flat_map(|text| text.split(','));
        Ok(Self(values.map(str::to_owned).collect()))
    }
}

/// A list: every occurrence adds one value, commas included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repeated(pub Vec<String>);

impl FlagValue for Repeated {
    const TYPE_NAME: &'static str = "stringArray";

    fn parse(typed: &[String]) -> Result<Self, String> {
        Ok(Self(typed.to_vec()))
    }
}

/// `A=true,B=false`: occurrences are merged, a later pair wins over an earlier one of the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateList(pub BTreeMap<String, bool>);

impl FlagValue for GateList {
    const TYPE_NAME: &'static str = "mapStringBool";

    fn parse(typed: &[String]) -> Result<Self, String> {
        let mut gates = BTreeMap::new();
        for pair in typed.iter().flat_map(|text| text.split(',')).filter(|pair| !pair.trim().is_empty()) {
            let (name, value) = pair.split_once('=').ok_or("malformed pair, expect string=bool")?;
            let (name, value) = (name.trim(), value.trim());
            let value = parse_bool(value)
                .map_err(|_| format!("invalid value of {name}: {value}, err: {}", bool_error(value)))?;
            gates.insert(name.to_owned(), value);
        }
        Ok(Self(gates))
    }
}

fn bool_error(value: &str) -> String {
    format!("strconv.ParseBool: parsing \"{value}\": invalid syntax")
}
