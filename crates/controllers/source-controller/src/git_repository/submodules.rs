//! What `.gitmodules` says (contract/source.md 7.6). Pure.

/// A submodule: where it stands and where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Submodule {
    pub(super) path: String,
    pub(super) url: String,
}

/// Reads the file in the notation of Git's configuration; what is no submodule is passed over.
pub(super) fn parse(text: &str) -> Vec<Submodule> {
    let mut found = Vec::new();
    let mut current: Option<Submodule> = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            found.extend(current.take());
            current = line.starts_with("[submodule").then(Submodule::default);
        } else if let (Some(submodule), Some((key, value))) = (&mut current, line.split_once('=')) {
            let value = unquoted(value.trim());
            match key.trim().to_ascii_lowercase().as_str() {
                "path" => value.trim_end_matches('/').clone_into(&mut submodule.path),
                "url" => submodule.url = value,
                _ => {}
            }
        }
    }
    found.extend(current);
    found
}

fn unquoted(value: &str) -> String {
    match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => value.to_owned(),
    }
}

/// The address of a submodule: relative ones begin at the repository's own, and `host:path` means SSH.
pub(super) fn resolve(base: &str, url: &str) -> String {
    if url.starts_with("./") || url.starts_with("../") {
        let mut base = base.trim_end_matches('/');
        let mut rest = url;
        loop {
            if let Some(behind) = rest.strip_prefix("./") {
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("../") {
                rest = behind;
                // The scheme's slashes and the host are not to be climbed over.
                let authority = base.find("://").map_or(0, |at| at + 3);
                let parent = base.rfind('/').filter(|at| *at >= authority);
                base = parent.and_then(|at| base.get(..at)).unwrap_or(base);
            } else {
                return format!("{base}/{rest}");
            }
        }
    }
    match url.split_once(':') {
        Some((host, path)) if !url.contains("://") && !host.contains('/') => {
            format!("ssh://{host}/{}", path.trim_start_matches('/'))
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_read_and_other_keys_passed_over() {
        let text = "# comment\n[submodule \"a b\"]\n\tpath = libs/a\n\turl = \"../a.git\"\n\tbranch = main\n\
                    [core]\n\turl = no\n[submodule \"c\"]\npath=c/\nurl=https://example.com/c\n";
        let expected = [("libs/a", "../a.git"), ("c", "https://example.com/c")]
            .map(|(path, url)| Submodule { path: path.into(), url: url.into() });
        assert_eq!(parse(text), expected);
    }

    #[test]
    fn relative_addresses_begin_at_the_repository() {
        let base = "https://example.com/group/app.git";
        assert_eq!(resolve(base, "../lib.git"), "https://example.com/group/lib.git");
        assert_eq!(resolve(base, "../../other/lib.git"), "https://example.com/other/lib.git");
        assert_eq!(resolve(base, "./sub"), "https://example.com/group/app.git/sub");
        assert_eq!(resolve(base, "../../../../../x"), "https://example.com/x");
        assert_eq!(resolve(base, "git@example.com:a/b.git"), "ssh://git@example.com/a/b.git");
        assert_eq!(resolve(base, "https://example.org/x"), "https://example.org/x");
    }
}
