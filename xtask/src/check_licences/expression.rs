//! SPDX licence expressions.

/// A licence expression: `MIT OR (Apache-2.0 AND BSD-3-Clause)`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Expression {
    /// One licence, with its exception if it has one.
    Licence(String),
    /// One of these, as the user chooses.
    Any(Vec<Expression>),
    /// All of these at once.
    All(Vec<Expression>),
}

impl Expression {
    /// Reads an expression; the slash of old manifests means `OR`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let spaced = text.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
        let mut words = spaced.split_whitespace().peekable();
        let expression = any(&mut words)?;
        match words.next() {
            None => Ok(expression),
            Some(word) => Err(format!("`{word}` is not expected")),
        }
    }

    /// Whether the expression can be met with nothing but these licences.
    pub(super) fn is_met_by(&self, allowed: &[&str]) -> bool {
        match self {
            Self::Licence(name) => allowed.contains(&name.as_str()),
            Self::Any(choices) => choices.iter().any(|choice| choice.is_met_by(allowed)),
            Self::All(parts) => parts.iter().all(|part| part.is_met_by(allowed)),
        }
    }
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>) -> Result<Expression, String> {
    let mut choices = vec![all(words)?];
    while words.next_if(|word| word.eq_ignore_ascii_case("OR")).is_some() {
        choices.push(all(words)?);
    }
    Ok(if choices.len() == 1 { choices.remove(0) } else { Expression::Any(choices) })
}

fn all(words: &mut Words<'_>) -> Result<Expression, String> {
    let mut parts = vec![one(words)?];
    while words.next_if(|word| word.eq_ignore_ascii_case("AND")).is_some() {
        parts.push(one(words)?);
    }
    Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) })
}

fn one(words: &mut Words<'_>) -> Result<Expression, String> {
    let word = words.next().ok_or("it ends too early")?;
    match word {
        "(" => {
            let inside = any(words)?;
            words.next_if_eq(&")").map(|_| inside).ok_or_else(|| "a bracket is not closed".to_owned())
        }
        ")" | "AND" | "OR" | "WITH" => Err(format!("`{word}` is not expected")),
        licence if words.next_if_eq(&"WITH").is_some() => {
            let exception = words.next().ok_or("it ends too early")?;
            Ok(Expression::Licence(format!("{licence} WITH {exception}")))
        }
        licence => Ok(Expression::Licence(licence.to_owned())),
    }
}
