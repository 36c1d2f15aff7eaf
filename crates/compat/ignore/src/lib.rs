//! The .sourceignore pattern language, as Git defines it and Flux applies it (contract/source.md 5).
//!
//! The language is that of `.gitignore` with these differences, which are those of the library that Flux uses:
//!
//! * A path below an excluded directory can be included again; each path is judged by itself.
//! * A pattern with a slash matches a whole prefix of the path, so `a/*` excludes all that is below `a/b`.
//! * What follows `**/` is looked for once, at its first match: `**/a/b` does not match `a/x/a/b`.
//! * `/**` alone matches nothing, a component such as `a**` matches nothing, `[!a]` is the class of `!` and `a`.
//!
//! Which files there are is told by the caller; nothing is read here.

mod glob;
mod pattern;

pub use crate::pattern::Pattern;

/// The name of the files that hold patterns.
pub const FILE_NAME: &str = ".sourceignore";

/// Always excluded, unless a pattern includes it again.
pub const VCS: &[&str] = &[".git/", ".gitignore", ".gitmodules", ".gitattributes"];

/// Excluded as long as nobody wrote a pattern.
pub const DEFAULTS: &[&str] = &[
    "*.jpg",
    "*.jpeg",
    "*.gif",
    "*.png",
    "*.wmv",
    "*.flv",
    "*.tar.gz",
    "*.zip",
    ".github/",
    ".circleci/",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    "**/.goreleaser.yml",
    "**/.sops.yaml",
    "**/.flux.yaml",
];

/// A line of this length or more ends the reading of its file, as the reference's line reader does.
const MAX_LINE: usize = 64 << 10;

/// A list of patterns, of which the last one that matches a path decides.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    patterns: Vec<Pattern>,
}

impl Matcher {
    /// The patterns that apply to a tree: those of its `.sourceignore` files and then those of `spec.ignore`; the
    /// defaults if there is not a single one; the version control patterns in front in either case.
    ///
    /// `files` are the directories that hold a `.sourceignore` (the root is the empty path) with its content, in
    /// any order.
    pub fn for_tree<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        spec_ignore: Option<&str>,
    ) -> Self {
        let mut files: Vec<_> = files
            .into_iter()
            .map(|(directory, content)| (components(directory), content))
            .filter(|(domain, _)| !domain.contains(&".git"))
            .collect();
        // Lists of names sort as a walk meets them: a directory, then what is in it.
        files.sort_by(|(left, _), (right, _)| left.cmp(right));
        let mut own = Vec::new();
        for (domain, content) in files {
            own.extend(read(&String::from_utf8_lossy(content), &domain));
        }
        own.extend(read(spec_ignore.unwrap_or_default(), &[]));
        let mut patterns: Vec<_> = VCS.iter().map(|line| Pattern::parse(line, &[])).collect();
        if own.is_empty() {
            own.extend(DEFAULTS.iter().map(|line| Pattern::parse(line, &[])));
        }
        patterns.append(&mut own);
        Self { patterns }
    }

    /// The patterns that apply to a bucket's keys: those of the root's `.sourceignore` and of `spec.ignore`, with
    /// no defaults (contract/source.md 5.4).
    pub fn for_bucket(source_ignore: Option<&[u8]>, spec_ignore: Option<&str>) -> Self {
        let file = String::from_utf8_lossy(source_ignore.unwrap_or_default()).into_owned();
        let lines = read(&file, &[]).chain(read(spec_ignore.unwrap_or_default(), &[]));
        Self { patterns: lines.collect() }
    }

    /// Whether `path` (relative, `/`-separated) is excluded.
    pub fn excludes(&self, path: &str, is_directory: bool) -> bool {
        let path = components(path);
        let decision = self.patterns.iter().rev().find(|pattern| pattern.matches(&path, is_directory));
        decision.is_some_and(|pattern| !pattern.includes())
    }

    /// Whether there is no pattern at all.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }
}

impl FromIterator<Pattern> for Matcher {
    fn from_iter<I: IntoIterator<Item = Pattern>>(patterns: I) -> Self {
        Self { patterns: patterns.into_iter().collect() }
    }
}

/// The patterns of a text, which apply below the directory `domain`.
pub fn read<'a>(text: &'a str, domain: &'a [&'a str]) -> impl Iterator<Item = Pattern> + 'a {
    let lines = text.split('\n').take_while(|line| line.len() < MAX_LINE);
    lines
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(move |line| Pattern::parse(line, domain))
}

fn components(path: &str) -> Vec<&str> {
    if path.is_empty() { Vec::new() } else { path.split('/').collect() }
}

#[cfg(test)]
mod tests;
