//! From events to trees.

use crate::{
    Comments, Document, Error, Kind, Limits, Mark, Node, Span, Style,
    event::{Data, Event, Parser, Properties},
};

/// Builds documents one after the other.
pub(crate) struct Composer<'a> {
    parser: Parser<'a>,
    limits: Limits,
    nodes: usize,
    depth: usize,
    /// Whether the document under way has an alias.
    pub(crate) has_alias: bool,
    anchors: Vec<Box<str>>,
}

impl<'a> Composer<'a> {
    pub(crate) fn new(parser: Parser<'a>, limits: Limits) -> Result<Self, Error> {
        let mut composer = Self { parser, limits, nodes: 0, depth: 0, has_alias: false, anchors: Vec::new() };
        composer.parser.next()?;
        Ok(composer)
    }

    /// The next document; `None` at the end of the stream.
    pub(crate) fn next_document(&mut self) -> Result<Option<Document>, Error> {
        let start = self.parser.next()?;
        let Data::DocumentStart { explicit } = start.data else { return Ok(None) };
        self.has_alias = false;
        self.anchors.clear();
        let root = self.node()?;
        let end = self.parser.next()?;
        let comments = join_comments(start.comments, end.comments);
        Ok(Some(Document {
            root,
            comments,
            span: Span { start: start.start, end: end.end },
            explicit_start: explicit,
        }))
    }

    fn node(&mut self) -> Result<Node, Error> {
        let event = self.parser.next()?;
        self.node_from(event)
    }

    fn node_from(&mut self, event: Event<'a>) -> Result<Node, Error> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(Error::Limit {
                line: event.start.line as usize + 1,
                what: "nodes",
                limit: self.limits.nodes,
            });
        }
        let Event { data, start, end, comments } = event;
        let span = Span { start, end };
        match data {
            Data::Alias(name) => {
                if !self.anchors.iter().any(|a| **a == *name) {
                    return Err(Error::Invalid(format!("unknown anchor '{name}' referenced")));
                }
                self.has_alias = true;
                Ok(Node { value: name.into_owned(), comments, span, ..Node::new(Kind::Alias) })
            }
            Data::Scalar { properties, value, style, implicit } => {
                let node = self.with_properties(Node::new(Kind::Scalar), properties);
                // `! text` is a string even without quotes.
                let tag = node.tag.or_else(|| (style == Style::Plain && !implicit).then(|| "!!str".into()));
                Ok(Node { value: value.into_owned(), tag, style, comments, span, ..Node::new(Kind::Scalar) }
                    .anchored(node.anchor))
            }
            Data::SequenceStart { properties, flow } => {
                self.collection(Kind::Sequence, properties, flow, start, comments)
            }
            Data::MappingStart { properties, flow } => {
                self.collection(Kind::Mapping, properties, flow, start, comments)
            }
            _ => Err(Error::Invalid("attempted to go past the end of stream; corrupted value?".into())),
        }
    }

    fn with_properties(&mut self, node: Node, properties: Properties<'a>) -> Node {
        let anchor: Option<Box<str>> = properties.anchor.map(|a| a.into());
        if let Some(anchor) = &anchor
            && !self.anchors.contains(anchor)
        {
            self.anchors.push(anchor.clone());
        }
        Node { anchor, tag: properties.tag.map(|t| t.into()), ..node }
    }

    fn collection(
        &mut self,
        kind: Kind,
        properties: Properties<'a>,
        flow: bool,
        start: Mark,
        comments: Option<Box<Comments>>,
    ) -> Result<Node, Error> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(Error::Limit {
                line: start.line as usize + 1,
                what: "depth",
                limit: self.limits.depth,
            });
        }
        let mut node = self.with_properties(Node::new(kind), properties);
        node.style = if flow { Style::Flow } else { Style::Plain };
        node.comments = comments;
        let end = loop {
            let event = self.parser.next()?;
            if matches!(event.data, Data::CollectionEnd) {
                break event.end;
            }
            let child = self.node_from(event)?;
            node.children.push(child);
        };
        // The end of a block collection is where the next token starts; its own bytes end with its last child.
        let end = if flow { end } else { node.children.last().map_or(start, |child| child.span.end) };
        node.span = Span { start, end };
        self.depth -= 1;
        Ok(node)
    }
}

impl Node {
    fn anchored(self, anchor: Option<Box<str>>) -> Self {
        Self { anchor, ..self }
    }
}

fn join_comments(head: Option<Box<Comments>>, foot: Option<Box<Comments>>) -> Option<Box<Comments>> {
    match (head, foot) {
        (Some(mut head), Some(foot)) => {
            head.foot = foot.foot;
            Some(head)
        }
        (head, foot) => head.or(foot),
    }
}
