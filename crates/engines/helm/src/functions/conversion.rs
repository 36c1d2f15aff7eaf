//! Conversions between numbers and text, and lists of numbers.

use ferroflux_template::{ElementType, Functions, List, Type, Value};

use super::{
    Returned,
    numbers::{parse_int, to_float, to_int},
    signature::{Arguments, fixed, printed, text_of},
};

pub(super) fn add(functions: &mut Functions) {
    fixed(functions, "int", &[Type::Any], |arguments| Ok(Value::Int(to_int(arguments.value(0)))));
    fixed(functions, "int64", &[Type::Any], |arguments| Ok(Value::Int64(to_int(arguments.value(0)))));
    fixed(functions, "float64", &[Type::Any], |arguments| Ok(Value::Float(to_float(arguments.value(0)))));
    fixed(functions, "atoi", &[Type::String], |arguments| Ok(Value::Int(atoi(&arguments.string(0)))));
    fixed(functions, "toDecimal", &[Type::Any], |arguments| {
        Ok(Value::Int64(parse_int(&printed(arguments.value(0)).to_str(), 8).unwrap_or(0)))
    });
    fixed(functions, "toStrings", &[Type::Any], |arguments| {
        Ok(Value::List(List::of_strings(strings(arguments.value(0)))))
    });
    ranges(functions);
}

/// `strconv.Atoi`, which gives the nearest number for one that does not fit.
fn atoi(text: &str) -> i64 {
    if let Some(number) = parse_int(text, 10) {
        return number;
    }
    let digits = text.trim_start_matches(['+', '-']);
    let signs = text.len() - digits.len();
    if signs <= 1 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return if text.starts_with('-') { i64::MIN } else { i64::MAX };
    }
    0
}

/// The elements as text, without nil; a single value is a list of one.
pub(super) fn strings(value: &Value) -> Vec<ferroflux_template::Text> {
    match value {
        Value::Nil => Vec::new(),
        value => match value.elements() {
            Some(elements) => {
                elements.iter().filter(|element| !matches!(element, Value::Nil)).map(text_of).collect()
            }
            None => vec![text_of(value)],
        },
    }
}

/// `start`, `start + step` and so on, before `stop`; nothing if the step leads away from it.
struct Steps {
    start: i64,
    stop: i64,
    step: i64,
}

impl Steps {
    fn len(&self) -> usize {
        let (distance, stride) = match (self.stop < self.start, self.step) {
            (true, step) if step < 0 => (self.start.abs_diff(self.stop), step.unsigned_abs()),
            (false, step) if step > 0 => (self.stop.abs_diff(self.start), step.unsigned_abs()),
            _ => return 0,
        };
        usize::try_from(distance.div_ceil(stride)).unwrap_or(usize::MAX)
    }

    fn numbers(&self) -> impl Iterator<Item = i64> {
        let (start, step) = (self.start, self.step);
        (0..self.len()).map(move |index| start.wrapping_add((index as i64).wrapping_mul(step)))
    }
}

fn ranges(functions: &mut Functions) {
    let until = |arguments: &Arguments| {
        let stop = arguments.int(0);
        Some(Steps { start: 0, stop, step: if stop < 0 { -1 } else { 1 } })
    };
    let until_step = |arguments: &Arguments| {
        Some(Steps { start: arguments.int(0), stop: arguments.int(1), step: arguments.int(2) })
    };
    ranged(functions, "until", Some(&[Type::Int]), until, list);
    ranged(functions, "untilStep", Some(&[Type::Int, Type::Int, Type::Int]), until_step, list);
    ranged(functions, "seq", None, sequence, |steps| {
        let shown: Vec<String> = steps.numbers().map(|number| number.to_string()).collect();
        Ok(Value::from(shown.join(" ")))
    });
}

fn list(steps: &Steps) -> Returned {
    Ok(Value::List(List::new(ElementType::Int, steps.numbers().map(Value::Int).collect())))
}

/// The steps of the Unix tool `seq`, which includes its end.
fn sequence(arguments: &Arguments) -> Option<Steps> {
    let through = |start: i64, step: i64, end: i64| {
        let direction = if end < start { -1 } else { 1 };
        Steps { start, stop: end.saturating_add(direction), step }
    };
    let direction = |start: i64, end: i64| if end < start { -1 } else { 1 };
    match arguments.rest(0).len() {
        1 => Some(through(1, direction(1, arguments.int(0)), arguments.int(0))),
        2 => {
            let (start, end) = (arguments.int(0), arguments.int(1));
            Some(through(start, direction(start, end), end))
        }
        3 => {
            let (start, step, end) = (arguments.int(0), arguments.int(1), arguments.int(2));
            (end >= start || step <= 0).then(|| through(start, step, end))
        }
        _ => None,
    }
}

/// Adds a function whose result is made from steps; as many as memory allows.
fn ranged(
    functions: &mut Functions,
    name: &'static str,
    parameters: Option<&'static [Type]>,
    steps: fn(&Arguments) -> Option<Steps>,
    result: fn(&Steps) -> Returned,
) {
    let body = move |execution: &mut ferroflux_template::Execution<'_>, values: Vec<Value>| {
        let steps = steps(&Arguments(values)).unwrap_or(Steps { start: 0, stop: 0, step: 1 });
        let bytes = steps.len().saturating_mul(size_of::<Value>());
        execution.charge(bytes).map_err(|_| super::signature::too_large(name))?;
        result(&steps)
    };
    let function = match parameters {
        Some(parameters) => ferroflux_template::Function::new(parameters, body),
        None => ferroflux_template::Function::variadic([], Type::Int, body),
    };
    functions.insert(name, function);
}
