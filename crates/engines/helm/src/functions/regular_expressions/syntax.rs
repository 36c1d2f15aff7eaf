//! From RE2's syntax to that of the `regex` crate, with Go's errors.
//!
//! Everything is written out explicitly: a literal as an escaped literal, `\d` as its ASCII class. What only one of
//! the two syntaxes knows can therefore not slip through.

/// Groups may be nested this deep.
const MAXIMUM_NESTING: usize = 1_000;

/// Counts in repetitions go up to here.
const MAXIMUM_REPEAT: u32 = 1_000;

/// The pattern in the syntax of the `regex` crate.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    let mut translator = Translator {
        rest: pattern,
        whole: pattern,
        out: String::with_capacity(pattern.len() * 2),
        open: Vec::new(),
    };
    translator.run()?;
    Ok(translator.out)
}

struct Translator<'a> {
    rest: &'a str,
    whole: &'a str,
    out: String,
    /// Where groups were opened.
    open: Vec<usize>,
}

/// What stood before, for operators that repeat it.
#[derive(Clone, Copy)]
enum Before {
    Nothing,
    Atom,
    /// A repetition, which began here in the pattern.
    Repetition(usize),
}

fn error(kind: &str, text: &str) -> String {
    format!("{kind}: `{text}`")
}

impl<'a> Translator<'a> {
    fn at(&self) -> usize {
        self.whole.len() - self.rest.len()
    }

    fn advance(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    fn literal(&mut self, character: char) {
        self.out.push_str(&format!("\\x{{{:X}}}", character as u32));
    }

    fn run(&mut self) -> Result<(), String> {
        let mut before = Before::Nothing;
        while let Some(character) = self.rest.chars().next() {
            let start = self.at();
            before = match character {
                '(' => {
                    self.group()?;
                    Before::Nothing
                }
                '|' => {
                    self.advance(1);
                    self.out.push('|');
                    Before::Nothing
                }
                ')' => {
                    if self.open.pop().is_none() {
                        return Err(error("unexpected )", self.whole));
                    }
                    self.advance(1);
                    self.out.push(')');
                    Before::Atom
                }
                '*' | '+' | '?' => {
                    self.advance(1);
                    self.repetition(before, start)?
                }
                '{' => match self.counts() {
                    Some((length, minimum, maximum)) => {
                        let text = self.advance(length);
                        if minimum > MAXIMUM_REPEAT
                            || maximum.is_some_and(|m| m > MAXIMUM_REPEAT || m < minimum)
                        {
                            return Err(error("invalid repeat count", text));
                        }
                        self.repetition(before, start)?
                    }
                    None => {
                        self.advance(1);
                        self.literal('{');
                        Before::Atom
                    }
                },
                '[' => {
                    self.class()?;
                    Before::Atom
                }
                '\\' => {
                    self.escape()?;
                    Before::Atom
                }
                '.' | '^' | '$' => {
                    self.advance(1);
                    self.out.push(character);
                    Before::Atom
                }
                character => {
                    self.advance(character.len_utf8());
                    self.literal(character);
                    Before::Atom
                }
            };
        }
        if self.open.is_empty() { Ok(()) } else { Err(error("missing closing )", self.whole)) }
    }

    /// An operator that began at `start` and was read up to its `?`.
    fn repetition(&mut self, before: Before, start: usize) -> Result<Before, String> {
        if self.rest.starts_with('?') {
            self.advance(1);
        }
        let text = self.whole.get(start..self.at()).unwrap_or_default();
        match before {
            Before::Nothing => Err(error("missing argument to repetition operator", text)),
            Before::Repetition(first) => {
                let both = self.whole.get(first..self.at()).unwrap_or_default();
                Err(error("invalid nested repetition operator", both))
            }
            Before::Atom => {
                self.out.push_str(text);
                Ok(Before::Repetition(start))
            }
        }
    }

    /// `{n}`, `{n,}` or `{n,m}`: its length and counts. Anything else is literal text.
    fn counts(&self) -> Option<(usize, u32, Option<u32>)> {
        let close = self.rest.find('}')?;
        let inner = self.rest.get(1..close)?;
        let number = |text: &str| {
            let wellformed = !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_digit())
                && (text.len() == 1 || !text.starts_with('0'));
            wellformed.then(|| text.parse().unwrap_or(u32::MAX))
        };
        let (minimum, maximum) = match inner.split_once(',') {
            Some((minimum, "")) => (number(minimum)?, None),
            Some((minimum, maximum)) => (number(minimum)?, Some(number(maximum)?)),
            None => (number(inner)?, Some(number(inner)?)),
        };
        Some((close + 1, minimum, maximum))
    }

    fn group(&mut self) -> Result<(), String> {
        self.open.push(self.at());
        if self.open.len() > MAXIMUM_NESTING {
            return Err(error("expression nests too deeply", self.whole));
        }
        if !self.rest.starts_with("(?") {
            self.advance(1);
            self.out.push('(');
            return Ok(());
        }
        for opening in ["(?P<", "(?<"] {
            let Some(named) = self.rest.strip_prefix(opening) else {
                continue;
            };
            let Some(end) = named.find('>') else {
                return Err(error("invalid named capture", self.rest));
            };
            let name = &named[..end];
            let whole = self.advance(opening.len() + end + 1);
            if name.is_empty() || !name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()) {
                return Err(error("invalid named capture", whole));
            }
            self.out.push_str(&format!("(?P<{}>", safe_name(name)));
            return Ok(());
        }
        self.flags()
    }

    /// `(?i)`, `(?i-s:` and the like.
    fn flags(&mut self) -> Result<(), String> {
        let (mut negated, mut any) = (false, false);
        for (at, character) in self.rest.char_indices().skip(2) {
            let bad = error("invalid or unsupported Perl syntax", &self.rest[..at + character.len_utf8()]);
            match character {
                'i' | 'm' | 's' | 'U' => any = true,
                '-' if negated => return Err(bad),
                '-' => {
                    negated = true;
                    any = false;
                }
                ':' | ')' => {
                    if negated && !any {
                        return Err(bad);
                    }
                    let text = self.advance(at + 1);
                    if character == ')' {
                        self.open.pop();
                    }
                    // The crate knows no empty set of flags.
                    self.out.push_str(if text == "(?)" { "" } else { text });
                    return Ok(());
                }
                _ => return Err(bad),
            }
        }
        Err(error("missing argument to repetition operator", "?"))
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(character) = self.rest.chars().nth(1) else {
            return Err("trailing backslash at end of expression: ``".into());
        };
        let simple = match character {
            'A' => Some("\\A"),
            'z' => Some("\\z"),
            'b' => Some("(?-u:\\b)"),
            'B' => Some("(?-u:\\B)"),
            _ => None,
        };
        if let Some(simple) = simple {
            self.advance(2);
            self.out.push_str(simple);
            return Ok(());
        }
        match character {
            'Q' => {
                self.advance(2);
                let end = self.rest.find("\\E");
                let quoted = self.advance(end.unwrap_or(self.rest.len()));
                if end.is_some() {
                    self.advance(2);
                }
                for character in quoted.chars() {
                    self.literal(character);
                }
                Ok(())
            }
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                self.advance(2);
                self.out.push_str(perl_class(character));
                Ok(())
            }
            'p' | 'P' => self.unicode_class(),
            _ => {
                let character = self.escaped_character()?;
                self.literal(character);
                Ok(())
            }
        }
    }

    fn unicode_class(&mut self) -> Result<(), String> {
        let length = match self.rest.chars().nth(2) {
            Some('{') => self.rest.find('}').map(|close| close + 1),
            Some(character) => Some(2 + character.len_utf8()),
            None => None,
        };
        let Some(length) = length else {
            return Err(error("invalid character class range", self.rest));
        };
        let text = self.advance(length);
        // `\p{^Greek}` is `\P{Greek}`.
        let name = text.get(2..).unwrap_or_default().trim_start_matches('{').trim_end_matches('}');
        let (negated, name) = match name.strip_prefix('^') {
            Some(name) => (!text.starts_with("\\P"), name),
            None => (text.starts_with("\\P"), name),
        };
        let class = match name {
            "Any" => "\\p{any}".to_owned(),
            name => format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' }),
        };
        if regex::bytes::Regex::new(&class).is_err() {
            return Err(error("invalid character class range", text));
        }
        self.out.push_str(&class);
        Ok(())
    }

    /// The character that an escape stands for.
    fn escaped_character(&mut self) -> Result<char, String> {
        let start = self.rest;
        self.advance(1);
        let Some(character) = self.rest.chars().next() else {
            return Err("trailing backslash at end of expression: ``".into());
        };
        self.advance(character.len_utf8());
        let bad = |translator: &Self| {
            error("invalid escape sequence", &start[..start.len() - translator.rest.len()])
        };
        let octal = |translator: &mut Self, first: char| {
            let mut code = first.to_digit(8).unwrap_or(0);
            for _ in 0..2 {
                match translator.rest.chars().next().and_then(|c| c.to_digit(8)) {
                    Some(digit) => {
                        translator.advance(1);
                        code = code * 8 + digit;
                    }
                    None => break,
                }
            }
            char::from_u32(code)
        };
        match character {
            '0' => octal(self, '0').ok_or_else(|| bad(self)),
            '1'..='7' if self.rest.starts_with(|c: char| c.is_digit(8)) => {
                octal(self, character).ok_or_else(|| bad(self))
            }
            'x' => {
                let digits = if self.rest.starts_with('{') {
                    let Some(close) = self.rest.find('}') else {
                        return Err(bad(self));
                    };
                    let digits = self.rest.get(1..close).unwrap_or_default();
                    self.advance(close + 1);
                    digits
                } else {
                    let length = self.rest.chars().take(2).map(char::len_utf8).sum();
                    self.advance(length)
                };
                u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).ok_or_else(|| bad(self))
            }
            'a' => Ok('\u{7}'),
            'f' => Ok('\u{c}'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'v' => Ok('\u{b}'),
            character if character.is_ascii() && !character.is_ascii_alphanumeric() => Ok(character),
            _ => Err(bad(self)),
        }
    }

    fn class(&mut self) -> Result<(), String> {
        let start = self.rest;
        self.advance(1);
        self.out.push('[');
        if self.rest.starts_with('^') {
            self.advance(1);
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let here = self.rest;
            let Some(character) = here.chars().next() else {
                return Err(error("missing closing ]", start));
            };
            if character == ']' && !first {
                self.advance(1);
                self.out.push(']');
                return Ok(());
            }
            first = false;
            if here.starts_with("[:")
                && let Some(end) = here.get(2..).and_then(|inner| inner.find(":]"))
            {
                let name = self.advance(end + 4);
                if regex::bytes::Regex::new(&format!("[{name}]")).is_err() {
                    return Err(error("invalid character class range", name));
                }
                self.out.push_str(name);
                continue;
            }
            if let Some(escaped) = here.strip_prefix('\\').and_then(|escaped| escaped.chars().next()) {
                match escaped {
                    'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                        self.advance(2);
                        self.out.push_str(perl_class(escaped));
                        continue;
                    }
                    'p' | 'P' => {
                        self.unicode_class()?;
                        continue;
                    }
                    _ => {}
                }
            }
            let low = self.class_character(start)?;
            let high = if self.rest.starts_with('-') && !self.rest.starts_with("-]") && self.rest.len() > 1 {
                self.advance(1);
                self.class_character(start)?
            } else {
                low
            };
            if high < low {
                let range = &here[..here.len() - self.rest.len()];
                return Err(error("invalid character class range", range));
            }
            self.literal(low);
            self.out.push('-');
            self.literal(high);
        }
    }

    fn class_character(&mut self, class: &str) -> Result<char, String> {
        match self.rest.chars().next() {
            None => Err(error("missing closing ]", class)),
            Some('\\') => self.escaped_character(),
            Some(character) => {
                self.advance(character.len_utf8());
                Ok(character)
            }
        }
    }
}

/// Names that begin with a digit are fine in Go and not in the crate; such groups cannot be told apart otherwise.
fn safe_name(name: &str) -> String {
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name.to_owned() }
}

fn perl_class(letter: char) -> &'static str {
    match letter {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        's' => "[\\t\\n\\x0C\\r ]",
        'S' => "[^\\t\\n\\x0C\\r ]",
        'w' => "[0-9A-Za-z_]",
        _ => "[^0-9A-Za-z_]",
    }
}
