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
    /// The anchors that an alias may name; they end with their document.
    anchors: HashSet<&'a str>,
}

impl<'a> Composer<'a> {
    pub(crate) fn new(input: &'a Input<'_>, dialect: Dialect, limits: Limits) -> Self {
        Self { parser: Parser::new(input, dialect), dialect, limits, nodes: 0, anchors: HashSet::new() }
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

    /// The next node with everything in it. Collections that are open stand on a list, not on the stack of the
    /// thread, which deep input could exhaust.
    fn node(&mut self) -> Result<Node, Error> {
        let mut open: Vec<Node> = Vec::new();
        loop {
            let event = self.parser.next()?;
            let mut finished = match self.begin(event)? {
                Step::Leaf(node) => node,
                Step::Open(node) => {
                    if open.len() >= self.limits.depth {
                        return Err(Self::limit(node.start, "depth", self.limits.depth));
                    }
                    open.push(node);
                    continue;
                }
                Step::Close { end, comments } => match open.pop() {
                    Some(node) => close(node, end, comments),
                    None => return Err(past_the_end()),
                },
            };
            let Some(parent) = open.last_mut() else { return Ok(finished) };
            if parent.kind == Kind::Mapping && has_foot(&finished) {
                settle_foot(&mut parent.children, &mut finished, parent.style == Style::Flow);
            }
            parent.children.push(finished);
        }
    }

    fn begin(&mut self, event: Event<'a>) -> Result<Step, Error> {
        let Event { data, start, content_start, end, comments } = event;
        if matches!(data, Data::CollectionEnd) {
            return Ok(Step::Close { end, comments });
        }
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(Self::limit(start, "nodes", self.limits.nodes));
        }
        let node =
            Node { comments, start, span: Span { start: content_start, end }, ..Node::new(Kind::Scalar) };
        let (kind, properties, flow) = match data {
            Data::Alias(name) => {
                if !self.anchors.contains(name) {
                    return Err(Error::Invalid(format!("unknown anchor '{name}' referenced")));
                }
                return Ok(Step::Leaf(Node { kind: Kind::Alias, value: name.to_owned(), ..node }));
            }
            Data::Scalar { properties, value, style } => {
                let node = Node { value: value.into_owned(), style, ..node };
                return Ok(Step::Leaf(self.with_properties(node, properties)));
            }
            Data::SequenceStart { properties, flow } => (Kind::Sequence, properties, flow),
            Data::MappingStart { properties, flow } => (Kind::Mapping, properties, flow),
            _ => return Err(past_the_end()),
        };
        let mut node = self.with_properties(Node { kind, ..node }, properties);
        if flow {
            node.style = Style::Flow;
        }
        // Go forgets a comment behind the opening bracket.
        node.comments = node
            .comments
            .filter(|comments| !comments.head.is_empty())
            .map(|comments| Box::new(Comments { head: comments.head, ..Comments::default() }));
        Ok(Step::Open(node))
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
}

/// What an event does to the tree under way.
enum Step {
    Leaf(Node),
    Open(Node),
    Close { end: Mark, comments: Option<Box<Comments>> },
}

fn past_the_end() -> Error {
    Error::Invalid("attempted to go past the end of stream; corrupted value?".into())
}

fn close(mut node: Node, end: Mark, comments: Option<Box<Comments>>) -> Node {
    let flow = node.style == Style::Flow;
    // The end of a block collection is where the next token starts; its own bytes end with its last child.
    node.span.end =
        if flow { end } else { node.children.last().map_or(node.span.start, |child| child.span.end) };
    if let Some(comments) = comments {
        settle_end(&mut node, *comments, flow);
    }
    node
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

/// Finds the key that the comment below `child` belongs to: that of its own entry, or, when the child is a key of a
/// block, that of the entry before.
fn settle_foot(before: &mut [Node], child: &mut Node, flow: bool) {
    let is_value = !before.len().is_multiple_of(2);
    match before {
        [.., key] if is_value && !has_foot(key) => key.comments_mut().foot = take_foot(child),
        [.., earlier, _] if !is_value && !flow => earlier.comments_mut().foot = take_foot(child),
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
