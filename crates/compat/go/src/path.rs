//! Slash-separated paths as package `path` (and, on Unix, `path/filepath`) treats them, without looking at files.

/// A pattern that cannot be read (`path.ErrBadPattern`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in pattern")]
pub struct BadPattern;

/// The shortest path equal to `path` by its text alone: no `.`, no inner `..`, no double slash; `.` for nothing.
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
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

/// The parts joined by slashes and cleaned; empty parts are left out, and nothing joined is nothing.
pub fn join<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { String::new() } else { clean(&parts.join("/")) }
}

/// The last part; `.` for nothing, `/` for nothing but slashes.
pub fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or(trimmed) }
}

/// Everything but the last part, cleaned.
pub fn dir(path: &str) -> String {
    clean(&path[..path.rfind('/').map_or(0, |at| at + 1)])
}

/// From the last dot of the last part on; nothing if there is none.
pub fn ext(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rfind('.').map_or("", |at| &name[at..])
}

/// Whether the path begins with a slash.
pub fn is_abs(path: &str) -> bool {
    path.starts_with('/')
}

/// `path.Match`: `*` and `?` do not match a slash, `[a-z]` and `[^a-z]` are classes, `\` takes the next character
/// as it is.
pub fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let mut pattern = pattern;
    let mut name = name;
    while !pattern.is_empty() {
        let star = pattern.starts_with('*');
        pattern = pattern.trim_start_matches('*');
        let (chunk, rest) = pattern.split_at(chunk_length(pattern));
        if star && chunk.is_empty() {
            return Ok(!name.contains('/'));
        }
        pattern = rest;
        let after = match_chunk(chunk, name)?;
        if let Some(after) = after
            && (after.is_empty() || !pattern.is_empty())
        {
            name = after;
            continue;
        }
        match if star { match_later(chunk, name, pattern.is_empty())? } else { None } {
            Some(after) => name = after,
            None => {
                // The rest must still be well-formed.
                while !pattern.is_empty() {
                    pattern = pattern.trim_start_matches('*');
                    let (chunk, rest) = pattern.split_at(chunk_length(pattern));
                    match_chunk(chunk, "")?;
                    pattern = rest;
                }
                return Ok(false);
            }
        }
    }
    Ok(name.is_empty())
}

/// Finds `chunk` behind some characters that are no slashes; `at_end` demands that nothing is left.
fn match_later<'n>(chunk: &str, name: &'n str, at_end: bool) -> Result<Option<&'n str>, BadPattern> {
    for (at, character) in name.char_indices() {
        if character == '/' {
            break;
        }
        if let Some(after) = match_chunk(chunk, &name[at + character.len_utf8()..])?
            && (!at_end || after.is_empty())
        {
            return Ok(Some(after));
        }
    }
    Ok(None)
}

/// How much of the pattern stands before its next `*`.
fn chunk_length(pattern: &str) -> usize {
    let mut in_class = false;
    let mut characters = pattern.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '*' if !in_class => return at,
            _ => {}
        }
    }
    pattern.len()
}

/// Matches a pattern without `*` at the start of `name` and answers what is left of the name. After a mismatch the
/// pattern is still read to its end, to find out whether it is one.
fn match_chunk<'n>(chunk: &str, name: &'n str) -> Result<Option<&'n str>, BadPattern> {
    let mut chunk = chunk;
    let mut name = name;
    let mut failed = false;
    while let Some(first) = chunk.chars().next() {
        failed = failed || name.is_empty();
        match first {
            '[' => {
                let character = if failed { None } else { take(&mut name) };
                chunk = &chunk[1..];
                if !match_class(&mut chunk, character)? {
                    failed = true;
                }
            }
            '?' => {
                if !failed && take(&mut name).is_none_or(|character| character == '/') {
                    failed = true;
                }
                chunk = &chunk[1..];
            }
            _ => {
                if first == '\\' {
                    chunk = &chunk[1..];
                }
                let wanted = take(&mut chunk).ok_or(BadPattern)?;
                if !failed && take(&mut name) != Some(wanted) {
                    failed = true;
                }
            }
        }
    }
    Ok(if failed { None } else { Some(name) })
}

fn take(text: &mut &str) -> Option<char> {
    let character = text.chars().next()?;
    *text = &text[character.len_utf8()..];
    Some(character)
}

fn match_class(chunk: &mut &str, character: Option<char>) -> Result<bool, BadPattern> {
    let negated = chunk.starts_with('^');
    if negated {
        *chunk = &chunk[1..];
    }
    let mut found = false;
    let mut ranges = 0;
    loop {
        if ranges > 0 && chunk.starts_with(']') {
            *chunk = &chunk[1..];
            return Ok(found != negated);
        }
        let low = class_character(chunk)?;
        let mut high = low;
        if let Some(rest) = chunk.strip_prefix('-') {
            *chunk = rest;
            high = class_character(chunk)?;
        }
        found |= character.is_some_and(|character| low <= character && character <= high);
        ranges += 1;
    }
}

fn class_character(chunk: &mut &str) -> Result<char, BadPattern> {
    if chunk.starts_with(['-', ']']) {
        return Err(BadPattern);
    }
    if let Some(rest) = chunk.strip_prefix('\\') {
        *chunk = rest;
    }
    let character = take(chunk).ok_or(BadPattern)?;
    if chunk.is_empty() { Err(BadPattern) } else { Ok(character) }
}
