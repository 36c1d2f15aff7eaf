//! Violations in the words and the shape of the validator that Helm uses.

use ferroflux_go::float;
use jsonschema::{
    Draft, ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;

/// A line of a report with the lines below it.
struct Finding {
    location: String,
    text: String,
    below: Vec<Finding>,
    /// Steps of the schema that show as lines of their own around this one: where they stand, and at which value.
    around: Vec<(String, String)>,
}

/// Every violation, one to a line, in the order of places.
pub(super) fn report<'e>(errors: impl Iterator<Item = ValidationError<'e>>) -> String {
    let errors: Vec<ValidationError<'e>> = errors.collect();
    let mut out = String::new();
    for finding in arrange(findings(errors.iter()), "") {
        finding.show(0, &mut out);
    }
    out
}

/// The text for a schema that its own meta-schema does not allow.
pub(super) fn broken_schema(draft: Draft, error: ValidationError<'static>) -> String {
    if let ValidationErrorKind::Referencing(error) = error.kind() {
        return format!("{error}\n");
    }
    let url = match draft {
        Draft::Draft4 => "http://json-schema.org/draft-04/schema",
        Draft::Draft6 => "http://json-schema.org/draft-06/schema",
        Draft::Draft7 => "http://json-schema.org/draft-07/schema",
        Draft::Draft201909 => "https://json-schema.org/draft/2019-09/schema",
        _ => "https://json-schema.org/draft/2020-12/schema",
    };
    let report = report(std::iter::once(error));
    format!(
        "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation failed with \
         '{url}#'\n{}",
        report.trim_end()
    )
}

fn findings<'a, 'e: 'a>(errors: impl Iterator<Item = &'a ValidationError<'e>>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    // Each missing property is an error of its own here, and one for all there.
    let mut missing: Vec<(String, usize, Vec<String>)> = Vec::new();
    for error in errors {
        let location = error.instance_path().as_str().to_owned();
        if let ValidationErrorKind::Required { property } = error.kind() {
            let name = property.as_str().map_or_else(|| property.to_string(), str::to_owned);
            let key = error.evaluation_path().as_str().to_owned() + "\0" + &location;
            match missing.iter_mut().find(|(known, ..)| *known == key) {
                Some((_, at, names)) => {
                    names.push(name);
                    if let Some(finding) = found.get_mut(*at) {
                        finding.text = format!("missing properties {}", quoted_list(names));
                    }
                    continue;
                }
                None => missing.push((key, found.len(), vec![name])),
            }
        }
        found.push(finding(error, location));
    }
    found.sort_by(|a, b| a.location.cmp(&b.location));
    found
}

fn finding(error: &ValidationError<'_>, location: String) -> Finding {
    let (text, below) = describe(error, &location);
    let around = all_of_steps(error.evaluation_path().as_str(), &location);
    Finding { location, text, below, around }
}

/// The `allOf` steps on the way to a violation, with the value that each looked at.
fn all_of_steps(path: &str, location: &str) -> Vec<(String, String)> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let mut places: Vec<&str> = location.split('/').skip(1).collect();
    places.reverse();
    let (mut here, mut steps) = (String::new(), Vec::new());
    let mut at = 0;
    while let Some(segment) = segments.get(at) {
        let last = at + 1 == segments.len();
        let next_is_number =
            segments.get(at + 1).is_some_and(|next| next.bytes().all(|byte| byte.is_ascii_digit()));
        let (descends, skips) = match *segment {
            "properties" | "patternProperties" | "prefixItems" => (true, 1),
            "items" if next_is_number => (true, 1),
            "items"
            | "additionalProperties"
            | "additionalItems"
            | "unevaluatedProperties"
            | "contains"
            | "unevaluatedItems" => (!last, 0),
            "allOf" => {
                let step = segments.get(..=at).unwrap_or_default().join("/");
                steps.push((step, here.clone()));
                (false, 1)
            }
            "anyOf" | "oneOf" | "dependentSchemas" | "$defs" | "definitions" => (false, 1),
            _ => (false, 0),
        };
        if descends && let Some(place) = places.pop() {
            here.push('/');
            here.push_str(place);
        }
        at += 1 + skips;
    }
    steps
}

/// Puts findings below the steps that they belong to: `allOf`, and a value with several violations of its own.
fn arrange(findings: Vec<Finding>, context: &str) -> Vec<Finding> {
    let mut arranged: Vec<Finding> = Vec::new();
    let mut rest = findings.into_iter().peekable();
    while let Some(mut finding) = rest.next() {
        if finding.around.is_empty() {
            arranged.push(finding);
            continue;
        }
        let step = finding.around.remove(0);
        let mut inner = vec![finding];
        while let Some(next) = rest.next_if(|next| next.around.first() == Some(&step)) {
            let mut next = next;
            next.around.remove(0);
            inner.push(next);
        }
        arranged.push(Finding {
            below: arrange(inner, &step.1),
            location: step.1,
            text: "'allOf' failed".into(),
            around: Vec::new(),
        });
    }
    grouped(arranged, context)
}

/// Violations of one value, its own and those within: several of them get a line above them, but not when that line
/// would stand alone.
fn grouped(findings: Vec<Finding>, context: &str) -> Vec<Finding> {
    let mut results = by_value(findings, context);
    match results.as_mut_slice() {
        [only] if only.text == GROUP => std::mem::take(&mut only.below),
        _ => results,
    }
}

const GROUP: &str = "validation failed";

fn by_value(findings: Vec<Finding>, context: &str) -> Vec<Finding> {
    let mut results: Vec<Finding> = Vec::new();
    let mut rest = findings.into_iter().peekable();
    let child = |location: &str| {
        let inner = location.strip_prefix(context).unwrap_or(location);
        let segment = inner.strip_prefix('/').and_then(|inner| inner.split('/').next());
        segment.map(|segment| format!("{context}/{segment}"))
    };
    while let Some(finding) = rest.next() {
        let Some(place) = child(&finding.location) else {
            results.push(finding);
            continue;
        };
        let mut inner = vec![finding];
        while let Some(next) = rest.next_if(|next| child(&next.location).as_ref() == Some(&place)) {
            inner.push(next);
        }
        let mut below = by_value(inner, &place);
        if below.len() > 1 {
            results.push(Finding { location: place, text: GROUP.into(), below, around: Vec::new() });
        } else {
            results.append(&mut below);
        }
    }
    results
}

impl Finding {
    fn show(&self, indent: usize, out: &mut String) {
        out.push_str(&"  ".repeat(indent));
        out.push_str(&format!("- at {}: {}\n", quoted(&self.location), self.text));
        for finding in &self.below {
            finding.show(indent + 1, out);
        }
    }
}

fn quoted(text: &str) -> String {
    let text = ferroflux_template::quote::quote(text);
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    format!("'{}'", inner.replace("\\\"", "\"").replace('\'', "\\'"))
}

fn quoted_list(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    names.join(", ")
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Null => "<nil>".into(),
        Value::Number(number) => shown_number(number.as_f64(), || number.to_string()),
        Value::Array(_) | Value::Object(_) => "value".into(),
        Value::Bool(truth) => truth.to_string(),
    }
}

fn shown_number(number: Option<f64>, exact: impl FnOnce() -> String) -> String {
    match number {
        Some(number) if number.fract() != 0.0 => float::format_g(number),
        _ => exact(),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    }
}

/// The branches of `anyOf` and `oneOf` that did not match, each with what is wrong in it.
fn branches(context: &[Vec<ValidationError<'static>>], location: &str) -> Vec<Finding> {
    let mut out = Vec::new();
    for branch in context {
        let inner = arrange(findings(branch.iter()), location);
        if inner.len() > 1 {
            out.push(Finding {
                location: location.to_owned(),
                text: GROUP.into(),
                below: inner,
                around: Vec::new(),
            });
        } else {
            out.extend(inner);
        }
    }
    out
}

fn describe(error: &ValidationError<'_>, location: &str) -> (String, Vec<Finding>) {
    use ValidationErrorKind as Kind;
    let instance = error.instance();
    let limits = |keyword: &str, limit: &dyn std::fmt::Display| {
        format!("{keyword}: got {}, want {limit}", length(instance))
    };
    let bounds =
        |keyword: &str, limit: &Value| format!("{keyword}: got {}, want {}", shown(instance), shown(limit));
    let text = match error.kind() {
        Kind::AnyOf { context } => return ("'anyOf' failed".into(), branches(context, location)),
        Kind::OneOfNotValid { context } => {
            return ("'oneOf' failed, none matched".into(), branches(context, location));
        }
        Kind::OneOfMultipleValid { context } => {
            let mut valid =
                context.iter().enumerate().filter(|(_, errors)| errors.is_empty()).map(|(i, _)| i);
            let (first, second) = (valid.next().unwrap_or(0), valid.next().unwrap_or(1));
            format!("'oneOf' failed, subschemas {first}, {second} matched")
        }
        Kind::PropertyNames { error } => {
            let name = shown(error.instance());
            let inner = finding(error, location.to_owned());
            return (format!("invalid propertyName {name}"), vec![inner]);
        }
        Kind::Type { kind } => {
            let mut wanted: Vec<String> = match kind {
                TypeKind::Single(kind) => vec![kind.to_string()],
                TypeKind::Multiple(kinds) => kinds.iter().map(|kind| kind.to_string()).collect(),
            };
            wanted.sort();
            format!("got {}, want {}", type_name(instance), wanted.join(" or "))
        }
        Kind::Required { property } => {
            format!("missing property {}", shown(property))
        }
        Kind::AdditionalProperties { unexpected } => {
            let mut names = unexpected.clone();
            names.sort();
            format!("additional properties {} not allowed", quoted_list(&names))
        }
        Kind::AdditionalItems { limit } => {
            format!("last {} additionalItem(s) not allowed", length(instance).saturating_sub(*limit))
        }
        Kind::Constant { expected_value } => match expected_value.as_ref() {
            Value::Array(_) | Value::Object(_) => "'const' failed".into(),
            wanted => format!("value must be {}", shown(wanted)),
        },
        Kind::Enum { options } => one_of(options),
        Kind::Format { format } => {
            format!("{} is not valid {format}{}", shown(instance), reason(format, instance))
        }
        Kind::Pattern { pattern } => {
            format!("{} does not match pattern {}", shown(instance), quoted(pattern))
        }
        Kind::MaxItems { limit } => limits("maxItems", limit),
        Kind::MinItems { limit } => limits("minItems", limit),
        Kind::MaxLength { limit } => limits("maxLength", limit),
        Kind::MinLength { limit } => limits("minLength", limit),
        Kind::MaxProperties { limit } => limits("maxProperties", limit),
        Kind::MinProperties { limit } => limits("minProperties", limit),
        Kind::Maximum { limit } => bounds("maximum", limit),
        Kind::Minimum { limit } => bounds("minimum", limit),
        Kind::ExclusiveMaximum { limit } => bounds("exclusiveMaximum", limit),
        Kind::ExclusiveMinimum { limit } => bounds("exclusiveMinimum", limit),
        Kind::MultipleOf { multiple_of } => {
            let wanted = shown_number(Some(*multiple_of), || format!("{multiple_of}"));
            format!("multipleOf: got {}, want {wanted}", shown(instance))
        }
        Kind::Not { .. } => "'not' failed".into(),
        Kind::FalseSchema => "false schema".into(),
        Kind::Contains => "no items match contains schema".into(),
        Kind::UniqueItems => repeated(instance),
        _ => error.to_string(),
    };
    (text, Vec::new())
}

fn one_of(options: &Value) -> String {
    match options.as_array().map(Vec::as_slice) {
        Some(options) if options.iter().any(|option| option.is_array() || option.is_object()) => {
            "'enum' failed".into()
        }
        Some([only]) => format!("value must be {}", shown(only)),
        Some(options) => {
            let options: Vec<String> = options.iter().map(shown).collect();
            format!("value must be one of {}", options.join(", "))
        }
        None => "'enum' failed".into(),
    }
}

/// The first two items that are equal.
fn repeated(instance: &Value) -> String {
    let items = instance.as_array().map(Vec::as_slice).unwrap_or_default();
    for (second, item) in items.iter().enumerate() {
        if let Some(first) = items.iter().take(second).position(|other| other == item) {
            return format!("items at {first} and {second} are equal");
        }
    }
    "items are equal".into()
}

fn reason(format: &str, instance: &Value) -> &'static str {
    let text = instance.as_str().unwrap_or_default();
    match format {
        "email" if !text.contains('@') => ": missing @",
        "uri" if !text.contains(':') => ": relative url",
        _ => "",
    }
}
