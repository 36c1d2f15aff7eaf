//! From events to trees.

use std::collections::HashSet;

use crate::{
    Comments, Dialect, Document, Error, Kind, Limits, Mark, Node, Span, Style,
    event::{Data, Event, Parser, Properties},
    scan::Input,
};

/// Builds documents one after the other.
pub(crate) struct Composer<'a> {
    parser: Parser<'a>,
    dialect: Dialect,
    limits: Limits,
    nodes: usize,
    depth: usize,
    /// The anchors that an alias may name; they end with their document.
    anchors: HashSet<&'a str>,
}

impl<'a> Composer<'a> {
    pub(crate) fn new(input: &'a Input<'_>, dialect: Dialect, limits: Limits) -> Self {
        Self {
            parser: Parser::new(input, dialect),
            dialect,
            limits,
            nodes: 0,
            depth: 0,
            anchors: HashSet::new(),
        }
    }

    /// The next document; `None` at the end of the stream.
    pub(crate) fn next_document(&mut self) -> Result<Option<Document>, Error> {
        let mut start = self.parser.next()?;
        if matches!(start.data, Data::StreamStart) {
            start = self.parser.next()?;
        }
        let Data::DocumentStart { explicit } = start.data else { return Ok(None) };
        self.anchors.clear();
        let root = self.node()?;
        let end = self.parser.next()?;
        let mut comments = start.comments;
        if let Some(foot) = end.comments.filter(|comments| !comments.foot.is_empty()) {
            comments.get_or_insert_default().foot = foot.foot;
        }
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
            return Err(Self::limit(event.start, "nodes", self.limits.nodes));
        }
        let Event { data, start, content_start, end, comments } = event;
        let span = Span { start: content_start, end };
        let node = Node { comments, start, span, ..Node::new(Kind::Scalar) };
        match data {
            Data::Alias(name) => {
                if !self.anchors.contains(name) {
                    return Err(Error::Invalid(format!("unknown anchor '{name}' referenced")));
                }
                Ok(Node { kind: Kind::Alias, value: name.to_owned(), ..node })
            }
            Data::Scalar { properties, value, style } => {
                let node = Node { value: value.into_owned(), style, ..node };
                Ok(self.with_properties(node, properties))
            }
            Data::SequenceStart { properties, flow } => {
                let node = self.with_properties(Node { kind: Kind::Sequence, ..node }, properties);
                self.collection(node, flow)
            }
            Data::MappingStart { properties, flow } => {
                let node = self.with_properties(Node { kind: Kind::Mapping, ..node }, properties);
                self.collection(node, flow)
            }
            _ => Err(Error::Invalid("attempted to go past the end of stream; corrupted value?".into())),
        }
    }

    fn limit(at: Mark, what: &'static str, limit: usize) -> Error {
        Error::Limit { line: at.line as usize + 1, what, limit }
    }

    fn with_properties(&mut self, node: Node, properties: Properties<'a>) -> Node {
        self.anchors.extend(properties.anchor);
        // The tag that says nothing: v2 takes it for a string's, v3 for none.
        let tag = properties.tag.filter(|tag| self.dialect == Dialect::V2 || tag != "!");
        Node { anchor: properties.anchor.map(Into::into), tag: tag.map(Into::into), ..node }
    }

    fn collection(&mut self, mut node: Node, flow: bool) -> Result<Node, Error> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(Self::limit(node.start, "depth", self.limits.depth));
        }
        if flow {
            node.style = Style::Flow;
        }
        // Go forgets a comment behind the opening bracket.
        node.comments = node
            .comments
            .filter(|comments| !comments.head.is_empty())
            .map(|comments| Box::new(Comments { head: comments.head, ..Comments::default() }));
        let end = loop {
            let event = self.parser.next()?;
            if matches!(event.data, Data::CollectionEnd) {
                break event;
            }
            let child = self.node_from(event)?;
            node.children.push(child);
            if node.kind == Kind::Mapping && node.children.last().is_some_and(has_foot) {
                settle_foot(&mut node.children, flow);
            }
        };
        // The end of a block collection is where the next token starts; its own bytes end with its last child.
        node.span.end =
            if flow { end.end } else { node.children.last().map_or(node.span.start, |child| child.span.end) };
        if let Some(comments) = end.comments {
            settle_end(&mut node, *comments, flow);
        }
        self.depth -= 1;
        Ok(node)
    }
}

fn has_foot(node: &Node) -> bool {
    node.comments.as_ref().is_some_and(|comments| !comments.foot.is_empty())
}

fn take_foot(node: &mut Node) -> String {
    let foot = node.comments.as_mut().map(|comments| std::mem::take(&mut comments.foot)).unwrap_or_default();
    if node.comments.as_ref().is_some_and(|comments| **comments == Comments::default()) {
        node.comments = None;
    }
    foot
}

/// Finds the key that the comment below the last child belongs to: that of its own entry, or, when the child is a
/// key of a block, that of the entry before.
fn settle_foot(children: &mut [Node], flow: bool) {
    let is_value = children.len().is_multiple_of(2);
    match children {
        [.., key, value] if is_value => {
            let foot = take_foot(value);
            if has_foot(key) {
                value.comments_mut().foot = foot;
            } else {
                key.comments_mut().foot = foot;
            }
        }
        [.., earlier, _, key] if !flow => {
            let foot = take_foot(key);
            earlier.comments_mut().foot = foot;
        }
        _ => {}
    }
}

fn settle_end(node: &mut Node, comments: Comments, flow: bool) {
    let Comments { line, foot, .. } = comments;
    if !line.is_empty() {
        node.comments_mut().line = line;
    }
    if foot.is_empty() {
        return;
    }
    match node.children.as_mut_slice() {
        [.., key, _] if node.kind == Kind::Mapping && !flow => key.comments_mut().foot = foot,
        _ => node.comments_mut().foot = foot,
    }
}
