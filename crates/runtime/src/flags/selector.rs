//! Checks label selectors before the API server has to (`--watch-label-selector`).

/// Why a text is no label selector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{selector}` is not a label selector: {problem} in `{requirement}`")]
pub struct InvalidSelector {
    selector: String,
    requirement: String,
    problem: &'static str,
}

/// Checks a selector of the forms `key`, `!key`, `key=value`, `key==value`, `key!=value`, `key in (a,b)`,
/// `key notin (a,b)`, `key>1`, `key<1`, joined with commas.
pub fn check_selector(selector: &str) -> Result<(), InvalidSelector> {
    if selector.trim().is_empty() {
        return Ok(());
    }
    for requirement in split(selector) {
        check(requirement.trim()).map_err(|problem| InvalidSelector {
            selector: selector.to_owned(),
            requirement: requirement.trim().to_owned(),
            problem,
        })?;
    }
    Ok(())
}

/// Splits at commas that are not inside parentheses.
fn split(selector: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    selector
        .split(|c: char| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            c == ',' && depth == 0
        })
        .collect()
}

fn check(requirement: &str) -> Result<(), &'static str> {
    if let Some(key) = requirement.strip_prefix('!') {
        return check_key(key.trim());
    }
    if let Some((head, values)) = requirement.split_once('(') {
        let values = values.strip_suffix(')').ok_or("missing `)`")?;
        let mut words = head.split_whitespace();
        check_key(words.next().unwrap_or_default())?;
        return match (words.next(), words.next()) {
            (Some("in" | "notin"), None) => values.split(',').try_for_each(|value| check_value(value.trim())),
            _ => Err("expected `in` or `notin`"),
        };
    }
    for operator in ["!=", "==", "=", ">", "<"] {
        if let Some((key, value)) = requirement.split_once(operator) {
            check_key(key.trim())?;
            let value = value.trim();
            if matches!(operator, ">" | "<") && value.parse::<i64>().is_err() {
                return Err("expected a number");
            }
            return check_value(value);
        }
    }
    check_key(requirement)
}

/// `[prefix/]name`: a DNS subdomain and a name of up to 63 characters.
fn check_key(key: &str) -> Result<(), &'static str> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if name.is_empty() {
        return Err("missing key");
    }
    check_value(name).map_err(|_| "invalid key")?;
    let subdomain = |prefix: &str| {
        prefix.len() <= 253
            && prefix.split('.').all(|label| {
                !label.is_empty()
                    && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            })
    };
    if prefix.is_none_or(subdomain) { Ok(()) } else { Err("invalid key prefix") }
}

fn check_value(value: &str) -> Result<(), &'static str> {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let edge = |b: Option<&u8>| b.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = value.as_bytes();
    if value.len() <= 63 && bytes.iter().all(|b| inner(*b)) && edge(bytes.first()) && edge(bytes.last()) {
        Ok(())
    } else {
        Err("invalid value")
    }
}
