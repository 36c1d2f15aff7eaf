//! Errors of renders, in the forms that Helm gives them (contract/helm-engine.md 4.5).

use ferroflux_template::{CallError, Cause, ExecError, ParseError};

/// Why a chart could not be rendered. The texts are Helm's.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Dependencies, conditions, tags or imports.
    #[error("chart dependencies processing failed: {0}")]
    Dependencies(String),
    /// Values that do not go together.
    #[error("{0}")]
    Values(String),
    /// Values that a schema does not allow, or a schema that is wrong itself.
    #[error("values don't meet the specifications of the schema(s) in the following chart(s):\n{0}")]
    Schema(String),
    /// A cluster that the chart does not support.
    #[error("chart requires kubeVersion: {constraint} which is incompatible with Kubernetes {version}")]
    KubeVersion {
        /// What the chart asks for.
        constraint: String,
        /// What there is.
        version: String,
    },
    /// A template that cannot be parsed.
    #[error("{0}")]
    Parse(String),
    /// A template that failed.
    #[error("{0}")]
    Execution(String),
    /// The thread for the render could not be started.
    #[error("cannot start a thread to render on")]
    Thread(#[source] std::io::Error),
}

/// Marks around the message of `required` and `fail`, by which it is found again in whatever wraps it.
pub(super) const MARK_BEFORE: &str = "HELM_ERR_START";
/// See [`MARK_BEFORE`].
pub(super) const MARK_AFTER: &str = "HELM_ERR_END";

pub(super) fn parse_error(error: &ParseError) -> RenderError {
    let text = error.to_string();
    let parts: Vec<&str> = text.split(": ").collect();
    match parts.as_slice() {
        [_, location, .., last] | [_, location @ last] => {
            RenderError::Parse(format!("parse error at ({location}): {last}"))
        }
        _ => RenderError::Parse(text),
    }
}

pub(super) fn execution_error(error: CallError) -> RenderError {
    match error {
        CallError::Template(error) => RenderError::Execution(reformat(&error)),
        other => RenderError::Execution(other.to_string()),
    }
}

/// One level of a trace.
#[derive(PartialEq, Eq)]
struct Level {
    location: String,
    executed: String,
    message: String,
}

fn reformat(error: &ExecError) -> String {
    let text = error.to_string();
    let mut parts = text.splitn(3, ": ");
    let (Some(_), Some(location), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return text;
    };
    if let (Some(start), Some(end)) = (rest.find(MARK_BEFORE), rest.rfind(MARK_AFTER))
        && let Some(message) = rest.get(start + MARK_BEFORE.len()..end)
    {
        return format!("execution error at ({location}): {message}");
    }
    match trace(error) {
        Some(levels) => {
            let shown: String = levels.iter().map(Level::shown).collect();
            shown.trim().to_owned()
        }
        None => text,
    }
}

/// The levels of an error, if all of them are the template package's own.
fn trace(error: &ExecError) -> Option<Vec<Level>> {
    let mut levels: Vec<Level> = Vec::new();
    let mut add = |text: &str| {
        let level = Level::parse(text)?;
        if levels.last() != Some(&level) {
            levels.push(level);
        }
        Some(())
    };
    let mut current = error;
    loop {
        add(&current.to_string())?;
        match &current.cause {
            Cause::Raised(_) => break,
            Cause::Call { error: CallError::Template(inner), .. } => current = inner,
            Cause::Call { error, .. } => {
                add(&error.to_string())?;
                break;
            }
        }
    }
    Some(levels)
}

impl Level {
    /// Takes apart `template: LOCATION: executing "NAME" at <NODE>: MESSAGE`.
    fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("template: ")?;
        if rest.starts_with("no template ") {
            return Some(Self { location: String::new(), executed: String::new(), message: text.to_owned() });
        }
        let cut = |message: &str| message.split(" template:").next().unwrap_or_default().to_owned();
        if let Some((location, after)) = rest.split_once(": executing ") {
            let (name, after) = after.strip_prefix('"')?.split_once('"')?;
            let (node, message) = after.strip_prefix(" at <")?.split_once(">: ")?;
            return Some(Self {
                location: location.to_owned(),
                executed: format!("executing \"{name}\" at <{node}>:"),
                message: cut(message),
            });
        }
        let (location, message) = rest.rsplit_once(": ")?;
        Some(Self { location: location.to_owned(), executed: String::new(), message: cut(message) })
    }

    fn shown(&self) -> String {
        let mut out = String::new();
        if !self.location.is_empty() {
            out.push_str(&format!("{}\n  ", self.location));
        }
        if !self.executed.is_empty() {
            out.push_str(&format!("{}\n    ", self.executed));
        }
        if !self.message.is_empty() {
            out.push_str(&format!("{}\n", self.message));
        }
        out
    }
}
