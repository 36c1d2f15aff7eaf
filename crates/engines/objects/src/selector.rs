//! Label selectors in the syntax of `kubectl -l`.

use serde_json::Value;

/// A parsed selector; all requirements must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
}

/// A selector that cannot be parsed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unable to parse requirement: {reason} in `{selector}`")]
pub struct SelectorError {
    selector: String,
    reason: &'static str,
}

impl Selector {
    /// Parses requirements separated by commas: `a`, `!a`, `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`.
    pub fn parse(selector: &str) -> Result<Self, SelectorError> {
        let fail = |reason| SelectorError { selector: selector.to_owned(), reason };
        let requirements = split(selector)
            .ok_or_else(|| fail("unbalanced parentheses"))?
            .into_iter()
            .map(|part| requirement(part).map_err(fail))
            .collect::<Result<_, _>>()?;
        Ok(Self { requirements })
    }

    /// Whether a map of labels (or annotations) satisfies every requirement; `Null` counts as empty.
    pub fn matches(&self, labels: &Value) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels.get(&requirement.key).and_then(Value::as_str);
            match &requirement.test {
                Test::Exists => value.is_some(),
                Test::Absent => value.is_none(),
                Test::In(values) => value.is_some_and(|value| values.iter().any(|wanted| wanted == value)),
                Test::NotIn(values) => value.is_none_or(|value| values.iter().all(|wanted| wanted != value)),
            }
        })
    }
}

/// Splits at commas outside parentheses; an empty selector has no requirements.
fn split(selector: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    let (mut start, mut open) = (0, false);
    for (index, character) in selector.char_indices() {
        match character {
            '(' if open => return None,
            '(' => open = true,
            ')' if !open => return None,
            ')' => open = false,
            ',' if !open => {
                parts.push(selector.get(start..index)?);
                start = index + 1;
            }
            _ => {}
        }
    }
    if open {
        return None;
    }
    if !selector.trim().is_empty() {
        parts.push(selector.get(start..)?);
    }
    Some(parts)
}

fn requirement(part: &str) -> Result<Requirement, &'static str> {
    let part = part.trim();
    let (key, test) = if let Some(key) = part.strip_prefix('!') {
        (key.trim(), Test::Absent)
    } else if let Some((key, value)) = part.split_once("!=") {
        (key.trim(), Test::NotIn(vec![value.trim().to_owned()]))
    } else if let Some((key, value)) = part.split_once("==").or_else(|| part.split_once('=')) {
        (key.trim(), Test::In(vec![value.trim().to_owned()]))
    } else if let Some((head, values)) = part.split_once('(') {
        let values = values.strip_suffix(')').ok_or("missing closing parenthesis")?;
        let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
        let mut words = head.split_whitespace();
        let key = words.next().ok_or("missing key")?;
        let test = match (words.next(), words.next()) {
            (Some("in"), None) => Test::In(values),
            (Some("notin"), None) => Test::NotIn(values),
            _ => return Err("expected `in` or `notin`"),
        };
        (key, test)
    } else {
        (part, Test::Exists)
    };
    let values = match &test {
        Test::In(values) | Test::NotIn(values) => values.as_slice(),
        Test::Exists | Test::Absent => &[],
    };
    if !valid_key(key) {
        return Err("invalid label key");
    }
    if values.iter().any(|value| !valid_value(value)) {
        return Err("invalid label value");
    }
    Ok(Requirement { key: key.to_owned(), test })
}

fn valid_key(key: &str) -> bool {
    let (prefix, name) = key.rsplit_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    !name.is_empty()
        && valid_value(name)
        && prefix.is_none_or(|prefix| !prefix.is_empty() && valid_value(prefix))
}

fn valid_value(value: &str) -> bool {
    let edge = |character: Option<char>| character.is_none_or(|character| character.is_ascii_alphanumeric());
    value.len() <= 253
        && edge(value.chars().next())
        && edge(value.chars().next_back())
        && value.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
}
