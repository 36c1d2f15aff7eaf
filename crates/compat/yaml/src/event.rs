//! The stream of parsing events, with Go's error texts.

use std::borrow::Cow;

use libyaml_safer::{EventData, MappingStyle, Parser as Inner, ScalarStyle, SequenceStyle};

use crate::{Comments, Error, Mark, Style};

/// One step of a document.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    pub(crate) data: Data<'a>,
    pub(crate) start: Mark,
    pub(crate) end: Mark,
    pub(crate) comments: Option<Box<Comments>>,
}

/// What an anchor and a tag before a node say.
#[derive(Debug, Default)]
pub(crate) struct Properties<'a> {
    pub(crate) anchor: Option<Cow<'a, str>>,
    /// Short form; never `!` alone.
    pub(crate) tag: Option<Cow<'a, str>>,
}

#[derive(Debug)]
pub(crate) enum Data<'a> {
    StreamStart,
    StreamEnd,
    DocumentStart { explicit: bool },
    DocumentEnd,
    Alias(Cow<'a, str>),
    Scalar { properties: Properties<'a>, value: Cow<'a, str>, style: Style, implicit: bool },
    SequenceStart { properties: Properties<'a>, flow: bool },
    MappingStart { properties: Properties<'a>, flow: bool },
    CollectionEnd,
}

pub(crate) struct Parser<'a> {
    inner: Inner<&'a mut &'a [u8]>,
}

fn mark(mark: libyaml_safer::Mark) -> Mark {
    Mark { offset: mark.index as usize, line: mark.line as u32, column: mark.column as u32 }
}

fn properties<'a>(anchor: Option<String>, tag: Option<String>) -> Properties<'a> {
    Properties {
        anchor: anchor.map(Cow::Owned),
        tag: tag.map(|tag| match tag.strip_prefix("tag:yaml.org,2002:") {
            Some(rest) => Cow::Owned(format!("!!{rest}")),
            None => Cow::Owned(tag),
        }),
    }
}

impl<'a> Parser<'a> {
    pub(crate) fn new(input: &'a mut &'a [u8]) -> Self {
        let mut inner = Inner::new();
        inner.set_input_string(input);
        Self { inner }
    }

    pub(crate) fn next(&mut self) -> Result<Event<'a>, Error> {
        let event = self.inner.parse().map_err(|error| Error::Syntax {
            line: error.problem_mark().map_or(0, |m| m.line as usize + 1),
            problem: error.problem().into(),
        })?;
        let (start, end) = (mark(event.start_mark), mark(event.end_mark));
        let data = match event.data {
            EventData::StreamStart { .. } => Data::StreamStart,
            EventData::StreamEnd => Data::StreamEnd,
            EventData::DocumentStart { implicit, .. } => Data::DocumentStart { explicit: !implicit },
            EventData::DocumentEnd { .. } => Data::DocumentEnd,
            EventData::Alias { anchor } => Data::Alias(Cow::Owned(anchor)),
            EventData::Scalar { anchor, tag, value, plain_implicit, style, .. } => Data::Scalar {
                properties: properties(anchor, tag),
                value: Cow::Owned(value),
                style: match style {
                    ScalarStyle::SingleQuoted => Style::SingleQuoted,
                    ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                    _ => Style::Plain,
                },
                implicit: plain_implicit,
            },
            EventData::SequenceStart { anchor, tag, style, .. } => Data::SequenceStart {
                properties: properties(anchor, tag),
                flow: style == SequenceStyle::Flow,
            },
            EventData::MappingStart { anchor, tag, style, .. } => {
                Data::MappingStart { properties: properties(anchor, tag), flow: style == MappingStyle::Flow }
            }
            EventData::SequenceEnd | EventData::MappingEnd => Data::CollectionEnd,
        };
        Ok(Event { data, start, end, comments: None })
    }
}
