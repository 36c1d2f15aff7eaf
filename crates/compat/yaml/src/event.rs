//! From tokens to events, by the grammar of go-yaml's parsers and with their error texts.

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

    // --- documents ---

    fn document_start(&mut self, implicit: bool) -> Result<Event<'a>, Error> {
        if !implicit {
            while matches!(self.peek()?.kind, TokenKind::DocumentEnd) {
                self.take()?;
            }
        }
        let (start, end) = (self.peek()?.start, self.peek()?.end);
        match self.peek()?.kind {
            TokenKind::StreamEnd => {
                self.state = State::End;
                self.take()?;
                Ok(event(Data::StreamEnd, start, end))
            }
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart => self.explicit_document(start),
            _ if !implicit => self.explicit_document(start),
            _ => {
                self.default_tags();
                self.states.push(State::DocumentEnd);
                self.state = State::BlockNode;
                let head = self.document_head();
                let comments = (!head.is_empty()).then(|| Box::new(Comments { head, ..Comments::default() }));
                Ok(Event { comments, ..event(Data::DocumentStart { explicit: false }, start, start) })
            }
        }
    }

    fn explicit_document(&mut self, start: Mark) -> Result<Event<'a>, Error> {
        self.directives()?;
        let token = self.peek()?;
        if !matches!(token.kind, TokenKind::DocumentStart) {
            let at = token.start;
            return Err(self.error(Mark::default(), "did not find expected <document start>", at));
        }
        let end = token.end;
        self.take()?;
        self.states.push(State::DocumentEnd);
        self.state = State::DocumentContent;
        Ok(event(Data::DocumentStart { explicit: true }, start, end))
    }

    /// The part of the first comment before its last empty line belongs to the document as a whole.
    fn document_head(&mut self) -> String {
        let comment = &self.head;
        let bytes = comment.as_bytes();
        for at in (1..bytes.len()).rev() {
            if bytes[at] != b'\n' {
                continue;
            }
            let end = match at {
                at if at == bytes.len() - 1 => at,
                at if bytes[at - 1] == b'\n' => at - 1,
                _ => continue,
            };
            let rest = comment[at + 1..].to_owned();
            let mut head = std::mem::replace(&mut self.head, rest);
            head.truncate(end);
            return head;
        }
        String::new()
    }

    fn directives(&mut self) -> Result<(), Error> {
        let mut versioned = false;
        loop {
            let token = self.peek()?;
            let at = token.start;
            match &token.kind {
                TokenKind::VersionDirective { major, minor } => {
                    let supported = (*major, *minor) == (1, 1);
                    if versioned {
                        return Err(self.error(Mark::default(), "found duplicate %YAML directive", at));
                    }
                    if !supported {
                        return Err(self.error(Mark::default(), "found incompatible YAML document", at));
                    }
                    versioned = true;
                }
                TokenKind::TagDirective { handle, prefix } => {
                    let (handle, prefix) = (*handle, prefix.clone());
                    if self.tags.iter().any(|(known, _)| *known == handle) {
                        return Err(self.error(Mark::default(), "found duplicate %TAG directive", at));
                    }
                    self.tags.push((handle, prefix));
                }
                _ => break,
            }
            self.take()?;
        }
        self.default_tags();
        Ok(())
    }

    fn default_tags(&mut self) {
        for (handle, prefix) in [("!", "!"), ("!!", YAML_TAGS)] {
            if !self.tags.iter().any(|(known, _)| *known == handle) {
                self.tags.push((handle, Cow::Borrowed(prefix)));
            }
        }
    }

    fn document_content(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let start = token.start;
        match token.kind {
            TokenKind::VersionDirective { .. }
            | TokenKind::TagDirective { .. }
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => {
                let then = self.states.pop().unwrap_or(State::End);
                self.empty_scalar(then, start)
            }
            _ => self.node(true, false),
        }
    }

    fn document_end(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let start = token.start;
        let mut end = start;
        if matches!(token.kind, TokenKind::DocumentEnd) {
            end = token.end;
            self.take()?;
        }
        self.tags.clear();
        self.state = State::DocumentStart;
        let mut comments = self.take_comments();
        if let Some(comments) = &mut comments
            && comments.foot.is_empty()
        {
            comments.foot = std::mem::take(&mut comments.head);
        }
        Ok(Event { comments, ..event(Data::DocumentEnd, start, end) })
    }

    // --- nodes ---

    fn node(&mut self, block: bool, indentless: bool) -> Result<Event<'a>, Error> {
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

    fn scalar(&mut self, properties: Properties<'a>, start: Mark) -> Result<Event<'a>, Error> {
        let (token, comments) = self.take_commented()?;
        self.pop_state();
        let TokenKind::Scalar(value, style) = token.kind else {
            return Err(self.error(start, "did not find expected node content", token.start));
        };
        let data = Data::Scalar { properties, value, style };
        Ok(Event { content_start: token.start, comments, ..event(data, start, token.end) })
    }

    fn take_commented(&mut self) -> Result<(Token<'a>, Option<Box<Comments>>), Error> {
        let comments = self.take_comments();
        Ok((self.take()?, comments))
    }

    /// Anchor and tag, in whatever order.
    fn properties(&mut self, start: Mark, end: &mut Mark) -> Result<Properties<'a>, Error> {
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

    fn resolve_tag(
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

    // --- block collections ---

    fn end_collection(&mut self) -> Result<Event<'a>, Error> {
        self.pop_state();
        self.marks.pop();
        let token = self.take()?;
        Ok(event(Data::CollectionEnd, token.start, token.end))
    }

    fn unexpected(&mut self, problem: &str, at: Mark) -> Error {
        let context = self.marks.pop().unwrap_or_default();
        self.error(context, problem, at)
    }

    fn block_sequence(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            TokenKind::BlockEntry => {
                self.take_entry()?;
                if matches!(self.peek()?.kind, TokenKind::BlockEntry | TokenKind::BlockEnd) {
                    return self.empty_scalar(State::BlockSequence, end);
                }
                self.states.push(State::BlockSequence);
                self.node(true, false)
            }
            TokenKind::BlockEnd => self.end_collection(),
            _ => Err(self.unexpected("did not find expected '-' indicator", start)),
        }
    }

    fn take_entry(&mut self) -> Result<(), Error> {
        let head = self.head.len();
        self.take()?;
        self.split_stem(head);
        Ok(())
    }

    fn indentless_sequence(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let (start, end) = (token.start, token.end);
        if !matches!(token.kind, TokenKind::BlockEntry) {
            self.pop_state();
            return Ok(event(Data::CollectionEnd, start, start));
        }
        self.take_entry()?;
        if self.at_entry_end()? || matches!(self.peek()?.kind, TokenKind::BlockEntry) {
            return self.empty_scalar(State::IndentlessSequence, end);
        }
        self.states.push(State::IndentlessSequence);
        self.node(true, false)
    }

    fn at_entry_end(&mut self) -> Result<bool, Error> {
        Ok(matches!(self.peek()?.kind, TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd))
    }

    fn block_mapping_key(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let (start, end) = (token.start, token.end);
        match token.kind {
            TokenKind::Key => {
                self.take()?;
                if self.at_entry_end()? {
                    return self.empty_scalar(State::BlockMappingValue, end);
                }
                self.states.push(State::BlockMappingValue);
                self.node(true, true)
            }
            TokenKind::BlockEnd => {
                let comments = self.take_comments();
                Ok(Event { comments, ..self.end_collection()? })
            }
            _ => Err(self.unexpected("did not find expected key", start)),
        }
    }

    fn block_mapping_value(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let (start, end) = (token.start, token.end);
        if !matches!(token.kind, TokenKind::Value) {
            return self.empty_scalar(State::BlockMappingKey, start);
        }
        self.take()?;
        if self.at_entry_end()? {
            return self.empty_scalar(State::BlockMappingKey, end);
        }
        self.states.push(State::BlockMappingKey);
        self.node(true, true)
    }

    // --- flow collections ---

    fn end_flow(&mut self) -> Result<Event<'a>, Error> {
        let comments = self.take_comments();
        Ok(Event { comments, ..self.end_collection()? })
    }

    fn flow_sequence(&mut self, first: bool) -> Result<Event<'a>, Error> {
        if matches!(self.peek()?.kind, TokenKind::FlowSequenceEnd) {
            return self.end_flow();
        }
        if !first {
            let token = self.peek()?;
            let start = token.start;
            if !matches!(token.kind, TokenKind::FlowEntry) {
                return Err(self.unexpected("did not find expected ',' or ']'", start));
            }
            self.take()?;
        }
        let token = self.peek()?;
        match token.kind {
            TokenKind::Key => {
                let token = self.take()?;
                self.state = State::FlowPairKey;
                let data = Data::MappingStart { properties: Properties::default(), flow: true };
                Ok(event(data, token.start, token.end))
            }
            TokenKind::FlowSequenceEnd => self.end_flow(),
            _ => {
                self.states.push(State::FlowSequence);
                self.node(false, false)
            }
        }
    }

    fn flow_pair_key(&mut self) -> Result<Event<'a>, Error> {
        let token = self.peek()?;
        let end = token.end;
        if matches!(token.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
            // Go consumes the token here, whatever it is.
            self.take()?;
            return self.empty_scalar(State::FlowPairValue, end);
        }
        self.states.push(State::FlowPairValue);
        self.node(false, false)
    }

    fn flow_pair_value(&mut self) -> Result<Event<'a>, Error> {
        let start = self.peek()?.start;
        if matches!(self.peek()?.kind, TokenKind::Value) {
            self.take()?;
            if !matches!(self.peek()?.kind, TokenKind::FlowEntry | TokenKind::FlowSequenceEnd) {
                self.states.push(State::FlowPairEnd);
                return self.node(false, false);
            }
        }
        self.empty_scalar(State::FlowPairEnd, start)
    }

    fn flow_mapping_key(&mut self, first: bool) -> Result<Event<'a>, Error> {
        if matches!(self.peek()?.kind, TokenKind::FlowMappingEnd) {
            return self.end_flow();
        }
        if !first {
            let token = self.peek()?;
            let start = token.start;
            if !matches!(token.kind, TokenKind::FlowEntry) {
                return Err(self.unexpected("did not find expected ',' or '}'", start));
            }
            self.take()?;
        }
        match self.peek()?.kind {
            TokenKind::Key => {
                self.take()?;
                let token = self.peek()?;
                let start = token.start;
                if matches!(token.kind, TokenKind::Value | TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                    return self.empty_scalar(State::FlowMappingValue, start);
                }
                self.states.push(State::FlowMappingValue);
                self.node(false, false)
            }
            TokenKind::FlowMappingEnd => self.end_flow(),
            _ => {
                self.states.push(State::FlowMappingEmptyValue);
                self.node(false, false)
            }
        }
    }

    fn flow_mapping_value(&mut self) -> Result<Event<'a>, Error> {
        let mut start = self.peek()?.start;
        if matches!(self.peek()?.kind, TokenKind::Value) {
            self.take()?;
            let token = self.peek()?;
            if !matches!(token.kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd) {
                self.states.push(State::FlowMappingKey);
                return self.node(false, false);
            }
            start = token.start;
        }
        self.empty_scalar(State::FlowMappingKey, start)
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
