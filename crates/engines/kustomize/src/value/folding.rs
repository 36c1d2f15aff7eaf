//! What becomes of a folded block scalar in kustomize.
//!
//! kyaml writes every object as YAML and reads that again before it prints it. For folded scalars (`>`) the
//! writer is not the reader's inverse: before a line that starts with a blank it writes one line feed too many,
//! and where the text itself starts with a blank it writes too few. Manifests are published with the result, so
//! it is imitated: written as the writer would, read as the reader would.

/// The text after writing and reading it once.
pub(super) fn round_trip(text: &str) -> String {
    if !text.contains('\n') || is_written_in_quotes(text) {
        return text.to_owned();
    }
    read(&write(text), chomping(text))
}

/// Text that no block can hold is written in double quotes, which lose nothing.
fn is_written_in_quotes(text: &str) -> bool {
    text.contains(" \n")
        || text.ends_with(' ')
        || text.chars().any(|character| {
            !matches!(
                character,
                '\n' | '\t' | '\u{20}'..='\u{7e}' | '\u{85}' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}'
            )
        })
}

/// What is kept of the line feeds at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

fn chomping(text: &str) -> Chomping {
    match text.strip_suffix('\n') {
        None => Chomping::Strip,
        Some(rest) if rest.is_empty() || rest.ends_with('\n') => Chomping::Keep,
        Some(_) => Chomping::Clip,
    }
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// The lines of the block, without indentation.
fn write(text: &str) -> String {
    // The writer means to look at the next line here and looks at the first one.
    let starts_with_text = text.trim_start_matches('\n').chars().next().is_some_and(|first| !is_blank(first));
    let mut out = String::with_capacity(text.len() + 16);
    let (mut after_break, mut blank_line) = (true, true);
    for character in text.chars() {
        if character == '\n' {
            if !after_break && !blank_line && starts_with_text {
                out.push('\n');
            }
            out.push('\n');
            after_break = true;
        } else {
            if after_break {
                blank_line = is_blank(character);
            }
            out.push(character);
            after_break = false;
        }
    }
    out
}

fn read(block: &str, chomping: Chomping) -> String {
    let mut out = String::with_capacity(block.len());
    let mut pending_break = false;
    let mut empty_lines = 0;
    let mut previous_blank = false;
    for line in block.split('\n') {
        let Some(first) = line.chars().next() else {
            empty_lines += 1;
            continue;
        };
        let blank = is_blank(first);
        // The first line feed behind a line belongs to it, the others are empty lines.
        if pending_break {
            if previous_blank || blank {
                out.push('\n');
            } else if empty_lines == 0 {
                out.push(' ');
            }
        }
        out.extend(std::iter::repeat_n('\n', empty_lines));
        out.push_str(line);
        previous_blank = blank;
        pending_break = true;
        empty_lines = 0;
    }
    if pending_break && chomping != Chomping::Strip {
        out.push('\n');
    }
    if chomping == Chomping::Keep {
        // The last piece of a split stands behind the last line feed.
        out.extend(std::iter::repeat_n('\n', empty_lines.saturating_sub(1)));
    }
    out
}
