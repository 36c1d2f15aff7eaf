//! From tokens to events, by the grammar of go-yaml's parsers and with their error texts.

mod block;
mod documents;
mod flow;
mod nodes;

use std::borrow::Cow;

use crate::{
    Comments, Dialect, Error, Mark, Style,
    scan::{Input, Scanner, Token, TokenKind},
};

/// One step of a document.
#[derive(Debug)]
pub(crate) struct Event<'a> {
    pub(crate) data: Data<'a>,
    /// With anchor and tag.
    pub(crate) start: Mark,
    /// Without them.
    pub(crate) content_start: Mark,
    pub(crate) end: Mark,
    pub(crate) comments: Option<Box<Comments>>,
}

/// What an anchor and a tag before a node say.
#[derive(Debug, Default)]
pub(crate) struct Properties<'a> {
    pub(crate) anchor: Option<&'a str>,
    /// Short form.
    pub(crate) tag: Option<Cow<'a, str>>,
}

#[derive(Debug)]
pub(crate) enum Data<'a> {
    StreamStart,
    StreamEnd,
    DocumentStart { explicit: bool },
    DocumentEnd,
    Alias(&'a str),
    Scalar { properties: Properties<'a>, value: Cow<'a, str>, style: Style },
    SequenceStart { properties: Properties<'a>, flow: bool },
    MappingStart { properties: Properties<'a>, flow: bool },
    CollectionEnd,
}

#[derive(Debug, Clone, Copy)]
enum State {
    StreamStart,
    ImplicitDocumentStart,
    DocumentStart,
    DocumentContent,
    DocumentEnd,
    BlockNode,
    BlockSequenceFirst,
    BlockSequence,
    IndentlessSequence,
    BlockMappingFirst,
    BlockMappingKey,
    BlockMappingValue,
    FlowSequenceFirst,
    FlowSequence,
    FlowPairKey,
    FlowPairValue,
    FlowPairEnd,
    FlowMappingFirst,
    FlowMappingKey,
    FlowMappingValue,
    FlowMappingEmptyValue,
    End,
}

const YAML_TAGS: &str = "tag:yaml.org,2002:";

pub(crate) struct Parser<'a> {
    scanner: Scanner<'a>,
    dialect: Dialect,
    state: State,
    states: Vec<State>,
    /// Where the open collections begin.
    marks: Vec<Mark>,
    tags: Vec<(&'a str, Cow<'a, str>)>,
    head: String,
    line: String,
    foot: String,
    /// A comment above a list item that is itself a collection.
    stem: String,
    /// An error met while looking ahead for such comments. Go goes on until the next event is complete.
    late: Option<Error>,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(input: &'a Input<'_>, dialect: Dialect) -> Self {
        Self {
            scanner: Scanner::new(input, dialect),
            dialect,
            state: State::StreamStart,
            states: Vec::new(),
            marks: Vec::new(),
            tags: Vec::new(),
            head: String::new(),
            line: String::new(),
            foot: String::new(),
            stem: String::new(),
            late: None,
        }
    }

    pub(crate) fn next(&mut self) -> Result<Event<'a>, Error> {
        let event = self.step()?;
        match self.late.take() {
            Some(error) => Err(error),
            None => Ok(event),
        }
    }

    fn step(&mut self) -> Result<Event<'a>, Error> {
        match self.state {
            State::StreamStart => {
                let token = self.take()?;
                self.state = State::ImplicitDocumentStart;
                Ok(event(Data::StreamStart, token.start, token.end))
            }
            State::ImplicitDocumentStart => self.document_start(true),
            State::DocumentStart => self.document_start(false),
            State::DocumentContent => self.document_content(),
            State::DocumentEnd => self.document_end(),
            State::BlockNode => self.node(true, false),
            State::BlockSequenceFirst => {
                self.open()?;
                self.block_sequence()
            }
            State::BlockSequence => self.block_sequence(),
            State::IndentlessSequence => self.indentless_sequence(),
            State::BlockMappingFirst => {
                self.open()?;
                self.block_mapping_key()
            }
            State::BlockMappingKey => self.block_mapping_key(),
            State::BlockMappingValue => self.block_mapping_value(),
            State::FlowSequenceFirst => {
                self.open()?;
                self.flow_sequence(true)
            }
            State::FlowSequence => self.flow_sequence(false),
            State::FlowPairKey => self.flow_pair_key(),
            State::FlowPairValue => self.flow_pair_value(),
            State::FlowPairEnd => {
                let start = self.peek()?.start;
                self.state = State::FlowSequence;
                Ok(event(Data::CollectionEnd, start, start))
            }
            State::FlowMappingFirst => {
                self.open()?;
                self.flow_mapping_key(true)
            }
            State::FlowMappingKey => self.flow_mapping_key(false),
            State::FlowMappingValue => self.flow_mapping_value(),
            State::FlowMappingEmptyValue => {
                let start = self.peek()?.start;
                self.empty_scalar(State::FlowMappingKey, start)
            }
            State::End => {
                Err(Error::Invalid("attempted to go past the end of stream; corrupted value?".into()))
            }
        }
    }

    // --- tokens and comments ---

    fn peek(&mut self) -> Result<&Token<'a>, Error> {
        if self.dialect == Dialect::V3 {
            let token = self.scanner.peek()?;
            let (offset, block_end) = (token.start.offset, matches!(token.kind, TokenKind::BlockEnd));
            while let Some(comment) = self.scanner.comments.pop_before(offset, block_end) {
                append(&mut self.head, &comment.head);
                append(&mut self.foot, &comment.foot);
                append(&mut self.line, &comment.line);
            }
        }
        self.scanner.peek()
    }

    fn take(&mut self) -> Result<Token<'a>, Error> {
        self.scanner.take()
    }

    fn open(&mut self) -> Result<(), Error> {
        let start = self.peek()?.start;
        self.marks.push(start);
        self.take()?;
        Ok(())
    }

    fn take_comments(&mut self) -> Option<Box<Comments>> {
        self.stem.clear();
        if self.head.is_empty() && self.line.is_empty() && self.foot.is_empty() {
            return None;
        }
        Some(Box::new(Comments {
            head: std::mem::take(&mut self.head),
            line: std::mem::take(&mut self.line),
            foot: std::mem::take(&mut self.foot),
        }))
    }

    fn take_stem(&mut self) -> Option<Box<Comments>> {
        if self.stem.is_empty() {
            return None;
        }
        Some(Box::new(Comments { head: std::mem::take(&mut self.stem), ..Comments::default() }))
    }

    /// Moves the comment above a list item aside if the item is a block collection, whose first entry has
    /// comments of its own.
    fn split_stem(&mut self, length: usize) {
        if length == 0 {
            return;
        }
        let is_collection = match self.peek() {
            Ok(token) => matches!(token.kind, TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart),
            Err(error) => {
                self.late = Some(error);
                return;
            }
        };
        if is_collection {
            let rest = self.head.get(length + 1..).unwrap_or_default().to_owned();
            self.head.truncate(length);
            self.stem = std::mem::replace(&mut self.head, rest);
        }
    }

    fn error(&self, context: Mark, problem: &str, at: Mark) -> Error {
        let (first, second) = match self.dialect {
            Dialect::V2 => (at.line, context.line),
            Dialect::V3 => (context.line, at.line),
        };
        // Go forgets here that its lines count from 0.
        let line = if first != 0 { first } else { second };
        Error::Syntax { line: line as usize, problem: problem.into() }
    }

    fn pop_state(&mut self) {
        self.state = self.states.pop().unwrap_or(State::End);
    }

    fn empty_scalar(&mut self, then: State, mark: Mark) -> Result<Event<'a>, Error> {
        self.state = then;
        let data =
            Data::Scalar { properties: Properties::default(), value: Cow::Borrowed(""), style: Style::Plain };
        Ok(event(data, mark, mark))
    }
}

fn event(data: Data<'_>, start: Mark, end: Mark) -> Event<'_> {
    Event { data, start, content_start: start, end, comments: None }
}

fn append(to: &mut String, comment: &str) {
    if comment.is_empty() {
        return;
    }
    if !to.is_empty() {
        to.push('\n');
    }
    to.push_str(comment);
}
