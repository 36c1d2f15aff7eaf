//! Words: abbreviating, wrapping, and the case styles of identifiers.

use ferroflux_template::{CallError, Functions, Type, Value};

use super::signature::{fixed, on_text};

pub(super) fn add(functions: &mut Functions) {
    on_text(functions, "snakecase", |text| separated(text, '_'));
    on_text(functions, "kebabcase", |text| separated(text, '-'));
    on_text(functions, "camelcase", camel_case);
    fixed(functions, "abbrev", &[Type::Int, Type::String], |arguments| {
        abbreviate(&arguments.text(1), 0, arguments.int(0))
    });
    fixed(functions, "abbrevboth", &[Type::Int, Type::Int, Type::String], |arguments| {
        abbreviate(&arguments.text(2), arguments.int(0), arguments.int(1))
    });
    fixed(functions, "wrap", &[Type::Int, Type::String], |arguments| {
        Ok(Value::from(wrap(&arguments.string(1), arguments.int(0), "\n", false)))
    });
    fixed(functions, "wrapWith", &[Type::Int, Type::String, Type::String], |arguments| {
        Ok(Value::from(wrap(&arguments.string(2), arguments.int(0), &arguments.string(1), true)))
    });
}

/// Cuts a text to a width in bytes with `...` at its ends, as goutils does. Too small a width leaves it.
fn abbreviate(text: &[u8], offset: i64, width: i64) -> super::Returned {
    let whole = || Ok(Value::String(text.into()));
    if width < 4 || offset > 0 && width < 7 {
        return whole();
    }
    let length = text.len() as i64;
    if length <= width {
        return whole();
    }
    let mut offset = offset.min(length);
    if length - offset < width - 3 {
        offset = length - (width - 3);
    }
    let part = |start: i64, end: i64| {
        let start = usize::try_from(start).ok()?;
        let end = usize::try_from(end).ok()?;
        text.get(start..end)
    };
    let shortened = if offset <= 4 {
        part(0, width - 3).map(|part| [part, b"..."].concat())
    } else if offset + width - 3 < length {
        part(offset, offset + width - 6).map(|part| [b"...", part, b"..."].concat())
    } else {
        part(length - (width - 3), length).map(|part| [b"...", part].concat())
    };
    shortened
        .map(|text| Value::String(text.into()))
        .ok_or_else(|| CallError::from("runtime error: slice bounds out of range"))
}

/// Wraps at spaces; long words are broken if `break_words`.
fn wrap(text: &str, width: i64, newline: &str, break_words: bool) -> String {
    let width = usize::try_from(width).ok().filter(|width| *width > 0).unwrap_or(1);
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 16);
    let mut offset = 0;
    let put = |out: &mut String, from: usize, to: usize| {
        out.extend(letters.get(from..to).unwrap_or_default());
    };
    while letters.len() - offset > width {
        if letters.get(offset) == Some(&' ') {
            offset += 1;
            continue;
        }
        let end = offset + width + 1;
        let space =
            letters.get(offset..end.min(letters.len())).and_then(|line| line.iter().rposition(|c| *c == ' '));
        match space {
            Some(space) => {
                put(&mut out, offset, offset + space);
                out.push_str(newline);
                offset += space + 1;
            }
            None if break_words => {
                put(&mut out, offset, offset + width);
                out.push_str(newline);
                offset += width;
            }
            None => {
                let next = letters.get(offset + width..).and_then(|rest| rest.iter().position(|c| *c == ' '));
                match next {
                    Some(space) => {
                        put(&mut out, offset, offset + width + space);
                        out.push_str(newline);
                        offset += width + space + 1;
                    }
                    None => {
                        put(&mut out, offset, letters.len());
                        offset = letters.len();
                    }
                }
            }
        }
    }
    put(&mut out, offset, letters.len());
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Upper,
    Lower,
    Digit,
    Separator,
    Other,
}

fn class(letter: char) -> Class {
    match letter {
        '_' | '-' => Class::Separator,
        letter if letter.is_whitespace() => Class::Separator,
        letter if letter.is_uppercase() => Class::Upper,
        letter if letter.is_numeric() => Class::Digit,
        letter if letter.is_alphabetic() => Class::Lower,
        _ => Class::Other,
    }
}

/// Words in lower case with a separator between them. A run of capitals is one word, and its last letter begins the
/// next word when small letters follow; digits belong to the word before or, after capitals, to a word of their own.
fn separated(text: &str, separator: char) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 8);
    let mut in_digit_word = false;
    for (index, letter) in letters.iter().enumerate() {
        let here = class(*letter);
        let before = index.checked_sub(1).and_then(|index| letters.get(index)).map(|c| class(*c));
        let after = letters.get(index + 1).map(|c| class(*c));
        let boundary = match (before, here) {
            (None | Some(Class::Separator), _) | (_, Class::Separator) => false,
            (Some(Class::Lower | Class::Digit), Class::Upper) => true,
            (Some(Class::Upper), Class::Upper) => after == Some(Class::Lower),
            (Some(Class::Lower | Class::Upper), Class::Digit) => {
                !in_digit_word && starts_digit_word(&letters, index)
            }
            _ => false,
        };
        if boundary {
            out.push(separator);
        }
        if boundary || matches!(before, None | Some(Class::Separator)) {
            in_digit_word = here == Class::Digit;
        }
        match here {
            Class::Separator => out.push(separator),
            _ => out.extend(letter.to_lowercase()),
        }
    }
    out
}

/// Digits stand apart when small letters follow them and the word before is longer than one letter (`http2xx`).
fn starts_digit_word(letters: &[char], index: usize) -> bool {
    let after = letters.get(index..).unwrap_or_default().iter().find(|c| class(**c) != Class::Digit);
    after.is_some_and(|letter| class(*letter) == Class::Lower)
}

/// Words with a capital first letter and nothing between them; separators at the ends stay.
fn camel_case(text: &str) -> String {
    let trimmed = text.trim_start_matches(['_', '-', ' ']);
    let lead = &text[..text.len() - trimmed.len()];
    let mut out = String::from(lead);
    let letters: Vec<char> = trimmed.chars().collect();
    let mut begins = true;
    let mut separators = String::new();
    let mut in_capitals = false;
    for letter in letters {
        match class(letter) {
            Class::Separator => {
                separators.push(letter);
                begins = true;
                in_capitals = false;
            }
            _ => {
                // One separator joins two words; more of them stay, less one.
                out.extend(separators.chars().skip(1));
                separators.clear();
                let upper = class(letter) == Class::Upper;
                if begins {
                    out.extend(letter.to_uppercase());
                } else if upper && in_capitals {
                    out.extend(letter.to_lowercase());
                } else {
                    out.push(letter);
                }
                in_capitals = upper;
                begins = false;
            }
        }
    }
    out.push_str(&separators);
    out
}
