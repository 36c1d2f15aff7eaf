//! Regular expressions in Go's syntax (`regexp`, RE2), run by the `regex` crate.
//!
//! Both engines are linear in the text. Their syntaxes differ in corners: Go's `\d`, `\w`, `\s` and `\b` are ASCII,
//! its classes know no set operations, it has `\Q…\E` and octal escapes, and it refuses some patterns that the crate
//! takes. A pattern is therefore translated character by character.

use regex::{Regex, RegexBuilder};

/// Why a pattern is refused; the text is Go's where Go has one.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The pattern is none in Go's syntax.
    #[error("error parsing regexp: {problem}: `{fragment}`")]
    Syntax {
        /// Go's name for the problem.
        problem: &'static str,
        /// The part of the pattern that has it.
        fragment: String,
    },
    /// The engine cannot run it: it is too large, or names a Unicode class that does not exist.
    #[error("error parsing regexp: cannot compile: `{pattern}`")]
    Engine {
        /// The pattern as it was given.
        pattern: String,
        /// What the engine says.
        #[source]
        source: regex::Error,
    },
}

/// The most that one repetition may ask for.
const MOST_REPEATS: u32 = 1_000;

/// Bytes of a compiled pattern; what Go's own limits allow fits easily.
const SIZE_LIMIT: usize = 10 << 20;

/// Compiles a pattern written for Go.
pub fn compile(pattern: &str) -> Result<Regex, Error> {
    let translated = translate(pattern)?;
    RegexBuilder::new(&translated)
        .size_limit(SIZE_LIMIT)
        .nest_limit(1_000)
        .build()
        .map_err(|source| Error::Engine { pattern: pattern.to_owned(), source })
}

/// `regexp.MatchString`, for a pattern used once.
pub fn is_match(pattern: &str, text: &str) -> Result<bool, Error> {
    Ok(compile(pattern)?.is_match(text))
}

/// The pattern in the syntax of the `regex` crate.
pub fn translate(pattern: &str) -> Result<String, Error> {
    let mut translator =
        Translator { pattern, rest: pattern, out: String::new(), open: 0, repeated: None, operand: None };
    while !translator.rest.is_empty() {
        translator.step()?;
    }
    if translator.open == 0 {
        Ok(translator.out)
    } else {
        Err(Error::Syntax { problem: "missing closing )", fragment: pattern.to_owned() })
    }
}

struct Translator<'p> {
    pattern: &'p str,
    rest: &'p str,
    out: String,
    /// How many groups are open.
    open: usize,
    /// Where a repetition goes, if there is something to repeat: behind the last item, before flags that follow it.
    operand: Option<usize>,
    /// The repetition just written, if the last thing was one: where it starts in the pattern.
    repeated: Option<usize>,
}

fn syntax<T>(problem: &'static str, fragment: &str) -> Result<T, Error> {
    Err(Error::Syntax { problem, fragment: fragment.to_owned() })
}

fn push_literal(out: &mut String, character: char) {
    if character.is_ascii() && !character.is_ascii_alphanumeric() && !character.is_ascii_whitespace() {
        out.push_str(&format!("\\x{{{:x}}}", character as u32));
    } else {
        out.push(character);
    }
}

impl Translator<'_> {
    fn offset(&self) -> usize {
        self.pattern.len() - self.rest.len()
    }

    fn take(&mut self) -> Option<char> {
        let character = self.rest.chars().next()?;
        self.rest = &self.rest[character.len_utf8()..];
        Some(character)
    }

    fn step(&mut self) -> Result<(), Error> {
        let repeated = self.repeated.take();
        let start = self.offset();
        let Some(character) = self.take() else { return Ok(()) };
        match character {
            '*' | '+' | '?' => return self.repetition(start, repeated, &character.to_string()),
            '{' => match self.counted()? {
                Some(text) => return self.repetition(start, repeated, &text),
                None => push_literal(&mut self.out, '{'),
            },
            '(' => return self.group(start),
            ')' => {
                let Some(open) = self.open.checked_sub(1) else {
                    return syntax("unexpected )", self.pattern);
                };
                self.open = open;
                self.out.push(')');
            }
            '[' => self.class(start)?,
            '\\' => {
                let before = self.out.len();
                self.escape(start)?;
                if self.out.len() == before {
                    // `\Q\E` is nothing.
                    return Ok(());
                }
            }
            '|' => {
                self.out.push('|');
                self.operand = None;
                return Ok(());
            }
            '^' | '$' | '.' => self.out.push(character),
            character => push_literal(&mut self.out, character),
        }
        self.operand = Some(self.out.len());
        Ok(())
    }

    fn repetition(&mut self, start: usize, repeated: Option<usize>, operator: &str) -> Result<(), Error> {
        let lazy = self.rest.starts_with('?');
        if lazy {
            self.rest = &self.rest[1..];
        }
        let end = self.offset();
        if let Some(earlier) = repeated {
            return syntax("invalid nested repetition operator", &self.pattern[earlier..end]);
        }
        let Some(place) = self.operand else {
            return syntax("missing argument to repetition operator", &self.pattern[start..end]);
        };
        let operator = if lazy { format!("{operator}?") } else { operator.to_owned() };
        self.out.insert_str(place, &operator);
        self.operand = Some(place + operator.len());
        self.repeated = Some(start);
        Ok(())
    }

    fn open_group(&mut self, text: &str) {
        self.out.push_str(text);
        self.open += 1;
        self.operand = None;
    }

    /// `{n}`, `{n,}` or `{n,m}`; anything else behind a brace is text.
    fn counted(&mut self) -> Result<Option<String>, Error> {
        let Some(end) = self.rest.find('}') else { return Ok(None) };
        let inside = &self.rest[..end];
        let number = |text: &str| {
            let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            (plain && (text.len() == 1 || !text.starts_with('0')))
                .then(|| text.parse::<u32>().unwrap_or(u32::MAX))
        };
        let (low, high) = match inside.split_once(',') {
            None => (number(inside), number(inside)),
            Some((low, "")) => (number(low), number(low)),
            Some((low, high)) => (number(low), number(high)),
        };
        let (Some(low), Some(high)) = (low, high) else { return Ok(None) };
        if low > MOST_REPEATS || high > MOST_REPEATS || low > high {
            return syntax("invalid repeat count", &format!("{{{inside}}}"));
        }
        self.rest = &self.rest[end + 1..];
        Ok(Some(format!("{{{inside}}}")))
    }

    fn group(&mut self, start: usize) -> Result<(), Error> {
        let Some(rest) = self.rest.strip_prefix('?') else {
            self.open_group("(");
            return Ok(());
        };
        if let Some(name) = rest.strip_prefix("P<").or_else(|| rest.strip_prefix('<')) {
            let Some(end) = name.find('>') else {
                return syntax("invalid named capture", &self.pattern[start..]);
            };
            let (word, after) = name.split_at(end);
            if word.is_empty() || !word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                let fragment = &self.pattern[start..=self.pattern.len() - after.len()];
                return syntax("invalid named capture", fragment);
            }
            self.open_group(&format!("(?P<{word}>"));
            self.rest = &after[1..];
            return Ok(());
        }
        let end = rest.find([':', ')']).unwrap_or(rest.len());
        let flags = &rest[..end];
        let known = flags.bytes().all(|b| b"imsU-".contains(&b)) && flags.matches('-').count() <= 1;
        if end == rest.len() || !known || flags.ends_with('-') {
            let first_bad = flags.find(|c: char| !"imsU-".contains(c)).map_or(flags.len(), |at| at + 1);
            let fragment = self.pattern.get(start..start + 2 + first_bad).unwrap_or(&self.pattern[start..]);
            return syntax("invalid or unsupported Perl syntax", fragment);
        }
        if rest[end..].starts_with(':') {
            self.open_group(&format!("(?{flags}:"));
        } else if !flags.is_empty() {
            self.out.push_str(&format!("(?{flags})"));
        }
        self.rest = &rest[end + 1..];
        Ok(())
    }

    fn escape(&mut self, start: usize) -> Result<(), Error> {
        if let Some(quoted) = self.rest.strip_prefix('Q') {
            let end = quoted.find("\\E").unwrap_or(quoted.len());
            for character in quoted[..end].chars() {
                push_literal(&mut self.out, character);
            }
            self.rest = quoted.get(end + 2..).unwrap_or_default();
            return Ok(());
        }
        if let Some(class) = self.perl_class() {
            self.out.push_str(&format!("[{class}]"));
            return Ok(());
        }
        match self.rest.chars().next() {
            Some('b') => self.out.push_str("(?-u:\\b)"),
            Some('B') => self.out.push_str("(?-u:\\B)"),
            Some('A') => self.out.push_str("\\A"),
            Some('z') => self.out.push_str("\\z"),
            Some('p' | 'P') => return self.unicode_class(start),
            _ => {
                let character = self.escaped_character(start)?;
                push_literal(&mut self.out, character);
                return Ok(());
            }
        }
        self.rest = &self.rest[1..];
        Ok(())
    }

    /// The content of a class for `\d` and its like, which are ASCII in Go.
    fn perl_class(&mut self) -> Option<&'static str> {
        let class = match self.rest.chars().next()? {
            'd' => "0-9",
            'D' => "^0-9",
            'w' => "0-9A-Za-z_",
            'W' => "^0-9A-Za-z_",
            's' => r"\t\n\f\r ",
            'S' => r"^\t\n\f\r ",
            _ => return None,
        };
        self.rest = &self.rest[1..];
        Some(class)
    }

    fn unicode_class(&mut self, start: usize) -> Result<(), Error> {
        let letter = &self.rest[..1];
        let name = &self.rest[1..];
        let end = match name.chars().next() {
            Some('{') => name.find('}').map(|at| at + 1),
            Some(character) => Some(character.len_utf8()),
            None => None,
        };
        let Some(end) = end else {
            return syntax("invalid character class range", &self.pattern[start..]);
        };
        let class = format!("\\{letter}{}", &name[..end]);
        self.rest = &name[end..];
        if Regex::new(&class).is_err() {
            return syntax("invalid character class range", &class);
        }
        self.out.push_str(&class);
        Ok(())
    }

    /// The one character that an escape stands for; the backslash is gone already.
    fn escaped_character(&mut self, start: usize) -> Result<char, Error> {
        let Some(character) = self.take() else {
            return syntax("trailing backslash at end of expression", "");
        };
        let invalid = |translator: &Self| -> Result<char, Error> {
            syntax("invalid escape sequence", &translator.pattern[start..translator.offset()])
        };
        match character {
            'a' => Ok('\u{7}'),
            'f' => Ok('\u{c}'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'v' => Ok('\u{b}'),
            '0'..='7' => {
                let starts = |text: &str| text.starts_with(|c: char| ('0'..='7').contains(&c));
                if character != '0' && !starts(self.rest) {
                    return invalid(self);
                }
                let mut code = character as u32 - '0' as u32;
                for _ in 0..2 {
                    if !starts(self.rest) {
                        break;
                    }
                    let digit = self.take().and_then(|c| c.to_digit(8)).unwrap_or(0);
                    code = code * 8 + digit;
                }
                char::from_u32(code).map_or_else(|| invalid(self), Ok)
            }
            'x' => self.hexadecimal(start),
            character if character.is_ascii() && !character.is_ascii_alphanumeric() => Ok(character),
            _ => invalid(self),
        }
    }

    fn hexadecimal(&mut self, start: usize) -> Result<char, Error> {
        let (digits, after) = match self.rest.strip_prefix('{') {
            Some(rest) => match rest.split_once('}') {
                Some((digits, after)) => (digits, after),
                None => return syntax("invalid escape sequence", &self.pattern[start..]),
            },
            None => match self.rest.split_at_checked(2) {
                Some(halves) => halves,
                None => return syntax("invalid escape sequence", &self.pattern[start..]),
            },
        };
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let code = if plain { u32::from_str_radix(digits, 16).ok() } else { None };
        match code.and_then(char::from_u32) {
            Some(character) => {
                self.rest = after;
                Ok(character)
            }
            None => syntax("invalid escape sequence", &self.pattern[start..self.pattern.len() - after.len()]),
        }
    }

    fn class(&mut self, start: usize) -> Result<(), Error> {
        let missing =
            || Error::Syntax { problem: "missing closing ]", fragment: self.pattern[start..].to_owned() };
        let error = missing();
        self.out.push('[');
        if let Some(rest) = self.rest.strip_prefix('^') {
            self.out.push('^');
            self.rest = rest;
        }
        let mut first = true;
        loop {
            if self.rest.is_empty() {
                return Err(error);
            }
            if !first && self.rest.starts_with(']') {
                self.rest = &self.rest[1..];
                self.out.push(']');
                return Ok(());
            }
            first = false;
            if self.class_item()? {
                continue;
            }
            let item = self.offset();
            let low = self.class_character(&error)?;
            let mut high = low;
            if let Some(rest) = self.rest.strip_prefix('-')
                && !rest.starts_with(']')
                && !rest.is_empty()
            {
                self.rest = rest;
                high = self.class_character(&error)?;
            }
            if high < low {
                return syntax("invalid character class range", &self.pattern[item..self.offset()]);
            }
            push_literal(&mut self.out, low);
            if high != low {
                self.out.push('-');
                push_literal(&mut self.out, high);
            }
        }
    }

    /// A class within a class: `[:alpha:]`, `\d`, `\pL`.
    fn class_item(&mut self) -> Result<bool, Error> {
        const NAMES: &[&str] = &[
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
            "space", "upper", "word", "xdigit",
        ];
        let start = self.offset();
        if let Some(rest) = self.rest.strip_prefix("[:")
            && let Some((name, after)) = rest.split_once(":]")
        {
            if !NAMES.contains(&name.strip_prefix('^').unwrap_or(name)) {
                return syntax("invalid character class range", &format!("[:{name}:]"));
            }
            self.out.push_str(&format!("[:{name}:]"));
            self.rest = after;
            return Ok(true);
        }
        let Some(rest) = self.rest.strip_prefix('\\') else { return Ok(false) };
        let backslash = self.rest;
        self.rest = rest;
        if let Some(class) = self.perl_class() {
            match class.strip_prefix('^') {
                Some(_) => self.out.push_str(&format!("[{class}]")),
                None => self.out.push_str(class),
            }
            return Ok(true);
        }
        if self.rest.starts_with(['p', 'P']) {
            self.unicode_class(start)?;
            return Ok(true);
        }
        self.rest = backslash;
        Ok(false)
    }

    fn class_character(&mut self, missing: &Error) -> Result<char, Error> {
        let start = self.offset();
        match self.take() {
            None => Err(missing.clone()),
            Some('\\') => self.escaped_character(start),
            Some(character) => Ok(character),
        }
    }
}
