//! Scalars: which style can hold a text, and writing it in that style.

use crate::{Dialect, Style};

use super::output::Output;

/// What a text allows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Analysis {
    pub(crate) multiline: bool,
    pub(crate) flow_plain: bool,
    pub(crate) block_plain: bool,
    pub(crate) single_quoted: bool,
    pub(crate) block: bool,
}

impl Analysis {
    pub(crate) fn of(text: &str, dialect: Dialect) -> Self {
        if text.is_empty() {
            return Self {
                multiline: false,
                flow_plain: false,
                block_plain: true,
                single_quoted: true,
                block: false,
            };
        }
        let mut seen = Seen::default();
        if text.starts_with("---") || text.starts_with("...") {
            seen.block_indicator = true;
            seen.flow_indicator = true;
        }
        let mut preceded_by_white = true;
        let mut characters = text.char_indices().peekable();
        while let Some((index, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            let followed_by_white = next.is_none_or(is_blank);
            seen.indicators(index == 0, character, preceded_by_white, followed_by_white);
            if character == '\t' && dialect == Dialect::V3 {
                seen.tab = true;
            } else if !is_printable(character) {
                seen.special = true;
            }
            seen.spacing(index == 0, next.is_none(), character);
            preceded_by_white = is_blank(character) || is_break(character);
        }
        seen.conclude()
    }
}

#[derive(Default)]
struct Seen {
    block_indicator: bool,
    flow_indicator: bool,
    special: bool,
    tab: bool,
    line_break: bool,
    leading_space: bool,
    leading_break: bool,
    trailing_space: bool,
    trailing_break: bool,
    break_space: bool,
    space_break: bool,
    previous_space: bool,
    previous_break: bool,
}

impl Seen {
    fn indicators(&mut self, first: bool, character: char, preceded_by_white: bool, followed_by_white: bool) {
        if first {
            match character {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
                | '`' => {
                    self.flow_indicator = true;
                    self.block_indicator = true;
                }
                '?' | ':' => {
                    self.flow_indicator = true;
                    self.block_indicator |= followed_by_white;
                }
                '-' if followed_by_white => {
                    self.flow_indicator = true;
                    self.block_indicator = true;
                }
                _ => {}
            }
            return;
        }
        match character {
            ',' | '?' | '[' | ']' | '{' | '}' => self.flow_indicator = true,
            ':' => {
                self.flow_indicator = true;
                self.block_indicator |= followed_by_white;
            }
            '#' if preceded_by_white => {
                self.flow_indicator = true;
                self.block_indicator = true;
            }
            _ => {}
        }
    }

    fn spacing(&mut self, first: bool, last: bool, character: char) {
        if character == ' ' {
            self.leading_space |= first;
            self.trailing_space |= last;
            self.break_space |= self.previous_break;
            self.previous_space = true;
            self.previous_break = false;
        } else if is_break(character) {
            self.line_break = true;
            self.leading_break |= first;
            self.trailing_break |= last;
            self.space_break |= self.previous_space;
            self.previous_space = false;
            self.previous_break = true;
        } else {
            self.previous_space = false;
            self.previous_break = false;
        }
    }

    fn conclude(&self) -> Analysis {
        let edges = self.leading_space || self.leading_break || self.trailing_space || self.trailing_break;
        let hidden = self.space_break || self.special;
        let plain = !(edges || self.break_space || hidden || self.tab || self.line_break);
        Analysis {
            multiline: self.line_break,
            flow_plain: plain && !self.flow_indicator,
            block_plain: plain && !self.block_indicator,
            single_quoted: !(self.break_space || hidden || self.tab),
            block: !(self.trailing_space || hidden),
        }
    }
}

/// Where a scalar stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// As a key on one line with its value.
    pub(super) simple_key: bool,
    /// Inside of brackets or braces.
    pub(super) flow: bool,
    /// As an item of a block sequence.
    pub(super) in_sequence: bool,
}

/// The style in which `text`, wanted in `style`, can be written.
pub(super) fn select(text: &str, analysis: &Analysis, wanted: Style, place: Place) -> Style {
    let mut style = wanted;
    if place.simple_key && analysis.multiline {
        style = Style::DoubleQuoted;
    }
    if style == Style::Plain {
        let allowed = if place.flow { analysis.flow_plain } else { analysis.block_plain };
        if !allowed || text.is_empty() && (place.flow || place.simple_key) {
            style = Style::SingleQuoted;
        }
    }
    if style == Style::SingleQuoted && !analysis.single_quoted {
        style = Style::DoubleQuoted;
    }
    if matches!(style, Style::Literal | Style::Folded) && (!analysis.block || place.flow || place.simple_key)
    {
        style = Style::DoubleQuoted;
    }
    style
}

/// Writes `text` in `style`, which must be able to hold it. `after_header` is called behind `|` or `>` to end that
/// line.
pub(super) fn write(
    output: &mut Output,
    text: &str,
    style: Style,
    place: Place,
    after_header: &mut dyn FnMut(&mut Output),
) {
    let before = output.increase_indent(true, place.in_sequence, false, false);
    let foldable = !place.simple_key;
    match style {
        Style::SingleQuoted => single_quoted(output, text, foldable),
        Style::DoubleQuoted => double_quoted(output, text, foldable),
        Style::Literal => literal(output, text, after_header),
        Style::Folded => folded(output, text, after_header),
        Style::Plain | Style::Flow => plain(output, text, foldable),
    }
    output.indent = before;
}

fn plain(output: &mut Output, text: &str, foldable: bool) {
    if !output.whitespace && (output.dialect == Dialect::V2 || !text.is_empty()) {
        output.put(' ');
    }
    lines(output, text, foldable, false);
    if output.dialect == Dialect::V2 || !text.is_empty() {
        output.whitespace = false;
    }
    output.indention = false;
}

fn single_quoted(output: &mut Output, text: &str, foldable: bool) {
    output.indicator("'", true, false, false);
    lines(output, text, foldable, true);
    output.indicator("'", false, false, false);
    output.whitespace = false;
    output.indention = false;
}

/// The inside of a plain or single-quoted scalar.
fn lines(output: &mut Output, text: &str, foldable: bool, quoted: bool) {
    if text.is_ascii()
        && output.column + text.len() <= output.best_width
        && !text.contains(['\n', '\r', '\''])
    {
        // Nothing to fold, escape or double: the most frequent case by far.
        output.put_ascii(text);
        output.indention = false;
        return;
    }
    let mut spaces = false;
    let mut breaks = false;
    let mut characters = text.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if character == ' ' {
            let inside = !quoted || index > 0 && next.is_some();
            if foldable && !spaces && output.column > output.best_width && inside && next != Some(' ') {
                output.write_indent();
            } else {
                output.put(' ');
            }
            spaces = true;
        } else if is_break(character) {
            if !breaks && character == '\n' {
                output.put_break();
            }
            output.write_break(character);
            output.indention = true;
            breaks = true;
        } else {
            if breaks {
                output.write_indent();
            }
            if quoted && character == '\'' {
                output.put('\'');
            }
            output.put(character);
            output.indention = false;
            spaces = false;
            breaks = false;
        }
    }
}

fn double_quoted(output: &mut Output, text: &str, foldable: bool) {
    output.indicator("\"", true, false, false);
    let mut spaces = false;
    // Go asks of every character whether the text begins with a byte order mark.
    let all = text.starts_with('\u{FEFF}');
    let mut characters = text.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if all || !is_printable(character) || is_break(character) || matches!(character, '"' | '\\') {
            escape(output, character);
            spaces = false;
        } else if character == ' ' {
            if foldable && !spaces && output.column > output.best_width && index > 0 && next.is_some() {
                output.write_indent();
                if next == Some(' ') {
                    output.put('\\');
                }
            } else {
                output.put(' ');
            }
            spaces = true;
        } else {
            output.put(character);
            spaces = false;
        }
    }
    output.indicator("\"", false, false, false);
    output.whitespace = false;
    output.indention = false;
}

fn escape(output: &mut Output, character: char) {
    let short = match character {
        '\0' => "\\0",
        '\u{07}' => "\\a",
        '\u{08}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{0B}' => "\\v",
        '\u{0C}' => "\\f",
        '\r' => "\\r",
        '\u{1B}' => "\\e",
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{85}' => "\\N",
        '\u{A0}' => "\\_",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        _ => "",
    };
    if !short.is_empty() {
        output.put_ascii(short);
        return;
    }
    let code = character as u32;
    let text = match code {
        0..=0xFF => format!("\\x{code:02X}"),
        0x100..=0xFFFF => format!("\\u{code:04X}"),
        _ => format!("\\U{code:08X}"),
    };
    output.put_ascii(&text);
}

fn block_hints(output: &mut Output, text: &str) {
    if text.starts_with(|c| c == ' ' || is_break(c)) {
        let digit = char::from(b'0' + output.best_indent as u8);
        output.indicator(digit.encode_utf8(&mut [0; 4]), false, false, false);
    }
    let mut from_end = text.chars().rev();
    let chomp = match from_end.next() {
        Some(last) if is_break(last) => match from_end.next() {
            None => "+",
            Some(before) if is_break(before) => "+",
            Some(_) => "",
        },
        _ => "-",
    };
    if !chomp.is_empty() {
        output.indicator(chomp, false, false, false);
    }
}

fn block_header(output: &mut Output, indicator: &str, text: &str, after_header: &mut dyn FnMut(&mut Output)) {
    output.indicator(indicator, true, false, false);
    block_hints(output, text);
    after_header(output);
    if output.dialect == Dialect::V2 {
        output.indention = true;
    }
    output.whitespace = true;
}

fn literal(output: &mut Output, text: &str, after_header: &mut dyn FnMut(&mut Output)) {
    block_header(output, "|", text, after_header);
    let mut breaks = true;
    for character in text.chars() {
        if is_break(character) {
            output.write_break(character);
            output.indention = true;
            breaks = true;
        } else {
            if breaks {
                output.write_indent();
            }
            output.put(character);
            output.indention = false;
            breaks = false;
        }
    }
}

fn folded(output: &mut Output, text: &str, after_header: &mut dyn FnMut(&mut Output)) {
    block_header(output, ">", text, after_header);
    let first_after_breaks = text.chars().find(|c| !is_break(*c));
    let mut breaks = true;
    let mut leading_spaces = true;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        if is_break(character) {
            // Go looks at the text's first line here, not at the one that follows.
            if !breaks
                && !leading_spaces
                && character == '\n'
                && first_after_breaks.is_some_and(|c| !is_blank(c))
            {
                output.put_break();
            }
            output.write_break(character);
            output.indention = true;
            breaks = true;
        } else {
            if breaks {
                output.write_indent();
                leading_spaces = is_blank(character);
            }
            if !breaks && character == ' ' && next != Some(' ') && output.column > output.best_width {
                output.write_indent();
            } else {
                output.put(character);
            }
            output.indention = false;
            breaks = false;
        }
    }
}

pub(crate) fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

pub(crate) fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What may be written as it is. Everything above U+FFFF is not, so emoji are escaped.
pub(crate) fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{A0}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}')
}
