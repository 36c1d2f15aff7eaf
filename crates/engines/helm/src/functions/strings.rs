//! Strings: case, trimming, cutting, joining, indenting.

use ferroflux_template::{Functions, List, Map, MapType, Text, Type, Value, quote};

use super::signature::{Arguments, fixed, on_text, printed, sized, text_of, variadic};

const TWO: &[Type] = &[Type::String, Type::String];

pub(super) fn add(functions: &mut Functions) {
    on_text(functions, "trim", |text| text.trim().to_owned());
    on_text(functions, "upper", |text| text.chars().map(upper).collect());
    on_text(functions, "lower", |text| text.chars().map(lower).collect());
    on_text(functions, "nospace", |text| text.chars().filter(|c| !c.is_whitespace()).collect());
    on_text(functions, "swapcase", swap_case);
    on_text(functions, "initials", |text| {
        text.split_whitespace().filter_map(|word| word.chars().next()).collect()
    });
    on_text(functions, "title", |text| change_first_letters(text, upper));
    on_text(functions, "untitle", uncapitalize);
    for name in ["trimall", "trimAll"] {
        fixed(functions, name, TWO, |arguments| {
            let set = arguments.string(0);
            Ok(Value::from(arguments.string(1).trim_matches(|c| set.contains(c))))
        });
    }
    fixed(functions, "trimSuffix", TWO, |arguments| {
        let (suffix, text) = (arguments.text(0), arguments.text(1));
        Ok(Value::String(text.strip_suffix(suffix.as_bytes()).map_or(text.clone(), Text::from_bytes)))
    });
    fixed(functions, "trimPrefix", TWO, |arguments| {
        let (prefix, text) = (arguments.text(0), arguments.text(1));
        Ok(Value::String(text.strip_prefix(prefix.as_bytes()).map_or(text.clone(), Text::from_bytes)))
    });
    fixed(functions, "contains", TWO, |arguments| {
        let (part, text) = (arguments.text(0), arguments.text(1));
        Ok(Value::Bool(part.is_empty() || text.windows(part.len()).any(|window| *window == *part)))
    });
    fixed(functions, "hasPrefix", TWO, |arguments| {
        Ok(Value::Bool(arguments.text(1).starts_with(arguments.text(0).as_bytes())))
    });
    fixed(functions, "hasSuffix", TWO, |arguments| {
        Ok(Value::Bool(arguments.text(1).ends_with(arguments.text(0).as_bytes())))
    });
    fixed(functions, "trunc", &[Type::Int, Type::String], |arguments| Ok(truncate(arguments)));
    fixed(functions, "substr", &[Type::Int, Type::Int, Type::String], substring);
    sized(
        functions,
        "repeat",
        &[Type::Int, Type::String],
        |arguments| usize::try_from(arguments.int(0)).unwrap_or(0).saturating_mul(arguments.text(1).len()),
        |arguments| match usize::try_from(arguments.int(0)) {
            Ok(count) => Ok(Value::String(Text::from(arguments.text(1).repeat(count)))),
            Err(_) => Err("strings: negative Repeat count".into()),
        },
    );
    fixed(functions, "replace", &[Type::String, Type::String, Type::String], |arguments| {
        Ok(Value::from(arguments.string(2).replace(&arguments.string(0), &arguments.string(1))))
    });
    fixed(functions, "plural", &[Type::String, Type::String, Type::Int], |arguments| {
        Ok(Value::String(arguments.text(usize::from(arguments.int(2) != 1))))
    });
    variadic(functions, "quote", &[], Type::Any, |arguments| {
        Ok(Value::String(joined(arguments, |value| quote::quote_bytes(&text_of(value), false).into_bytes())))
    });
    variadic(functions, "squote", &[], Type::Any, |arguments| {
        Ok(Value::String(joined(arguments, |value| [b"'", printed(value).as_bytes(), b"'"].concat())))
    });
    variadic(functions, "cat", &[], Type::Any, |arguments| {
        Ok(Value::String(joined(arguments, |value| printed(value).to_vec())))
    });
    indenting(functions);
    splitting(functions);
    fixed(functions, "toString", &[Type::Any], |arguments| Ok(Value::String(text_of(arguments.value(0)))));
    variadic(functions, "hello", &[], Type::Any, |_| Ok(Value::from("Hello!")));
}

/// Go maps letters one by one: letters whose upper case is more than one letter stay.
fn upper(letter: char) -> char {
    let mut mapped = letter.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(mapped), None) => mapped,
        _ => letter,
    }
}

/// The only letter with a longer small form loses its dot.
fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

fn swap_case(text: &str) -> String {
    let mut after_space = true;
    let mut swapped = String::with_capacity(text.len());
    for letter in text.chars() {
        swapped.push(match letter {
            letter if letter.is_uppercase() => lower(letter),
            letter if letter.is_lowercase() && after_space => upper(letter),
            letter if letter.is_lowercase() => upper(letter),
            letter => letter,
        });
        after_space = letter.is_whitespace();
    }
    swapped
}

/// Changes the first letter of each word; what separates words is what Go's `strings.Title` takes for it.
fn change_first_letters(text: &str, change: fn(char) -> char) -> String {
    let mut previous = ' ';
    text.chars()
        .map(|letter| {
            let first = is_separator(previous);
            previous = letter;
            if first { change(letter) } else { letter }
        })
        .collect()
}

/// Makes the first letter of each word small; only white space separates words here.
fn uncapitalize(text: &str) -> String {
    let mut begins = true;
    text.chars()
        .map(|letter| {
            let changed = if begins { lower(letter) } else { letter };
            begins = letter.is_whitespace();
            changed
        })
        .collect()
}

fn is_separator(letter: char) -> bool {
    if letter.is_ascii() {
        return !(letter.is_ascii_alphanumeric() || letter == '_');
    }
    !letter.is_alphanumeric() && letter.is_whitespace()
}

fn truncate(arguments: &Arguments) -> Value {
    let text = arguments.text(1);
    let count = usize::try_from(arguments.int(0).unsigned_abs()).unwrap_or(usize::MAX);
    let part = if arguments.int(0) < 0 {
        text.len().checked_sub(count).and_then(|start| text.get(start..))
    } else {
        text.get(..count)
    };
    Value::String(part.map_or(text.clone(), Text::from_bytes))
}

fn substring(arguments: &Arguments) -> super::Returned {
    let text = arguments.text(2);
    let (start, end) = (arguments.int(0), arguments.int(1));
    let length = text.len();
    let (from, to, part) = match (usize::try_from(start), usize::try_from(end)) {
        (Err(_), Ok(end)) => (None, Some(end), text.get(..end)),
        (Err(_), Err(_)) => (None, None, None),
        (Ok(start), Ok(end)) if end <= length => (Some(start), Some(end), text.get(start..end)),
        (Ok(start), _) => (Some(start), None, text.get(start..)),
    };
    let problem = match (part, from, to) {
        (Some(part), ..) => return Ok(Value::String(Text::from_bytes(part))),
        (None, None, Some(end)) => format!("[:{end}] with length {length}"),
        (None, None, None) => format!("[:{end}]"),
        (None, Some(start), Some(end)) => format!("[{start}:{end}]"),
        (None, Some(start), None) => format!("[{start}:{length}]"),
    };
    Err(format!("runtime error: slice bounds out of range {problem}").into())
}

/// The non-nil arguments, each shown by `show`, separated by spaces.
fn joined(arguments: &Arguments, show: impl Fn(&Value) -> Vec<u8>) -> Text {
    let shown: Vec<Vec<u8>> =
        arguments.rest(0).iter().filter(|value| !matches!(value, Value::Nil)).map(show).collect();
    Text::from(shown.join(&b' '))
}

fn indenting(functions: &mut Functions) {
    const PARAMETERS: &[Type] = &[Type::Int, Type::String];
    let size = |arguments: &Arguments| {
        let text = arguments.text(1);
        let lines = text.split(|byte| *byte == b'\n').count();
        text.len().saturating_add(lines.saturating_mul(usize::try_from(arguments.int(0)).unwrap_or(0)))
    };
    sized(functions, "indent", PARAMETERS, size, |arguments| indent(arguments, ""));
    sized(functions, "nindent", PARAMETERS, size, |arguments| indent(arguments, "\n"));
}

fn indent(arguments: &Arguments, before: &str) -> super::Returned {
    let Ok(width) = usize::try_from(arguments.int(0)) else {
        return Err("strings: negative Repeat count".into());
    };
    let pad = " ".repeat(width);
    let text = arguments.text(1);
    let mut out = Vec::with_capacity(text.len() + width);
    out.extend_from_slice(before.as_bytes());
    out.extend_from_slice(pad.as_bytes());
    for byte in text.iter() {
        out.push(*byte);
        if *byte == b'\n' {
            out.extend_from_slice(pad.as_bytes());
        }
    }
    Ok(Value::String(Text::from(out)))
}

fn splitting(functions: &mut Functions) {
    fixed(functions, "splitList", TWO, |arguments| {
        Ok(Value::List(List::of_strings(split(&arguments.string(1), &arguments.string(0), None))))
    });
    fixed(functions, "split", TWO, |arguments| {
        Ok(numbered(split(&arguments.string(1), &arguments.string(0), None)))
    });
    fixed(functions, "splitn", &[Type::String, Type::Int, Type::String], |arguments| {
        let count = usize::try_from(arguments.int(1)).ok();
        Ok(numbered(split(&arguments.string(2), &arguments.string(0), count)))
    });
}

/// Go's `strings.SplitN`: an empty separator splits into characters, a count of zero into nothing.
fn split(text: &str, separator: &str, count: Option<usize>) -> Vec<String> {
    match (separator, count) {
        (_, Some(0)) => Vec::new(),
        ("", Some(count)) => {
            // The last part holds whatever is left.
            let mut parts: Vec<String> = text.chars().take(count - 1).map(String::from).collect();
            let rest: String = text.chars().skip(count - 1).collect();
            if !rest.is_empty() {
                parts.push(rest);
            }
            parts
        }
        ("", None) => text.chars().map(String::from).collect(),
        (separator, Some(count)) => text.splitn(count, separator).map(str::to_owned).collect(),
        (separator, None) => text.split(separator).map(str::to_owned).collect(),
    }
}

/// A `map[string]string` with the keys `_0`, `_1` and so on.
fn numbered(parts: Vec<String>) -> Value {
    let entries = parts
        .into_iter()
        .enumerate()
        .map(|(index, part)| (Text::from(format!("_{index}")), Value::from(part)));
    Value::Map(Map::from_entries(MapType::Strings, entries))
}
