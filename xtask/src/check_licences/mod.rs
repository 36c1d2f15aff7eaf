//! `cargo xtask check-licences`: every dependency may be used in software under Apache-2.0, and none is banned.

mod expression;

#[cfg(test)]
mod tests;

use std::io::Write;

use anyhow::bail;

use self::expression::Expression;
use crate::workspace::Metadata;

/// Licences that ask for no more than Apache-2.0 does, in the spelling of SPDX.
const ALLOWED: [&str; 17] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "WTFPL",
    "Zlib",
    "zlib-acknowledgement",
];

/// Packages whose manifest does not name a licence that can be judged, with what was found by reading.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// Packages that must not be part of the build at all.
const BANNED: [(&str, &str); 5] = [
    ("native-tls", "TLS is rustls everywhere"),
    ("openssl", "TLS is rustls everywhere"),
    ("openssl-sys", "TLS is rustls everywhere"),
    ("serde_yaml", "all YAML goes through ferroflux-yaml"),
    ("libgit2-sys", "its licence is GPL-2.0 with an exception; Git is gix"),
];

/// Packages that ours must not name as a dependency.
const BANNED_DIRECTLY: [(&str, &str); 2] =
    [("chrono", "time is jiff"), ("once_cell", "the standard library has LazyLock and OnceLock")];

/// Runs the subcommand.
pub(crate) fn run() -> anyhow::Result<()> {
    let metadata = Metadata::read()?;
    let mut problems = licence_problems(&metadata);
    problems.extend(needless_exceptions(&metadata));
    problems.extend(banned(&metadata));
    let mut output = std::io::stdout().lock();
    for (name, versions) in metadata.duplicates() {
        writeln!(output, "note: {name} is built in {} versions: {}", versions.len(), versions.join(", "))?;
    }
    for problem in &problems {
        writeln!(output, "error: {problem}")?;
    }
    if !problems.is_empty() {
        bail!("{} dependencies must not be used", problems.len());
    }
    writeln!(output, "{} dependencies may be used", metadata.foreign().count())?;
    Ok(())
}

fn licence_problems(metadata: &Metadata) -> Vec<String> {
    let unknown =
        metadata.foreign().filter(|package| !EXCEPTIONS.iter().any(|(name, _)| *name == package.name));
    unknown
        .filter_map(|package| {
            let problem = match package.license.as_deref() {
                None => "names no licence".to_owned(),
                Some(text) => match Expression::parse(text) {
                    Ok(expression) if expression.is_met_by(&ALLOWED) => return None,
                    Ok(_) => format!("is under `{text}`, which asks for more than Apache-2.0"),
                    Err(problem) => format!("is under `{text}`, which cannot be read: {problem}"),
                },
            };
            Some(format!("{} {} {problem}", package.name, package.version))
        })
        .collect()
}

/// An exception for a package that is not used any more hides the next one of its name.
fn needless_exceptions(metadata: &Metadata) -> impl Iterator<Item = String> {
    EXCEPTIONS
        .iter()
        .filter(|(name, _)| metadata.foreign().all(|package| package.name != *name))
        .map(|(name, _)| format!("{name} is not used any more, but there is an exception for its licence"))
}

fn banned(metadata: &Metadata) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, reason) in BANNED {
        if metadata.foreign().any(|package| package.name == name) {
            problems.push(format!("{name} is banned: {reason}"));
        }
    }
    for package in metadata.members() {
        for (name, reason) in BANNED_DIRECTLY {
            if package.dependencies.iter().any(|dependency| dependency.name == name) {
                problems.push(format!("{} must not depend on {name}: {reason}", package.name));
            }
        }
    }
    problems
}
