//! Dates and durations. The clock is what the caller says it is; the local zone is UTC, as in a container.

use std::rc::Rc;

use ferroflux_template::{Function, Functions, Kind, Type, Value};
use jiff::{Timestamp, Zoned, tz::TimeZone};

use super::{
    Returned,
    numbers::parse_int,
    signature::{Arguments, fixed},
};
use crate::{
    layout,
    objects::{Time, duration_text},
};

const TIME: Type = Type::Named("time.Time");

const SECOND: i64 = 1_000_000_000;

fn object(time: Zoned) -> Value {
    Value::Object(Rc::new(Time(time)))
}

fn as_time(value: &Value) -> Option<&Zoned> {
    match value {
        Value::Object(object) => object.as_any().downcast_ref::<Time>().map(|time| &time.0),
        _ => None,
    }
}

fn epoch(seconds: i64) -> Zoned {
    let clamped = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(clamped).unwrap_or_default().to_zoned(TimeZone::UTC)
}

/// Go's zero time, what a date that cannot be read becomes.
fn zero() -> Zoned {
    epoch(-62_135_596_800)
}

pub(super) fn add(functions: &mut Functions, now: Timestamp) {
    let now = now.to_zoned(TimeZone::UTC);
    printing(functions, &now);
    durations(functions, &now);
    modifying(functions);
    functions.insert("now", Function::new([], move |_, _| Ok(object(now.clone()))));
    fixed(functions, "toDate", &[Type::String, Type::String], |arguments| {
        Ok(object(layout::parse(&arguments.string(0), &arguments.string(1)).unwrap_or_else(|_| zero())))
    });
    fixed(functions, "mustToDate", &[Type::String, Type::String], |arguments| {
        Ok(object(layout::parse(&arguments.string(0), &arguments.string(1))?))
    });
    fixed(functions, "unixEpoch", &[TIME], |arguments| {
        Ok(Value::from(
            as_time(arguments.value(0)).map_or(0, |time| time.timestamp().as_second()).to_string(),
        ))
    });
}

/// The time that a value stands for: a time, seconds since 1970, or now.
fn moment(value: &Value, now: &Zoned) -> Zoned {
    match value {
        Value::Int(seconds) | Value::Int64(seconds) => epoch(*seconds),
        Value::Int32(seconds) => epoch(i64::from(*seconds)),
        value => as_time(value).unwrap_or(now).clone(),
    }
}

/// The zone of that name; UTC for `Local`, the empty name and names that nobody knows.
fn zone(name: &str) -> TimeZone {
    match name {
        "" | "UTC" | "Local" => TimeZone::UTC,
        name => jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC),
    }
}

fn printing(functions: &mut Functions, now: &Zoned) {
    let add = |functions: &mut Functions,
               name: &str,
               parameters: &'static [Type],
               shape: fn(&Arguments) -> (String, &Value, String)| {
        let now = now.clone();
        fixed(functions, name, parameters, move |arguments| {
            let (layout, value, name) = shape(arguments);
            let time = moment(value, &now).with_time_zone(zone(&name));
            Ok(Value::from(layout::print(&time, &layout)))
        });
    };
    const HTML: &str = "2006-01-02";
    add(functions, "date", &[Type::String, Type::Any], |arguments| {
        (arguments.string(0), arguments.value(1), String::new())
    });
    for name in ["dateInZone", "date_in_zone"] {
        add(functions, name, &[Type::String, Type::Any, Type::String], |arguments| {
            (arguments.string(0), arguments.value(1), arguments.string(2))
        });
    }
    add(functions, "htmlDate", &[Type::Any], |arguments| (HTML.into(), arguments.value(0), String::new()));
    add(functions, "htmlDateInZone", &[Type::Any, Type::String], |arguments| {
        (HTML.into(), arguments.value(0), arguments.string(1))
    });
}

/// `time.ParseDuration`, in nanoseconds.
fn parse_duration(text: &str) -> Result<i64, String> {
    let shown = ferroflux_template::quote::quote(text);
    let invalid = || format!("time: invalid duration {shown}");
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let number_length = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, after) = rest.split_at(number_length);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return Err(invalid());
        }
        let unit_length = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_length);
        let scale: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err(format!("time: missing unit in duration {shown}")),
            unit => {
                let unit = ferroflux_template::quote::quote(unit);
                return Err(format!("time: unknown unit {unit} in duration {shown}"));
            }
        };
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
        let part = if fraction.is_empty() {
            0.0
        } else {
            format!("0.{fraction}").parse::<f64>().map_err(|_| invalid())? * scale as f64
        };
        total = whole
            .checked_mul(scale)
            .and_then(|nanoseconds| nanoseconds.checked_add(part as i128))
            .and_then(|nanoseconds| nanoseconds.checked_add(total))
            .filter(|total| *total <= 1 << 63)
            .ok_or_else(invalid)?;
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).map_err(|_| invalid())
}

fn modifying(functions: &mut Functions) {
    let modified = |arguments: &Arguments| -> Result<Zoned, String> {
        let nanoseconds = parse_duration(&arguments.string(0))?;
        let time = as_time(arguments.value(1)).cloned().unwrap_or_else(zero);
        time.checked_add(jiff::SignedDuration::from_nanos(nanoseconds))
            .map_err(|_| "time out of range".into())
    };
    for name in ["dateModify", "date_modify"] {
        fixed(functions, name, &[Type::String, TIME], move |arguments| {
            Ok(modified(arguments).map_or_else(|_| arguments.value(1).clone(), object))
        });
    }
    for name in ["mustDateModify", "must_date_modify"] {
        fixed(functions, name, &[Type::String, TIME], move |arguments| Ok(object(modified(arguments)?)));
    }
}

fn durations(functions: &mut Functions, now: &Zoned) {
    fixed(functions, "duration", &[Type::Any], |arguments| {
        let seconds = match arguments.value(0) {
            Value::Int64(seconds) => *seconds,
            Value::String(text) => parse_int(&text.to_str(), 10).unwrap_or(0),
            _ => 0,
        };
        Ok(Value::from(duration_text(seconds.wrapping_mul(SECOND))))
    });
    let clock = now.clone();
    fixed(functions, "durationRound", &[Type::Any], move |arguments| {
        let nanoseconds = match arguments.value(0) {
            Value::Int64(nanoseconds) => *nanoseconds,
            Value::String(text) => parse_duration(&text.to_str()).unwrap_or(0),
            value => as_time(value).map_or(0, |time| since(&clock, time)),
        };
        Ok(Value::from(rounded(nanoseconds.unsigned_abs())))
    });
    let clock = now.clone();
    fixed(functions, "ago", &[Type::Any], move |arguments| ago(arguments.value(0), &clock));
}

fn since(now: &Zoned, time: &Zoned) -> i64 {
    let nanoseconds = now.timestamp().as_nanosecond() - time.timestamp().as_nanosecond();
    i64::try_from(nanoseconds).unwrap_or(if nanoseconds > 0 { i64::MAX } else { i64::MIN })
}

fn ago(value: &Value, now: &Zoned) -> Returned {
    let moment = match value {
        Value::Object(object) if object.kind() != Kind::Struct => now.clone(),
        Value::Int32(_) => now.clone(),
        value => moment(value, now),
    };
    let nanoseconds = since(now, &moment);
    let rest = nanoseconds % SECOND;
    let seconds = nanoseconds / SECOND + if rest.abs() * 2 >= SECOND { rest.signum() } else { 0 };
    Ok(Value::from(duration_text(seconds.saturating_mul(SECOND))))
}

/// The largest unit that the duration is longer than.
fn rounded(nanoseconds: u64) -> String {
    const HOUR: u64 = 3600 * SECOND as u64;
    let units = [
        (365 * 24 * HOUR, "y"),
        (30 * 24 * HOUR, "mo"),
        (24 * HOUR, "d"),
        (HOUR, "h"),
        (HOUR / 60, "m"),
        (SECOND as u64, "s"),
    ];
    units
        .iter()
        .find(|(unit, _)| nanoseconds > *unit)
        .map_or_else(|| "0s".into(), |(unit, name)| format!("{}{name}", nanoseconds / unit))
}
