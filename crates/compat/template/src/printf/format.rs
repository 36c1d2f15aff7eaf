//! The format language of `Sprintf`.

use super::{Flags, LARGEST_WIDTH, Printer};
use crate::{function::CallError, value::Value};

struct Formatter<'a> {
    format: &'a [u8],
    at: usize,
    arguments: &'a [Value],
    next: usize,
    reordered: bool,
    good_index: bool,
    after_index: bool,
    printer: Printer,
}

pub(super) fn sprintf(format: &[u8], arguments: &[Value]) -> Result<Vec<u8>, CallError> {
    let mut formatter = Formatter {
        format,
        at: 0,
        arguments,
        next: 0,
        reordered: false,
        good_index: true,
        after_index: false,
        printer: Printer::default(),
    };
    while formatter.at < format.len() {
        formatter.literal();
        if formatter.at < format.len() {
            formatter.at += 1;
            formatter.directive();
        }
    }
    if !formatter.reordered && formatter.next < arguments.len() {
        formatter.extra();
    }
    Ok(formatter.printer.out)
}

impl Formatter<'_> {
    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    /// Copies what stands before the next `%`.
    fn literal(&mut self) {
        let rest = self.format.get(self.at..).unwrap_or_default();
        let end = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
        self.printer.out.extend_from_slice(&rest[..end]);
        self.at += end;
    }

    fn directive(&mut self) {
        self.printer.flags = Flags::default();
        self.good_index = true;
        self.after_index = false;
        self.flags();
        self.index();
        self.width();
        self.precision();
        if !self.after_index {
            self.index();
        }
        let rest = self.format.get(self.at..).unwrap_or_default();
        let Some(verb) = first_character(rest) else {
            self.printer.push("%!(NOVERB)");
            return;
        };
        self.at += if verb == char::REPLACEMENT_CHARACTER { 1 } else { verb.len_utf8() };
        let mut buffer = [0; 4];
        let shown = verb.encode_utf8(&mut buffer);
        if verb == '%' {
            self.printer.push("%");
        } else if !self.good_index {
            self.printer.push(&format!("%!{shown}(BADINDEX)"));
        } else if let Some(argument) = self.arguments.get(self.next) {
            self.next += 1;
            if verb == 'v' {
                let flags = &mut self.printer.flags;
                // `%#v` and `%+v` change how values look; the flags themselves are for numbers.
                flags.sharp_v = std::mem::take(&mut flags.sharp);
                flags.plus_v = std::mem::take(&mut flags.plus);
            }
            self.printer.argument(argument, verb);
        } else {
            self.printer.push(&format!("%!{shown}(MISSING)"));
        }
    }

    fn flags(&mut self) {
        while let Some(byte) = self.peek() {
            let flags = &mut self.printer.flags;
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => return,
            }
            self.at += 1;
        }
    }

    fn width(&mut self) {
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.star() {
                Some(width) => {
                    if width < 0 {
                        self.printer.flags.minus = true;
                        self.printer.flags.zero = false;
                    }
                    self.printer.flags.width = Some(width.unsigned_abs() as usize);
                }
                None => self.printer.push("%!(BADWIDTH)"),
            }
            self.after_index = false;
            return;
        }
        let width = self.number();
        if width.is_some() && self.after_index {
            // "%[3]2d"
            self.good_index = false;
        }
        self.printer.flags.width = width;
    }

    fn precision(&mut self) {
        if self.peek() != Some(b'.') {
            return;
        }
        self.at += 1;
        if self.after_index {
            // "%[3].2d"
            self.good_index = false;
        }
        self.index();
        if self.peek() == Some(b'*') {
            self.at += 1;
            match self.star() {
                Some(precision) if precision >= 0 => {
                    self.printer.flags.precision = Some(precision.unsigned_abs() as usize);
                }
                _ => self.printer.push("%!(BADPREC)"),
            }
            self.after_index = false;
        } else {
            self.printer.flags.precision = Some(self.number().unwrap_or(0));
        }
    }

    /// The integer operand that `*` takes.
    fn star(&mut self) -> Option<i64> {
        let number = match self.arguments.get(self.next)? {
            Value::Int(v) | Value::Int64(v) => Some(*v),
            Value::Int32(v) => Some(i64::from(*v)),
            Value::Uint8(v) => Some(i64::from(*v)),
            Value::Uint64(v) => i64::try_from(*v).ok(),
            _ => None,
        };
        self.next += 1;
        number.filter(|n| n.unsigned_abs() as usize <= LARGEST_WIDTH)
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = None;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            let value = number.unwrap_or(0) * 10 + usize::from(digit - b'0');
            if value > LARGEST_WIDTH {
                return None;
            }
            number = Some(value);
            self.at += 1;
        }
        number
    }

    /// An explicit operand index `[n]`.
    fn index(&mut self) {
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = self.format.get(self.at..).unwrap_or_default();
        let Some(end) = rest.iter().position(|byte| *byte == b']') else {
            self.good_index = false;
            self.at += 1;
            return;
        };
        let digits = std::str::from_utf8(&rest[1..end]).ok();
        self.at += end + 1;
        match digits.and_then(|digits| digits.parse::<usize>().ok()) {
            Some(number) if (1..=self.arguments.len()).contains(&number) => {
                self.next = number - 1;
                self.after_index = true;
            }
            _ => self.good_index = false,
        }
    }

    fn extra(&mut self) {
        self.printer.flags = Flags::default();
        self.printer.push("%!(EXTRA ");
        for (index, argument) in self.arguments[self.next..].iter().enumerate() {
            if index > 0 {
                self.printer.push(", ");
            }
            if matches!(argument, Value::Nil) {
                self.printer.push("<nil>");
            } else {
                let name = argument.type_name();
                self.printer.push(&name);
                self.printer.push("=");
                self.printer.argument(argument, 'v');
            }
        }
        self.printer.push(")");
    }
}

fn first_character(bytes: &[u8]) -> Option<char> {
    let chunk = bytes.utf8_chunks().next()?;
    Some(chunk.valid().chars().next().unwrap_or(char::REPLACEMENT_CHARACTER))
}
