//! Regular expressions with RE2's syntax.

mod syntax;

use ferroflux_template::{CallError, ElementType, Functions, List, Text, Type, Value, quote::quote};
use regex::bytes::{Regex, RegexBuilder};

use super::signature::{Arguments, fixed, produced};

/// Compiled programs above this many bytes are refused, as Go refuses expressions that grow too large.
const SIZE_LIMIT: usize = 32 << 20;

/// The expression, or what is wrong with it in Go's words.
fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = syntax::translate(pattern).map_err(|error| format!("error parsing regexp: {error}"))?;
    RegexBuilder::new(&translated)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|_| format!("error parsing regexp: expression too large: `{pattern}`"))
}

/// The expression, or the panic of a function that cannot return an error.
fn compile_or_panic(pattern: &str) -> Result<Regex, String> {
    compile(pattern).map_err(|error| {
        let raw = !pattern.contains(|c: char| c == '`' || c == '\u{feff}' || c.is_control() && c != '\t');
        let shown = if raw { format!("`{pattern}`") } else { quote(pattern) };
        format!("regexp: Compile({shown}): {error}")
    })
}

/// Adds a function under its name and under its `must` form, which reports a bad expression without its text.
fn both(
    functions: &mut Functions,
    name: &'static str,
    must: &'static str,
    parameters: &'static [Type],
    body: fn(&Regex, &Arguments) -> Value,
) {
    for (name, compile) in [(name, compile_or_panic as fn(&str) -> Result<Regex, String>), (must, compile)] {
        produced(functions, name, parameters, move |arguments| {
            let regex = compile(&arguments.string(0)).map_err(CallError::from)?;
            Ok(body(&regex, arguments))
        });
    }
}

pub(super) fn add(functions: &mut Functions) {
    const TWO: &[Type] = &[Type::String, Type::String];
    const THREE: &[Type] = &[Type::String, Type::String, Type::String];
    const COUNTED: &[Type] = &[Type::String, Type::String, Type::Int];
    fixed(functions, "regexMatch", TWO, |arguments| {
        Ok(Value::Bool(compile(&arguments.string(0)).is_ok_and(|regex| regex.is_match(&arguments.text(1)))))
    });
    fixed(functions, "mustRegexMatch", TWO, |arguments| {
        Ok(Value::Bool(compile(&arguments.string(0))?.is_match(&arguments.text(1))))
    });
    both(functions, "regexFind", "mustRegexFind", TWO, |regex, arguments| {
        let text = arguments.text(1);
        Value::String(Text::from_bytes(regex.find(&text).map_or(&[], |found| found.as_bytes())))
    });
    both(functions, "regexFindAll", "mustRegexFindAll", COUNTED, |regex, arguments| {
        let text = arguments.text(1);
        let count = usize::try_from(arguments.int(2)).unwrap_or(usize::MAX);
        let found: Vec<Text> =
            regex.find_iter(&text).take(count).map(|found| Text::from_bytes(found.as_bytes())).collect();
        strings(found)
    });
    both(functions, "regexReplaceAll", "mustRegexReplaceAll", THREE, |regex, arguments| {
        Value::String(Text::from_bytes(&regex.replace_all(&arguments.text(1), arguments.text(2).as_bytes())))
    });
    both(functions, "regexReplaceAllLiteral", "mustRegexReplaceAllLiteral", THREE, |regex, arguments| {
        let replacement = arguments.text(2);
        let replacement = regex::bytes::NoExpand(&replacement);
        Value::String(Text::from_bytes(&regex.replace_all(&arguments.text(1), replacement)))
    });
    both(functions, "regexSplit", "mustRegexSplit", COUNTED, split);
    fixed(functions, "regexQuoteMeta", &[Type::String], |arguments| {
        let text = arguments.text(0);
        let mut quoted = Vec::with_capacity(text.len());
        for byte in text.iter() {
            if br"\.+*?()|[]{}^$".contains(byte) {
                quoted.push(b'\\');
            }
            quoted.push(*byte);
        }
        Ok(Value::String(quoted.into()))
    });
}

/// A `[]string`; none is Go's nil slice.
fn strings(items: Vec<Text>) -> Value {
    Value::List(if items.is_empty() { List::nil(ElementType::String) } else { List::of_strings(items) })
}

/// The parts between matches, at most `n` of them if it is not negative.
fn split(regex: &Regex, arguments: &Arguments) -> Value {
    let (pattern, text) = (arguments.text(0), arguments.text(1));
    let limit = match usize::try_from(arguments.int(2)) {
        Ok(0) => return Value::List(List::nil(ElementType::String)),
        Ok(limit) => limit,
        Err(_) => usize::MAX,
    };
    if !pattern.is_empty() && text.is_empty() {
        return strings(vec![Text::default()]);
    }
    let mut parts = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for found in regex.find_iter(&text).take(limit) {
        if parts.len() == limit - 1 {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            parts.push(Text::from_bytes(text.get(begin..end).unwrap_or_default()));
        }
        begin = found.end();
    }
    if end != text.len() {
        parts.push(Text::from_bytes(text.get(begin..).unwrap_or_default()));
    }
    strings(parts)
}
