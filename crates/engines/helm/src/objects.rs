//! Go values with methods that templates meet: times and durations.

use std::{any::Any, rc::Rc};

use ferroflux_template::{Function, Kind, Object, Type, Value};

/// `time.Duration`, in nanoseconds.
pub(crate) struct Duration(pub(crate) i64);

impl Object for Duration {
    fn type_name(&self) -> String {
        "time.Duration".into()
    }

    fn kind(&self) -> Kind {
        Kind::Int
    }

    fn display(&self) -> Option<String> {
        Some(duration_text(self.0))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `Duration.String`: `1h30m0s`, `1.5s`, `20ms`, `0s`.
pub(crate) fn duration_text(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let magnitude = nanoseconds.unsigned_abs();
    let fraction = |value: u64, unit: u64| {
        let (whole, rest) = (value / unit, value % unit);
        let digits = unit.ilog10() as usize;
        let places = format!("{rest:0digits$}");
        let places = places.trim_end_matches('0');
        if rest == 0 { whole.to_string() } else { format!("{whole}.{places}") }
    };
    const SECOND: u64 = 1_000_000_000;
    match magnitude {
        0 => "0s".into(),
        1..1_000 => format!("{sign}{magnitude}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", fraction(magnitude, 1_000)),
        1_000_000..SECOND => format!("{sign}{}ms", fraction(magnitude, 1_000_000)),
        _ => {
            let seconds = fraction(magnitude % (60 * SECOND), SECOND);
            let minutes = magnitude / (60 * SECOND);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

/// `time.Time`
pub(crate) struct Time(pub(crate) jiff::Zoned);

impl Time {
    /// RFC 3339 with as many digits of the second as there are.
    pub(crate) fn rfc3339(&self) -> String {
        crate::layout::print(&self.0, "2006-01-02T15:04:05.999999999Z07:00")
    }
}

impl Object for Time {
    fn type_name(&self) -> String {
        "time.Time".into()
    }

    fn method(&self, name: &str) -> Option<Function> {
        let time = self.0.clone();
        let number = |number: i64| Some(Function::new([], move |_, _| Ok(Value::Int(number))));
        let long = |number: i64| Some(Function::new([], move |_, _| Ok(Value::Int64(number))));
        match name {
            "Unix" => long(time.timestamp().as_second()),
            "UnixMilli" => long(time.timestamp().as_millisecond()),
            "UnixMicro" => long(time.timestamp().as_microsecond()),
            "UnixNano" => long(time.timestamp().as_nanosecond() as i64),
            "Year" => number(i64::from(time.year())),
            "Day" => number(i64::from(time.day())),
            "YearDay" => number(i64::from(time.day_of_year())),
            "Hour" => number(i64::from(time.hour())),
            "Minute" => number(i64::from(time.minute())),
            "Second" => number(i64::from(time.second())),
            "Nanosecond" => number(i64::from(time.subsec_nanosecond())),
            "IsZero" => {
                let zero = self.rfc3339() == "0001-01-01T00:00:00Z";
                Some(Function::new([], move |_, _| Ok(Value::Bool(zero))))
            }
            "String" => {
                let text = self.display().unwrap_or_default();
                Some(Function::new([], move |_, _| Ok(Value::from(text.as_str()))))
            }
            "Format" => Some(Function::new([Type::String], move |_, arguments| {
                let layout =
                    arguments.first().and_then(Value::as_text).map(|text| text.to_str().into_owned());
                Ok(Value::from(crate::layout::print(&time, &layout.unwrap_or_default())))
            })),
            "UTC" => Some(Function::new([], move |_, _| {
                Ok(Value::Object(Rc::new(Time(time.with_time_zone(jiff::tz::TimeZone::UTC)))))
            })),
            "AddDate" => Some(Function::new([Type::Int, Type::Int, Type::Int], move |_, arguments| {
                let at = |index: usize| match arguments.get(index) {
                    Some(Value::Int(number)) => *number,
                    _ => 0,
                };
                add_date(&time, at(0), at(1), at(2))
                    .map(|time| Value::Object(Rc::new(Time(time))))
                    .ok_or_else(|| "time out of range".into())
            })),
            _ => None,
        }
    }

    fn display(&self) -> Option<String> {
        Some(crate::layout::print(&self.0, "2006-01-02 15:04:05.999999999 -0700 MST"))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Go normalises days beyond a month's end into the next month.
fn add_date(time: &jiff::Zoned, years: i64, months: i64, days: i64) -> Option<jiff::Zoned> {
    let months = i64::from(time.year()).checked_add(years)?.checked_mul(12)?.checked_add(months)?
        + i64::from(time.month())
        - 1;
    let year = i16::try_from(months.div_euclid(12)).ok()?;
    let first = jiff::civil::Date::new(year, months.rem_euclid(12) as i8 + 1, 1).ok()?;
    let date = first
        .checked_add(jiff::Span::new().try_days(days.checked_add(i64::from(time.day()))? - 1).ok()?)
        .ok()?;
    date.to_datetime(time.time()).to_zoned(time.time_zone().clone()).ok()
}
