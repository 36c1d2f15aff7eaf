//! One line of a pattern file.

use crate::glob::Glob;

/// A pattern, with the directory that it applies to.
#[derive(Debug, Clone)]
pub struct Pattern {
    domain: Box<[Box<str>]>,
    includes: bool,
    directories_only: bool,
    shape: Shape,
}

#[derive(Debug, Clone)]
enum Shape {
    /// Any component of the path has this name.
    Name(Glob),
    /// The path begins with these.
    Path(Box<[Step]>),
}

/// A component of a pattern with slashes.
#[derive(Debug, Clone)]
enum Step {
    /// Nothing between two slashes, or in front of the first.
    Empty,
    /// `**`.
    AnyDirectories,
    /// A name. `None` if it holds `**` and something else, which matches nothing.
    Name(Option<Glob>),
}

impl Pattern {
    /// Reads a line that is neither blank nor a comment. `domain` is the directory that holds the file.
    pub fn parse(line: &str, domain: &[&str]) -> Self {
        let (includes, line) = match line.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let line = if line.ends_with("\\ ") { line } else { line.trim_end_matches(' ') };
        let (directories_only, line) = match line.strip_suffix('/') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let shape = if line.contains('/') {
            Shape::Path(line.split('/').map(Step::parse).collect())
        } else {
            Shape::Name(Glob::parse(line))
        };
        let domain = domain.iter().map(|name| Box::from(*name)).collect();
        Self { domain, includes, directories_only, shape }
    }

    /// Whether what matches is included again.
    pub fn includes(&self) -> bool {
        self.includes
    }

    /// Whether the path with these components, or a directory above it, matches.
    pub fn matches(&self, path: &[&str], is_directory: bool) -> bool {
        let Some((domain, path)) = path.split_at_checked(self.domain.len()) else { return false };
        if path.is_empty() || !self.domain.iter().map(AsRef::as_ref).eq(domain.iter().copied()) {
            return false;
        }
        let matched = match &self.shape {
            Shape::Name(glob) => path.iter().position(|name| glob.matches(name)).map(|at| at + 1),
            Shape::Path(steps) => matched_components(steps, path),
        };
        // What is below a matching directory matches, too; only the path itself may be no directory.
        matched.is_some_and(|count| !self.directories_only || is_directory || count < path.len())
    }
}

impl Step {
    fn parse(text: &str) -> Self {
        match text {
            "" => Self::Empty,
            "**" => Self::AnyDirectories,
            text if text.contains("**") => Self::Name(None),
            text => Self::Name(Some(Glob::parse(text))),
        }
    }
}

/// How many of the path's first components the steps match, if they all do.
fn matched_components(steps: &[Step], path: &[&str]) -> Option<usize> {
    let (mut at, mut anywhere, mut matched) = (0, false, false);
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Empty => anywhere = false,
            Step::AnyDirectories if number + 1 == steps.len() => break,
            Step::AnyDirectories => anywhere = true,
            Step::Name(glob) => {
                let rest = path.get(at..).filter(|rest| !rest.is_empty())?;
                let glob = glob.as_ref()?;
                let found = if anywhere {
                    rest.iter().position(|name| glob.matches(name))
                } else {
                    Some(0).filter(|_| rest.first().is_some_and(|name| glob.matches(name)))
                };
                match found {
                    Some(skipped) => at += skipped + 1,
                    None => return None,
                }
                (matched, anywhere) = (true, false);
            }
        }
    }
    matched.then_some(at)
}
