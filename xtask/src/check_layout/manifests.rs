//! What every manifest must say: the workspace's lints, and dependencies by the workspace's versions.

use std::fs;

use anyhow::Context;

use crate::workspace::{self, Metadata};

/// Every manifest that does not say it.
pub(super) fn problems(metadata: &Metadata) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    for package in metadata.members() {
        let path = &package.manifest_path;
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let shown = workspace::relative(path).display();
        problems.extend(manifest_problems(&text).into_iter().map(|problem| format!("{shown}: {problem}")));
    }
    Ok(problems)
}

/// What is wrong with one manifest.
pub(super) fn manifest_problems(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut section = "";
    let mut has_lints = false;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name;
        } else if section == "lints" && line.replace(' ', "") == "workspace=true" {
            has_lints = true;
        } else if section.ends_with("dependencies")
            && let Some((key, value)) = line.split_once('=')
            && !line.starts_with('#')
        {
            let value = value.replace(' ', "");
            if !key.trim().ends_with(".workspace") && !value.contains("workspace=true") {
                problems.push(format!("`{}` must take its version from the workspace", key.trim()));
            }
        }
    }
    if !has_lints {
        problems.push("the workspace's lints are not switched on".to_owned());
    }
    problems
}
