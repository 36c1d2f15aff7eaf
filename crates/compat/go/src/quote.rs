//! Quoted strings as `strconv.Quote` and `%q` make them.

/// `text` in double quotes, with Go's escapes for what is not printable.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        push(&mut out, character, '"');
    }
    out.push('"');
    out
}

/// `bytes` in double quotes; bytes that are no UTF-8 become `\xff`.
pub fn quote_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            push(&mut out, character, '"');
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push('"');
    out
}

/// A character in single quotes (`strconv.QuoteRune`).
pub fn quote_char(character: char) -> String {
    let mut out = String::from("'");
    push(&mut out, character, '\'');
    out.push('\'');
    out
}

fn push(out: &mut String, character: char, quote: char) {
    let short = match character {
        '\u{07}' => "\\a",
        '\u{08}' => "\\b",
        '\u{0C}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{0B}' => "\\v",
        '\\' => "\\\\",
        _ => "",
    };
    if !short.is_empty() {
        out.push_str(short);
    } else if character == quote {
        out.push('\\');
        out.push(character);
    } else if is_print(character) {
        out.push(character);
    } else {
        let code = character as u32;
        match code {
            0..0x20 | 0x7F => out.push_str(&format!("\\x{code:02x}")),
            0x80..=0xFFFF => out.push_str(&format!("\\u{code:04x}")),
            _ => out.push_str(&format!("\\U{code:08x}")),
        }
    }
}

/// `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub fn is_print(character: char) -> bool {
    if character.is_ascii() {
        return matches!(character, ' '..='~');
    }
    // The standard library escapes what is not printable; behind another character it leaves combining marks alone.
    let mut text = [0; 5];
    text[0] = b'a';
    let length = character.encode_utf8(&mut text[1..]).len();
    std::str::from_utf8(&text[..=length]).is_ok_and(|text| text.escape_debug().count() == 2)
}
