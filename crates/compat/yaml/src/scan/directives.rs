//! Directives, anchors, aliases and tags.

use std::borrow::Cow;

use crate::{Error, Mark};

use super::{Scanner, TokenKind};

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_tag_character(byte: u8) -> bool {
    is_word(byte)
        || matches!(
            byte,
            b';' | b'/'
                | b'?'
                | b':'
                | b'@'
                | b'&'
                | b'='
                | b'+'
                | b'$'
                | b','
                | b'.'
                | b'!'
                | b'~'
                | b'*'
                | b'\''
                | b'('
                | b')'
                | b'['
                | b']'
                | b'%'
        )
}

impl<'a> Scanner<'a> {
    fn read_word(&mut self) -> &'a str {
        let start = self.mark.offset;
        while is_word(self.at(0)) {
            self.skip();
        }
        self.since(start)
    }

    /// `%YAML 1.1` or `%TAG ! prefix`, with the rest of its line.
    pub(super) fn scan_directive(&mut self) -> Result<(), Error> {
        let start = self.mark;
        self.skip();
        let name = self.read_word();
        if name.is_empty() {
            return Err(self.error(start, "could not find expected directive name"));
        }
        if !self.is_blank_or_end(0) {
            return Err(self.error(start, "found unexpected non-alphabetical character"));
        }
        let kind = match name {
            "YAML" => self.version_directive(start)?,
            "TAG" => self.tag_directive(start)?,
            _ => return Err(self.error(start, "found unknown directive name")),
        };
        self.push(kind, start);
        self.skip_blanks();
        if self.at(0) == b'#' {
            self.skip_to_line_end();
        }
        if !self.is_break_or_end(0) {
            return Err(self.error(start, "did not find expected comment or line break"));
        }
        self.skip_line();
        Ok(())
    }

    fn version_directive(&mut self, start: Mark) -> Result<TokenKind<'a>, Error> {
        self.skip_blanks();
        let major = self.version_number(start)?;
        if self.at(0) != b'.' {
            return Err(self.error(start, "did not find expected digit or '.' character"));
        }
        self.skip();
        let minor = self.version_number(start)?;
        Ok(TokenKind::VersionDirective { major, minor })
    }

    fn version_number(&mut self, start: Mark) -> Result<u8, Error> {
        let mut number = None;
        let mut digits = 0;
        while self.at(0).is_ascii_digit() {
            digits += 1;
            if digits > 2 {
                return Err(self.error(start, "found extremely long version number"));
            }
            number = Some(number.unwrap_or(0) * 10 + (self.at(0) - b'0'));
            self.skip();
        }
        number.ok_or_else(|| self.error(start, "did not find expected version number"))
    }

    fn tag_directive(&mut self, start: Mark) -> Result<TokenKind<'a>, Error> {
        self.skip_blanks();
        let handle = self.tag_handle(true, start)?;
        if !self.is_blank(0) {
            return Err(self.error(start, "did not find expected whitespace"));
        }
        self.skip_blanks();
        let prefix = self.tag_uri(None, start)?;
        if !self.is_blank_or_end(0) {
            return Err(self.error(start, "did not find expected whitespace or line break"));
        }
        Ok(TokenKind::TagDirective { handle, prefix })
    }

    pub(super) fn fetch_anchor(&mut self, first: u8) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip();
        let name = self.read_word();
        let ends = self.is_blank_or_end(0)
            || matches!(self.at(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            return Err(self.error(start, "did not find expected alphabetic or numeric character"));
        }
        self.push(if first == b'*' { TokenKind::Alias(name) } else { TokenKind::Anchor(name) }, start);
        Ok(())
    }

    pub(super) fn fetch_tag(&mut self) -> Result<(), Error> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        let (handle, suffix) = if self.at(1) == b'<' {
            self.skip();
            self.skip();
            let uri = self.tag_uri(None, start)?;
            if self.at(0) != b'>' {
                return Err(self.error(start, "did not find the expected '>'"));
            }
            self.skip();
            (Cow::Borrowed(""), uri)
        } else {
            let handle = self.tag_handle(false, start)?;
            if handle.len() > 1 && handle.ends_with('!') {
                (Cow::Borrowed(handle), self.tag_uri(None, start)?)
            } else {
                // What looked like a handle is the beginning of the suffix of `!`.
                match self.tag_uri(Some(handle), start)? {
                    suffix if suffix.is_empty() => (suffix, Cow::Borrowed("!")),
                    suffix => (Cow::Borrowed("!"), suffix),
                }
            }
        };
        if !self.is_blank_or_end(0) {
            return Err(self.error(start, "did not find expected whitespace or line break"));
        }
        self.push(TokenKind::Tag { handle, suffix }, start);
        Ok(())
    }

    /// `!`, `!!` or `!word!`; outside of a directive also `!word`.
    fn tag_handle(&mut self, directive: bool, context: Mark) -> Result<&'a str, Error> {
        if self.at(0) != b'!' {
            return Err(self.error(context, "did not find expected '!'"));
        }
        let start = self.mark.offset;
        self.skip();
        self.read_word();
        if self.at(0) == b'!' {
            self.skip();
        } else if directive && self.since(start) != "!" {
            return Err(self.error(context, "did not find expected '!'"));
        }
        Ok(self.since(start))
    }

    /// The rest of a tag; `head` is a handle that turned out to be its beginning.
    fn tag_uri(&mut self, head: Option<&'a str>, context: Mark) -> Result<Cow<'a, str>, Error> {
        let mut bytes = head.map_or("", |head| &head[1..]).as_bytes().to_vec();
        let mut found = head.is_some();
        while is_tag_character(self.at(0)) {
            if self.at(0) == b'%' {
                self.uri_escape(context, &mut bytes)?;
            } else {
                bytes.push(self.at(0));
                self.skip();
            }
            found = true;
        }
        if !found {
            return Err(self.error(context, "did not find expected tag URI"));
        }
        Ok(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The escaped bytes of one character.
    fn uri_escape(&mut self, context: Mark, bytes: &mut Vec<u8>) -> Result<(), Error> {
        let mut left = None;
        while left != Some(0) {
            let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
            let octet = match (self.at(0), digit(self.at(1)), digit(self.at(2))) {
                (b'%', Some(high), Some(low)) => high << 4 | low,
                _ => return Err(self.error(context, "did not find URI escaped octet")),
            };
            left = Some(match left {
                None => match octet {
                    0..=0x7F => 0,
                    0xC0..=0xDF => 1,
                    0xE0..=0xEF => 2,
                    0xF0..=0xF7 => 3,
                    _ => return Err(self.error(context, "found an incorrect leading UTF-8 octet")),
                },
                Some(_) if octet & 0xC0 != 0x80 => {
                    return Err(self.error(context, "found an incorrect trailing UTF-8 octet"));
                }
                Some(left) => left - 1,
            });
            bytes.push(octet);
            for _ in 0..3 {
                self.skip();
            }
        }
        Ok(())
    }
}
