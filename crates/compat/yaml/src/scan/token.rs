//! What the scanner produces.

use std::borrow::Cow;

use crate::{Mark, Style};

#[derive(Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind<'a>,
    pub(crate) start: Mark,
    pub(crate) end: Mark,
}

#[derive(Debug)]
pub(crate) enum TokenKind<'a> {
    StreamStart,
    StreamEnd,
    VersionDirective { major: u8, minor: u8 },
    TagDirective { handle: &'a str, prefix: Cow<'a, str> },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(&'a str),
    Anchor(&'a str),
    Tag { handle: Cow<'a, str>, suffix: Cow<'a, str> },
    Scalar(Cow<'a, str>, Style),
}

/// What the comment rules want to know of a token, also after it was consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Role {
    BlockEntry,
    BlockSequenceStart,
    FlowEntry,
    Value,
    #[default]
    Other,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trace {
    pub(crate) role: Role,
    pub(crate) start: Mark,
}

impl Token<'_> {
    pub(crate) fn trace(&self) -> Trace {
        let role = match self.kind {
            TokenKind::BlockEntry => Role::BlockEntry,
            TokenKind::BlockSequenceStart => Role::BlockSequenceStart,
            TokenKind::FlowEntry => Role::FlowEntry,
            TokenKind::Value => Role::Value,
            _ => Role::Other,
        };
        Trace { role, start: self.start }
    }
}
