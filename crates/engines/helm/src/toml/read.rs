//! Reading TOML. Integers are `int64`; arrays of tables are `[]map[string]interface {}`.

use std::rc::Rc;

use ferroflux_template::{ElementType, List, Value};
use toml::value::{Datetime, Offset};

use crate::objects::Time;

/// Reads a TOML text; the error begins as Go's does (`toml: line 1: …`) and then says in our parser's words what is
/// wrong.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start).min(text.len());
        let line = text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        format!("toml: line {line}: {}", error.message())
    })?;
    value(&toml::Value::Table(table), crate::json::MAXIMUM_DEPTH)
}

fn value(toml: &toml::Value, budget: usize) -> Result<Value, String> {
    let Some(budget) = budget.checked_sub(1) else {
        return Err("toml: nested too deeply".into());
    };
    Ok(match toml {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::Int64(*number),
        toml::Value::Float(number) => Value::Float(*number),
        toml::Value::Boolean(truth) => Value::Bool(*truth),
        toml::Value::Datetime(time) => Value::Object(Rc::new(datetime(time)?)),
        toml::Value::Array(items) => {
            let tables = !items.is_empty() && items.iter().all(toml::Value::is_table);
            let items = items.iter().map(|item| value(item, budget)).collect::<Result<_, _>>()?;
            Value::List(List::new(if tables { ElementType::Map } else { ElementType::Any }, items))
        }
        toml::Value::Table(entries) => {
            let mut map = Vec::with_capacity(entries.len());
            for (key, item) in entries {
                map.push((key.as_str().into(), value(item, budget)?));
            }
            Value::map(map)
        }
    })
}

/// A time without an offset is taken for UTC, a time without a date for the first day of year 0.
fn datetime(time: &Datetime) -> Result<Time, String> {
    let bad = |_| "toml: time out of range".to_owned();
    let (year, month, day) = time.date.map_or((0, 1, 1), |date| (date.year, date.month, date.day));
    let (hour, minute, second, nanosecond) =
        time.time.map_or((0, 0, 0, 0), |time| (time.hour, time.minute, time.second, time.nanosecond));
    let civil = jiff::civil::DateTime::new(
        i16::try_from(year).unwrap_or(0),
        month as i8,
        day as i8,
        hour as i8,
        minute as i8,
        second as i8,
        nanosecond as i32,
    )
    .map_err(bad)?;
    let zone = match time.offset {
        Some(Offset::Custom { minutes }) => {
            jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(i32::from(minutes) * 60).map_err(bad)?)
        }
        Some(Offset::Z) | None => jiff::tz::TimeZone::UTC,
    };
    Ok(Time(civil.to_zoned(zone).map_err(bad)?))
}
