//! Which objects a patch or a replacement is for.

use crate::{
    error::Error,
    id::{Gvk, ResourceId},
    kustomization::Selector,
    pattern::Anchored,
    resource::Resource,
    resource_map::ResourceMap,
    schema::Schema,
};

/// A selector with its expressions compiled.
#[derive(Debug, Clone)]
pub(crate) struct CompiledSelector {
    group: Anchored,
    version: Anchored,
    kind: Anchored,
    name: Anchored,
    namespace: Anchored,
    labels: LabelSelector,
    annotations: LabelSelector,
    /// Whether nothing but label and annotation selectors is set.
    pub(crate) names_nothing: bool,
}

impl CompiledSelector {
    pub(crate) fn compile(selector: &Selector) -> Result<Self, Error> {
        Ok(Self {
            group: Anchored::compile(&selector.gvk.group)?,
            version: Anchored::compile(&selector.gvk.version)?,
            kind: Anchored::compile(&selector.gvk.kind)?,
            name: Anchored::compile(&selector.name)?,
            namespace: Anchored::compile(&selector.namespace)?,
            labels: LabelSelector::parse(&selector.labels)?,
            annotations: LabelSelector::parse(&selector.annotations)?,
            names_nothing: selector.gvk == Gvk::default()
                && selector.name.is_empty()
                && selector.namespace.is_empty(),
        })
    }

    fn matches_gvk(&self, group: &str, version: &str, kind: &str) -> bool {
        self.group.is_match(group) && self.version.is_match(version) && self.kind.is_match(kind)
    }

    /// Whether one identity fits, with the namespace as it is written.
    pub(crate) fn matches_id(&self, id: &ResourceId) -> bool {
        self.matches_gvk(&id.gvk.group, &id.gvk.version, &id.gvk.kind)
            && self.name.is_match(&id.name)
            && self.namespace.is_match(&id.namespace)
    }

    pub(crate) fn matches_metadata(&self, resource: &Resource) -> bool {
        self.annotations.matches(resource, "annotations") && self.labels.matches(resource, "labels")
    }

    pub(crate) fn has_metadata_selectors(&self) -> bool {
        !self.annotations.requirements.is_empty() || !self.labels.requirements.is_empty()
    }

    fn matches(&self, schema: &Schema, resource: &Resource) -> bool {
        let (group, version) = resource.group_version();
        if !self.matches_gvk(group, version, resource.kind()) {
            return false;
        }
        let id = resource.id(schema);
        let original;
        let original = if resource.previous.is_empty() {
            id
        } else {
            original = resource.original_id(schema);
            &original
        };
        (self.namespace.is_match(original.effective_namespace())
            || self.namespace.is_match(id.effective_namespace()))
            && (self.name.is_match(&original.name) || self.name.is_match(&id.name))
            && self.matches_metadata(resource)
    }
}

/// Places of the objects that a patch's target selects.
pub(crate) fn select(schema: &Schema, map: &ResourceMap, selector: &Selector) -> Result<Vec<usize>, Error> {
    let compiled = CompiledSelector::compile(selector)?;
    Ok(map
        .iter()
        .enumerate()
        .filter(|(_, resource)| compiled.matches(schema, resource))
        .map(|(index, _)| index)
        .collect())
}

/// A label selector in Kubernetes' syntax.
#[derive(Debug, Clone, Default)]
struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Debug, Clone)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Greater(i64),
    Less(i64),
}

#[derive(Debug, Clone, PartialEq)]
enum Token<'t> {
    Word(&'t str),
    Symbol(&'static str),
    End,
}

impl LabelSelector {
    fn parse(text: &str) -> Result<Self, Error> {
        let mut parser = Parser { rest: text };
        let mut requirements = Vec::new();
        if parser.peek() == Token::End {
            return Ok(Self::default());
        }
        loop {
            requirements
                .push(parser.requirement().map_err(|error| error.context("unable to parse requirement"))?);
            match parser.next() {
                Token::End => break,
                Token::Symbol(",") => {
                    if parser.peek() == Token::End {
                        return Err(Error::build("found '', expected: identifier after ','"));
                    }
                }
                other => {
                    return Err(Error::build(format!(
                        "found '{}', expected: ',' or 'end of string'",
                        text_of(&other)
                    )));
                }
            }
        }
        Ok(Self { requirements })
    }

    fn matches(&self, resource: &Resource, field: &str) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = resource.metadata_map(field).find(|(key, _)| *key == requirement.key);
            match (&requirement.test, value) {
                (Test::Exists, value) => value.is_some(),
                (Test::Absent, value) => value.is_none(),
                (Test::In(values), Some((_, value))) => values.iter().any(|wanted| wanted == value),
                (Test::In(_), None) => false,
                (Test::NotIn(values), Some((_, value))) => values.iter().all(|wanted| wanted != value),
                (Test::NotIn(_), None) => true,
                (Test::Greater(limit), Some((_, value))) => {
                    value.parse().is_ok_and(|number: i64| number > *limit)
                }
                (Test::Less(limit), Some((_, value))) => {
                    value.parse().is_ok_and(|number: i64| number < *limit)
                }
                (Test::Greater(_) | Test::Less(_), None) => false,
            }
        })
    }
}

fn text_of<'t>(token: &Token<'t>) -> &'t str {
    match token {
        Token::Word(word) => word,
        Token::Symbol(symbol) => symbol,
        Token::End => "",
    }
}

struct Parser<'t> {
    rest: &'t str,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Token<'t> {
        Self { rest: self.rest }.next()
    }

    fn next(&mut self) -> Token<'t> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() {
            return Token::End;
        }
        for symbol in ["==", "!=", ",", "(", ")", "=", "!", ">", "<"] {
            if let Some(rest) = self.rest.strip_prefix(symbol) {
                self.rest = rest;
                return Token::Symbol(symbol);
            }
        }
        let end = self
            .rest
            .find(|character: char| character.is_whitespace() || "=!,()<>".contains(character))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Token::Word(word)
    }

    fn requirement(&mut self) -> Result<Requirement, Error> {
        let negated = self.peek() == Token::Symbol("!");
        if negated {
            self.next();
        }
        let key = match self.next() {
            Token::Word(word) => checked_key(word)?,
            other => return Err(unexpected(&other, "!, identifier, or 'end of string'")),
        };
        if negated {
            return Ok(Requirement { key, test: Test::Absent });
        }
        let test = match self.peek() {
            Token::End | Token::Symbol(",") => Test::Exists,
            Token::Symbol("=" | "==") => Test::In(vec![self.exact_value()?]),
            Token::Symbol("!=") => Test::NotIn(vec![self.exact_value()?]),
            Token::Symbol(">") => Test::Greater(number(&self.exact_value()?)?),
            Token::Symbol("<") => Test::Less(number(&self.exact_value()?)?),
            Token::Word("in") => Test::In(self.values()?),
            Token::Word("notin") => Test::NotIn(self.values()?),
            other => {
                return Err(unexpected(&other, "in, notin, =, ==, !=, gt, lt"));
            }
        };
        Ok(Requirement { key, test })
    }

    fn exact_value(&mut self) -> Result<String, Error> {
        self.next();
        match self.peek() {
            Token::End | Token::Symbol(",") => Ok(String::new()),
            Token::Word(word) => {
                self.next();
                checked_value(word)
            }
            Token::Symbol(_) => Err(unexpected(&self.peek(), "identifier")),
        }
    }

    fn values(&mut self) -> Result<Vec<String>, Error> {
        self.next();
        let open = self.next();
        if open != Token::Symbol("(") {
            return Err(unexpected(&open, "'('"));
        }
        let mut values = Vec::new();
        loop {
            match self.next() {
                Token::Word(word) => {
                    values.push(checked_value(word)?);
                    match self.next() {
                        Token::Symbol(",") if self.peek() == Token::Symbol(")") => values.push(String::new()),
                        Token::Symbol(",") => {}
                        Token::Symbol(")") => return Ok(values),
                        other => return Err(unexpected(&other, "',' or ')'")),
                    }
                }
                Token::Symbol(",") => values.push(String::new()),
                Token::Symbol(")") => {
                    if values.is_empty() {
                        values.push(String::new());
                    }
                    return Ok(values);
                }
                other => return Err(unexpected(&other, "',', ')' or identifier")),
            }
        }
    }
}

fn unexpected(token: &Token<'_>, wanted: &str) -> Error {
    Error::build(format!("found '{}', expected: {wanted}", text_of(token)))
}

fn number(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| {
        Error::build(format!(
            "values[0][]: Invalid value: {}: for 'Gt', 'Lt' operators, the value must be an integer",
            crate::error::quote(text)
        ))
    })
}

fn is_name(text: &str) -> bool {
    let edge = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric());
    text.len() <= 63
        && edge(text.chars().next())
        && edge(text.chars().next_back())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
}

fn checked_key(word: &str) -> Result<String, Error> {
    let (prefix, name) = word.split_once('/').map_or((None, word), |(prefix, name)| (Some(prefix), name));
    let prefix_valid = prefix.is_none_or(|prefix| {
        prefix.len() <= 253
            && prefix.split('.').all(|label| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|character| {
                        character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
                    })
            })
    });
    if prefix_valid && is_name(name) {
        Ok(word.to_owned())
    } else {
        Err(Error::build(format!(
            "key: Invalid value: {}: a qualified name must consist of alphanumeric characters, '-', '_' or '.'",
            crate::error::quote(word)
        )))
    }
}

fn checked_value(word: &str) -> Result<String, Error> {
    if word.is_empty() || is_name(word) {
        Ok(word.to_owned())
    } else {
        Err(Error::build(format!(
            "values[0][]: Invalid value: {}: a valid label must be an empty string or consist of alphanumeric \
             characters, '-', '_' or '.'",
            crate::error::quote(word)
        )))
    }
}
