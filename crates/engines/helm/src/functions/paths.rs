//! Slash-separated paths. The `os` forms are the same on the systems that controllers run on.

use ferroflux_template::{Functions, Value};

use super::signature::{fixed, on_text};

pub(super) fn add(functions: &mut Functions) {
    for (slash, os) in
        [("base", "osBase"), ("dir", "osDir"), ("clean", "osClean"), ("ext", "osExt"), ("isAbs", "osIsAbs")]
    {
        for name in [slash, os] {
            match slash {
                "base" => on_text(functions, name, base),
                "dir" => {
                    on_text(functions, name, |path| clean(&path[..path.rfind('/').map_or(0, |at| at + 1)]));
                }
                "clean" => on_text(functions, name, clean),
                "ext" => on_text(functions, name, |path| extension(path).to_owned()),
                _ => fixed(functions, name, &[ferroflux_template::Type::String], |arguments| {
                    Ok(Value::Bool(arguments.text(0).starts_with(b"/")))
                }),
            }
        }
    }
}

/// The last element; `.` for an empty path, `/` for one of slashes.
pub(crate) fn base(path: &str) -> String {
    if path.is_empty() {
        return ".".into();
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some("") | None => "/".into(),
        Some(last) => last.into(),
    }
}

fn extension(path: &str) -> &str {
    let name = &path[path.rfind('/').map_or(0, |at| at + 1)..];
    name.rfind('.').map_or("", |dot| &name[dot..])
}

/// The shortest path with the same meaning: no `.`, no `..` behind a name, no doubled slashes; `.` for nothing.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(last) if *last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}
