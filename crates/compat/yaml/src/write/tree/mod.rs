//! Trees: styles, tags, anchors and comments as go-yaml v3 writes a node it has read.

mod pieces;

use crate::{Dialect, Document, Error, Kind, Node, Style};

use super::{
    output::Output,
    scalar::{self, Analysis, Place},
};

use pieces::{check_anchor, end_comment, is_simple_key, key_comment, start_comment, tag_of};

/// How to write trees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeOptions {
    /// Blanks per level, 2 to 9.
    pub indent: usize,
    /// Sequences at the column of their key.
    pub compact_sequences: bool,
}

impl TreeOptions {
    /// As kyaml prints: two blanks, sequences at the column of their key.
    pub fn kyaml() -> Self {
        Self { indent: 2, compact_sequences: true }
    }

    /// The same with sequences indented below their key (kyaml's wide style).
    pub fn wide() -> Self {
        Self { indent: 2, compact_sequences: false }
    }
}

/// The documents as one stream, separated by `---`.
pub fn write_documents(documents: &[Document], options: &TreeOptions) -> Result<String, Error> {
    let mut writer = Writer::new(options);
    for (index, document) in documents.iter().enumerate() {
        writer.document(document, index == 0)?;
    }
    Ok(writer.output.finish())
}

/// One node as a document of its own, as kyaml's `String` prints it.
pub fn write_node(node: &Node, options: &TreeOptions) -> Result<String, Error> {
    let mut writer = Writer::new(options);
    writer.content(node, Comment::default())?;
    Ok(writer.output.finish())
}

/// Where a node stands; decides about its indentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parent {
    Root,
    BlockSequence,
    Key { simple: bool },
    Value,
    FlowItem,
}

/// The comments that go with one step of the writer.
#[derive(Debug, Clone, Copy, Default)]
struct Comment<'n> {
    head: &'n str,
    line: &'n str,
    foot: &'n str,
    tail: &'n str,
}

/// A node's tag as it is written: handle and rest.
#[derive(Debug, Default)]
struct Tag<'n> {
    handle: &'static str,
    suffix: &'n str,
    verbatim: bool,
}

impl Tag<'_> {
    fn is_none(&self) -> bool {
        self.handle.is_empty() && self.suffix.is_empty()
    }

    fn length(&self) -> usize {
        self.handle.len() + self.suffix.len()
    }
}

struct Writer<'n> {
    output: Output,
    compact: bool,
    flow_level: usize,
    depth: usize,
    /// Comments that were met and not yet written.
    pending: Comment<'n>,
    key_line: &'n str,
}

/// Trees nest no deeper than this; a deeper one is refused, so that no stack overflows.
const MAX_DEPTH: usize = 500;

impl<'n> Writer<'n> {
    fn new(options: &TreeOptions) -> Self {
        Self {
            output: Output::new(Dialect::V3, options.indent.clamp(2, 9), usize::MAX),
            compact: options.compact_sequences,
            flow_level: 0,
            depth: 0,
            pending: Comment::default(),
            key_line: "",
        }
    }

    // --- comments ---

    fn meet(&mut self, comment: Comment<'n>) {
        let take = |pending: &mut &'n str, new: &'n str| {
            if !new.is_empty() {
                *pending = new;
            }
        };
        take(&mut self.pending.head, comment.head);
        take(&mut self.pending.line, comment.line);
        take(&mut self.pending.foot, comment.foot);
        take(&mut self.pending.tail, comment.tail);
    }

    fn head_comment(&mut self) {
        let tail = std::mem::take(&mut self.pending.tail);
        if !tail.is_empty() {
            self.output.write_indent();
            self.output.write_comment(tail);
            self.output.foot_indent = self.output.indent.max(0);
        }
        let head = std::mem::take(&mut self.pending.head);
        if !head.is_empty() {
            self.output.write_indent();
            self.output.write_comment(head);
        }
    }

    fn line_comment(&mut self) {
        let line = std::mem::take(&mut self.pending.line);
        if !line.is_empty() {
            if !self.output.whitespace {
                self.output.put(' ');
            }
            self.output.write_comment(line);
        }
    }

    fn foot_comment(&mut self) {
        let foot = std::mem::take(&mut self.pending.foot);
        if !foot.is_empty() {
            self.output.write_indent();
            self.output.write_comment(foot);
            self.output.foot_indent = self.output.indent.max(0);
        }
    }

    fn end_comments(&mut self) {
        self.line_comment();
        self.foot_comment();
    }

    fn has_trailing_comment(&self) -> bool {
        !(self.pending.line.is_empty() && self.pending.foot.is_empty() && self.pending.tail.is_empty())
    }

    // --- documents ---

    fn document(&mut self, document: &'n Document, first: bool) -> Result<(), Error> {
        let comments = document.comments.as_deref();
        self.meet(Comment { head: comments.map_or("", |c| &c.head), ..Comment::default() });
        if !first {
            self.output.write_indent();
            self.output.indicator("---", true, false, false);
            self.output.write_indent();
        }
        if !self.pending.head.is_empty() {
            self.head_comment();
            self.output.put_break();
        }
        self.content(&document.root, Comment { foot: comments.map_or("", |c| &c.foot), ..Comment::default() })
    }

    fn content(&mut self, root: &'n Node, end: Comment<'n>) -> Result<(), Error> {
        self.meet(start_comment(root, ""));
        self.head_comment();
        self.node(root, Parent::Root)?;
        self.meet(end);
        self.output.foot_indent = 0;
        self.foot_comment();
        self.output.foot_indent = -1;
        self.output.write_indent();
        Ok(())
    }

    // --- nodes ---

    /// Writes a node whose first comments were met. What Go does after a scalar or after the start of a collection,
    /// `finish_start` does.
    fn node(&mut self, node: &'n Node, parent: Parent) -> Result<(), Error> {
        match node.kind {
            Kind::Alias => {
                check_anchor(&node.value, "alias")?;
                self.output.indicator("*", true, false, false);
                self.name(&node.value);
                self.finish_start(parent);
                Ok(())
            }
            Kind::Scalar => {
                self.scalar(node, parent)?;
                self.finish_start(parent);
                Ok(())
            }
            Kind::Sequence | Kind::Mapping => self.collection(node, parent),
        }
    }

    fn finish_start(&mut self, parent: Parent) {
        match parent {
            Parent::Key { .. } => {}
            Parent::FlowItem => {
                if self.has_trailing_comment() {
                    self.output.indicator(",", false, false, false);
                }
                self.end_comments();
            }
            _ => self.end_comments(),
        }
    }

    fn name(&mut self, name: &str) {
        self.output.put_ascii(name);
        self.output.whitespace = false;
        self.output.indention = false;
    }

    fn properties(&mut self, node: &'n Node, tag: &Tag<'n>) -> Result<(), Error> {
        if let Some(anchor) = node.anchor.as_deref().filter(|anchor| !anchor.is_empty()) {
            check_anchor(anchor, "anchor")?;
            self.output.indicator("&", true, false, false);
            self.name(anchor);
        }
        if tag.is_none() {
            return Ok(());
        }
        if tag.verbatim {
            self.output.indicator("!<", true, false, false);
            self.tag_content(tag.suffix);
            self.output.indicator(">", false, false, false);
        } else {
            if !self.output.whitespace {
                self.output.put(' ');
            }
            self.name(tag.handle);
            self.tag_content(tag.suffix);
        }
        Ok(())
    }

    fn tag_content(&mut self, content: &str) {
        for byte in content.bytes() {
            let allowed = byte.is_ascii_alphanumeric() || b"_-;/?:@&=+$,.~*'()[]".contains(&byte);
            if allowed {
                self.output.put(char::from(byte));
            } else {
                self.output.put_ascii(&format!("%{byte:02X}"));
            }
        }
        self.output.whitespace = false;
        self.output.indention = false;
    }

    fn scalar(&mut self, node: &'n Node, parent: Parent) -> Result<(), Error> {
        let tag = tag_of(node);
        let text = &node.value;
        let wanted = match node.style {
            Style::Plain | Style::Flow if text.contains('\n') => Style::Literal,
            Style::Flow => Style::Plain,
            style => style,
        };
        let place = Place {
            simple_key: parent == Parent::Key { simple: true },
            flow: self.flow_level > 0,
            in_sequence: parent == Parent::BlockSequence,
        };
        let analysis = Analysis::of(text, Dialect::V3);
        let style = scalar::select(text, &analysis, wanted, place);
        self.properties(node, &tag)?;
        let line = if matches!(style, Style::Literal | Style::Folded) {
            std::mem::take(&mut self.pending.line)
        } else {
            ""
        };
        scalar::write(&mut self.output, text, style, place, &mut |output| {
            if line.is_empty() {
                output.put_break();
                return;
            }
            if !output.whitespace {
                output.put(' ');
            }
            output.write_comment(line);
        });
        Ok(())
    }

    fn collection(&mut self, node: &'n Node, parent: Parent) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::Limit { line: 0, what: "depth", limit: MAX_DEPTH });
        }
        let tag = tag_of(node);
        self.properties(node, &tag)?;
        self.finish_start(parent);
        let flow = self.flow_level > 0 || node.style == Style::Flow || node.children.is_empty();
        match (node.kind, flow) {
            (Kind::Sequence, false) => self.block_sequence(node, parent)?,
            (Kind::Sequence, true) => self.flow_sequence(node, parent)?,
            (_, false) => self.block_mapping(node, parent)?,
            (_, true) => self.flow_mapping(node, parent)?,
        }
        self.depth -= 1;
        Ok(())
    }

    fn block_sequence(&mut self, node: &'n Node, parent: Parent) -> Result<(), Error> {
        let in_mapping = matches!(parent, Parent::Value | Parent::Key { .. });
        let compact = in_mapping && (self.output.column == 0 || !self.output.indention) && self.compact;
        let before = self.output.increase_indent(false, parent == Parent::BlockSequence, false, compact);
        for item in &node.children {
            self.meet(start_comment(item, ""));
            self.head_comment();
            self.output.write_indent();
            self.output.indicator("-", true, false, true);
            self.node(item, Parent::BlockSequence)?;
        }
        self.meet(end_comment(node, parent, ""));
        self.output.indent = before;
        Ok(())
    }

    fn block_mapping(&mut self, node: &'n Node, parent: Parent) -> Result<(), Error> {
        let before = self.output.increase_indent(false, parent == Parent::BlockSequence, false, false);
        let mut tail = "";
        for (key, value) in node.entries() {
            self.meet(key_comment(key, tail));
            tail = key.foot_comment();
            self.head_comment();
            self.output.write_indent();
            if !self.pending.line.is_empty() {
                self.key_line = std::mem::take(&mut self.pending.line);
            }
            let simple = is_simple_key(key);
            if !simple {
                self.output.indicator("?", true, false, true);
            }
            self.node(key, Parent::Key { simple })?;
            self.meet(start_comment(value, ""));
            if simple {
                self.output.indicator(":", false, false, false);
            } else {
                self.output.write_indent();
                self.output.indicator(":", true, false, true);
            }
            self.settle_key_line(value);
            self.node(value, Parent::Value)?;
        }
        self.meet(end_comment(node, parent, tail));
        self.head_comment();
        self.output.indent = before;
        Ok(())
    }

    /// A comment behind a key goes behind its scalar value, or stays where it is if a block follows.
    fn settle_key_line(&mut self, value: &Node) {
        if self.key_line.is_empty() {
            return;
        }
        if value.kind == Kind::Scalar {
            if self.pending.line.is_empty() {
                self.pending.line = std::mem::take(&mut self.key_line);
            }
        } else if value.kind != Kind::Alias && value.style != Style::Flow {
            std::mem::swap(&mut self.pending.line, &mut self.key_line);
            self.line_comment();
            std::mem::swap(&mut self.pending.line, &mut self.key_line);
        }
    }

    fn flow_sequence(&mut self, node: &'n Node, parent: Parent) -> Result<(), Error> {
        self.output.indicator("[", true, true, false);
        let before = self.output.increase_indent(true, parent == Parent::BlockSequence, false, false);
        self.flow_level += 1;
        let mut comma = false;
        for item in &node.children {
            self.meet(start_comment(item, ""));
            if comma {
                self.output.indicator(",", false, false, false);
            }
            self.head_comment();
            if self.output.column == 0 {
                self.output.write_indent();
            }
            comma = !self.has_trailing_comment();
            self.node(item, Parent::FlowItem)?;
        }
        self.meet(end_comment(node, parent, ""));
        self.flow_level -= 1;
        self.output.indent = before;
        if self.output.column == 0 {
            self.output.write_indent();
        }
        self.output.indicator("]", false, false, false);
        self.end_comments();
        Ok(())
    }

    fn flow_mapping(&mut self, node: &'n Node, parent: Parent) -> Result<(), Error> {
        self.output.indicator("{", true, true, false);
        let before = self.output.increase_indent(true, parent == Parent::BlockSequence, false, false);
        self.flow_level += 1;
        let mut comma = false;
        let mut tail = "";
        for (key, value) in node.entries() {
            self.meet(key_comment(key, tail));
            tail = key.foot_comment();
            if comma {
                self.output.indicator(",", false, false, false);
            }
            self.head_comment();
            if self.output.column == 0 {
                self.output.write_indent();
            }
            let simple = is_simple_key(key);
            if !simple {
                self.output.indicator("?", true, false, false);
            }
            self.node(key, Parent::Key { simple })?;
            self.meet(start_comment(value, ""));
            self.output.indicator(":", !simple, false, false);
            comma = !self.has_trailing_comment();
            self.node(value, Parent::FlowItem)?;
        }
        self.meet(end_comment(node, parent, tail));
        let pending = &self.pending;
        let commented = !(pending.head.is_empty() && pending.foot.is_empty() && pending.tail.is_empty());
        if commented && comma {
            self.output.indicator(",", false, false, false);
        }
        self.head_comment();
        self.flow_level -= 1;
        self.output.indent = before;
        self.output.indicator("}", false, false, false);
        self.end_comments();
        Ok(())
    }
}
