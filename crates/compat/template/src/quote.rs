//! Go string literals: writing them as `strconv.Quote` does and reading them as `strconv.Unquote` does.

use std::fmt::Write as _;

/// `strconv.Quote` of text.
pub fn quote(text: &str) -> String {
    quote_bytes(text.as_bytes(), false)
}

/// `strconv.Quote` (or `QuoteToASCII`) of bytes that need not be UTF-8; a wrong byte becomes `\xNN`.
pub fn quote_bytes(bytes: &[u8], ascii: bool) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            push_escaped(&mut out, character, '"', ascii);
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

/// `strconv.QuoteRune` (or `QuoteRuneToASCII`).
pub(crate) fn quote_rune(character: char, ascii: bool) -> String {
    let mut out = String::from("'");
    push_escaped(&mut out, character, '\'', ascii);
    out.push('\'');
    out
}

fn push_escaped(out: &mut String, character: char, quote: char, ascii: bool) {
    match character {
        c if c == quote || c == '\\' => {
            out.push('\\');
            out.push(c);
        }
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        c if is_print(c) && (c.is_ascii() || !ascii) => out.push(c),
        c if c < ' ' || c == '\u{7f}' => {
            let _ = write!(out, "\\x{:02x}", c as u32);
        }
        c if (c as u32) < 0x1_0000 => {
            let _ = write!(out, "\\u{:04x}", c as u32);
        }
        c => {
            let _ = write!(out, "\\U{:08x}", c as u32);
        }
    }
}

/// Go's `unicode.IsPrint`, near enough for text in charts: no controls, separators other than the space, format
/// characters, surrogates or private-use characters.
/// Whether Go's `%q` shows the character as it is.
pub fn is_print(c: char) -> bool {
    match c {
        ' ' => true,
        '\u{ad}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' => false,
        '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => false,
        '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}' => false,
        '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{10ffff}' | '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    }
}

/// `strconv.Unquote` of a double-quoted or raw string literal. `None` when it is not a valid literal.
pub fn unquote(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('`').and_then(|t| t.strip_suffix('`')) {
        return Some(raw.replace('\r', ""));
    }
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        // `\xNN` and octal escapes above 0x7F are bytes, not characters.
        let is_byte = rest.as_bytes().first() == Some(&b'\\')
            && rest.as_bytes().get(1).is_some_and(|b| *b == b'x' || (b'0'..=b'7').contains(b));
        let (value, tail) = unquote_char(rest, '"')?;
        if is_byte {
            bytes.push(u8::try_from(value).ok()?);
        } else {
            let mut buffer = [0; 4];
            bytes.extend_from_slice(char::from_u32(value)?.encode_utf8(&mut buffer).as_bytes());
        }
        rest = tail;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// `strconv.UnquoteChar`: the first character or escape of `text`, and what follows it.
pub(crate) fn unquote_char(text: &str, quote: char) -> Option<(u32, &str)> {
    let mut characters = text.chars();
    let first = characters.next()?;
    if first == quote || first == '\n' {
        return None;
    }
    if first != '\\' {
        return Some((first as u32, characters.as_str()));
    }
    let escape = characters.next()?;
    let rest = characters.as_str();
    let simple = |value: u32| Some((value, rest));
    let digits = |text: &'_ str, count: usize, radix: u32| {
        let digits = text.get(..count)?;
        digits.bytes().all(|b| char::from(b).is_digit(radix)).then_some(())?;
        u32::from_str_radix(digits, radix).ok()
    };
    match escape {
        'a' => simple(7),
        'b' => simple(8),
        'f' => simple(12),
        'n' => simple(10),
        'r' => simple(13),
        't' => simple(9),
        'v' => simple(11),
        '\\' => simple(92),
        '\'' | '"' if escape == quote => simple(escape as u32),
        'x' => Some((digits(rest, 2, 16)?, rest.get(2..)?)),
        'u' => Some((digits(rest, 4, 16)?, rest.get(4..)?)),
        'U' => Some((digits(rest, 8, 16)?, rest.get(8..)?)),
        '0'..='7' => {
            let text = &text[1..];
            let value = digits(text, 3, 8)?;
            (value <= 255).then_some((value, text.get(3..)?))
        }
        _ => None,
    }
}
