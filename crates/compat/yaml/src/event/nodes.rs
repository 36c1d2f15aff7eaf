//! Nodes: anchors, tags, scalars, and the beginnings of collections.

use std::borrow::Cow;

use crate::{
    Comments, Error, Mark, Style,
    scan::{Token, TokenKind},
};

use super::{Data, Event, Parser, Properties, State, YAML_TAGS, event};

impl<'a> Parser<'a> {
    pub(super) fn node(&mut self, block: bool, indentless: bool) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let (start, mut end) = (token.start, token.start);
        if matches!(token.kind, TokenKind::Alias(_)) {
            let (token, comments) = self.take_commented()?;
            self.pop_state();
            let TokenKind::Alias(name) = token.kind else {
                return Err(self.error(start, "did not find expected node content", start));
            };
            return Ok(Event { comments, ..event(Data::Alias(name), start, token.end) });
        }
        let properties = self.properties(start, &mut end)?;
        let bare = properties.anchor.is_none() && properties.tag.is_none();
        let token = self.peek()?;
        let content_start = token.start;
        let token_end = token.end;
        let (data, state) = match token.kind {
            TokenKind::BlockEntry if indentless => {
                (Data::SequenceStart { properties, flow: false }, State::IndentlessSequence)
            }
            TokenKind::Scalar(..) => return self.scalar(properties, start),
            TokenKind::FlowSequenceStart => {
                (Data::SequenceStart { properties, flow: true }, State::FlowSequenceFirst)
            }
            TokenKind::FlowMappingStart => {
                (Data::MappingStart { properties, flow: true }, State::FlowMappingFirst)
            }
            TokenKind::BlockSequenceStart if block => {
                (Data::SequenceStart { properties, flow: false }, State::BlockSequenceFirst)
            }
            TokenKind::BlockMappingStart if block => {
                (Data::MappingStart { properties, flow: false }, State::BlockMappingFirst)
            }
            _ if !bare => {
                self.pop_state();
                let data = Data::Scalar { properties, value: Cow::Borrowed(""), style: Style::Plain };
                return Ok(Event { content_start: end, ..event(data, start, end) });
            }
            _ => return Err(self.error(start, "did not find expected node content", content_start)),
        };
        self.state = state;
        let comments = match state {
            State::FlowSequenceFirst | State::FlowMappingFirst => self.take_comments(),
            State::BlockSequenceFirst | State::BlockMappingFirst => self.take_stem(),
            _ => None,
        };
        Ok(Event { content_start, comments, ..event(data, start, token_end) })
    }

    pub(super) fn scalar(&mut self, properties: Properties<'a>, start: Mark) -> Result<Event<'a>, Error> {
        let (token, comments) = self.take_commented()?;
        self.pop_state();
        let TokenKind::Scalar(value, style) = token.kind else {
            return Err(self.error(start, "did not find expected node content", token.start));
        };
        let data = Data::Scalar { properties, value, style };
        Ok(Event { content_start: token.start, comments, ..event(data, start, token.end) })
    }

    pub(super) fn take_commented(&mut self) -> Result<(Token<'a>, Option<Box<Comments>>), Error> {
        let comments = self.take_comments();
        Ok((self.take()?, comments))
    }

    /// Anchor and tag, in whatever order.
    pub(super) fn properties(&mut self, start: Mark, end: &mut Mark) -> Result<Properties<'a>, Error> {
        let mut anchor = None;
        let mut tag = None;
        for _ in 0..2 {
            match self.peek()?.kind {
                TokenKind::Anchor(name) if anchor.is_none() => anchor = Some(name),
                TokenKind::Tag { .. } if tag.is_none() => {
                    let token = self.take()?;
                    *end = token.end;
                    tag = Some(token);
                    continue;
                }
                _ => break,
            }
            *end = self.take()?.end;
        }
        // A token that stands behind the properties decides about their comments.
        self.peek()?;
        let tag = match tag {
            Some(Token { kind: TokenKind::Tag { handle, suffix }, start: at, .. }) => {
                self.resolve_tag(handle, suffix, start, at)?
            }
            _ => None,
        };
        Ok(Properties { anchor, tag })
    }

    pub(super) fn resolve_tag(
        &self,
        handle: Cow<'a, str>,
        suffix: Cow<'a, str>,
        start: Mark,
        at: Mark,
    ) -> Result<Option<Cow<'a, str>>, Error> {
        let tag = if handle.is_empty() {
            suffix
        } else {
            let Some((_, prefix)) = self.tags.iter().find(|(known, _)| *known == handle) else {
                return Err(self.error(start, "found undefined tag handle", at));
            };
            if prefix == YAML_TAGS {
                return Ok(Some(Cow::Owned(format!("!!{suffix}"))));
            }
            Cow::Owned(format!("{prefix}{suffix}"))
        };
        Ok(match tag.strip_prefix(YAML_TAGS) {
            Some(rest) => Some(Cow::Owned(format!("!!{rest}"))),
            None => Some(tag),
        })
    }
}
