//! Go's `fmt` printing: `Sprint`, `Sprintln`, `Sprintf` with every verb and flag, and the text of any value.

mod format;
mod number;
mod value;

use crate::{function::CallError, value::Value};

/// How `%v` shows structures and types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `%v`
    Plain,
    /// `%+v`
    Plus,
    /// `%#v`
    Sharp,
}

/// The flags, width and precision of a verb.
#[derive(Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "these are the flags of the format language")]
struct Flags {
    width: Option<usize>,
    precision: Option<usize>,
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    plus_v: bool,
    sharp_v: bool,
}

/// Collects output; `flags` are those of the verb at work.
#[derive(Default)]
struct Printer {
    out: Vec<u8>,
    flags: Flags,
}

/// Widths and precisions above this are refused, as in Go.
const LARGEST_WIDTH: usize = 1_000_000;

/// `fmt.Sprint`: a space between operands when neither is a string.
pub fn sprint(arguments: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    let mut after_string = true;
    for (index, argument) in arguments.iter().enumerate() {
        let is_string = matches!(argument, Value::String(_));
        if index > 0 && !is_string && !after_string {
            printer.out.push(b' ');
        }
        printer.argument(argument, 'v');
        after_string = is_string;
    }
    printer.out
}

/// `fmt.Sprintln`: spaces between all operands and a line feed at the end.
pub fn sprintln(arguments: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    for (index, argument) in arguments.iter().enumerate() {
        if index > 0 {
            printer.out.push(b' ');
        }
        printer.argument(argument, 'v');
    }
    printer.out.push(b'\n');
    printer.out
}

/// `fmt.Sprintf`. Mismatches show in the output as Go shows them; only a width that would not fit is an error.
pub fn sprintf(format: &[u8], arguments: &[Value]) -> Result<Vec<u8>, CallError> {
    format::sprintf(format, arguments)
}

/// One value under one verb without flags. The result is text; bytes that are not UTF-8 are replaced.
pub fn sprint_value(value: &Value, verb: char, style: Style) -> String {
    let mut printer = Printer::default();
    printer.flags.plus_v = style == Style::Plus;
    printer.flags.sharp_v = style == Style::Sharp;
    printer.argument(value, verb);
    match String::from_utf8(printer.out) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

impl Printer {
    fn push(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Writes text, padded to the width.
    fn pad(&mut self, text: &[u8]) {
        let Some(width) = self.flags.width else {
            self.out.extend_from_slice(text);
            return;
        };
        let padding = width.saturating_sub(String::from_utf8_lossy(text).chars().count());
        if self.flags.minus {
            self.out.extend_from_slice(text);
            self.out.extend(std::iter::repeat_n(b' ', padding));
        } else {
            let filler = if self.flags.zero { b'0' } else { b' ' };
            self.out.extend(std::iter::repeat_n(filler, padding));
            self.out.extend_from_slice(text);
        }
    }

    /// What stands for an operand that the verb does not fit: `%!d(string=x)`.
    fn bad_verb(&mut self, value: &Value, verb: char) {
        self.push("%!");
        let mut buffer = [0; 4];
        self.push(verb.encode_utf8(&mut buffer));
        self.push("(");
        if matches!(value, Value::Nil) {
            self.push("<nil>");
        } else {
            let name = value.type_name();
            self.push(&name);
            self.push("=");
            let flags = std::mem::take(&mut self.flags);
            self.argument(value, 'v');
            self.flags = flags;
        }
        self.push(")");
    }
}
