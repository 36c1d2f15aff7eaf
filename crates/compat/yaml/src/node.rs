//! The tree of a document: what was written, where, and how.

use crate::{Dialect, Scalar, resolve_plain};

/// A place in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// Bytes from the start of the input (a byte order mark counts).
    pub offset: usize,
    /// Line, from 0.
    pub line: u32,
    /// Characters from the start of the line, from 0.
    pub column: u32,
}

/// The bytes of one node without anchor, tag and comments: for a scalar the token with its quotes, or the block
/// indicator and all its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first byte.
    pub start: Mark,
    /// One past the last byte.
    pub end: Mark,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text; its meaning depends on style, tag and dialect.
    Scalar,
    /// A list: [`Node::children`] are its items.
    Sequence,
    /// A map: [`Node::children`] are key, value, key, value…
    Mapping,
    /// `*name`: [`Node::value`] is the name.
    Alias,
}

/// How a node is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// A scalar without quotes, or a collection in block form.
    #[default]
    Plain,
    /// `'text'`
    SingleQuoted,
    /// `"text"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// A collection in brackets or braces.
    Flow,
}

/// The comments that belong to a node, each with its `#`, lines joined by line feeds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comments {
    /// Above the node.
    pub head: String,
    /// After it, on its line.
    pub line: String,
    /// Below it, before an empty line.
    pub foot: String,
}

/// One node of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// How it was written, and how it will be.
    pub style: Style,
    /// The tag that stands before it, short (`!!int`) where it is one of YAML's own.
    pub tag: Option<Box<str>>,
    /// The name after `&`.
    pub anchor: Option<Box<str>>,
    /// The text of a scalar or the name in an alias.
    pub value: String,
    /// Items, or keys and values in turn.
    pub children: Vec<Node>,
    /// Comments, if it has any.
    pub comments: Option<Box<Comments>>,
    /// Where it begins, anchor and tag included; all zero for a node made by hand.
    pub start: Mark,
    /// Where its content stands in the input; all zero for a node made by hand.
    pub span: Span,
}

/// One document of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its only node; an empty document holds an empty plain scalar, which means null.
    pub root: Node,
    /// The comments above `---` or above everything, and those after the document's end.
    pub comments: Option<Box<Comments>>,
    /// From its first token to its last, `---` and `...` included.
    pub span: Span,
    /// Whether it starts with `---`.
    pub explicit_start: bool,
}

impl Node {
    /// A node of `kind` without content.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            style: Style::Plain,
            tag: None,
            anchor: None,
            value: String::new(),
            children: Vec::new(),
            comments: None,
            start: Mark::default(),
            span: Span::default(),
        }
    }

    /// A plain scalar with this text, whatever it may mean.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { value: text.into(), ..Self::new(Kind::Scalar) }
    }

    /// A string: tagged so that it stays one; the writer adds quotes where the text needs them.
    pub fn string(text: impl Into<String>) -> Self {
        Self { value: text.into(), tag: None, style: Style::Plain, ..Self::new(Kind::Scalar) }
            .quoted_if_needed()
    }

    fn quoted_if_needed(mut self) -> Self {
        if !matches!(resolve_plain(&self.value, Dialect::V3), Scalar::String) {
            self.style = Style::DoubleQuoted;
        }
        self
    }

    /// The value of the key `key` in a mapping; of two equal keys the first.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .find(|(name, _)| name.kind == Kind::Scalar && name.value == key)
            .map(|(_, value)| value)
    }

    /// Like [`Node::get`], to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        if self.kind != Kind::Mapping {
            return None;
        }
        let (pairs, _) = self.children.as_chunks_mut::<2>();
        pairs
            .iter_mut()
            .find(|[name, _]| name.kind == Kind::Scalar && name.value == key)
            .map(|[_, value]| value)
    }

    /// Keys and values of a mapping, in order; nothing for other kinds.
    pub fn entries(&self) -> impl Iterator<Item = (&Node, &Node)> + Clone {
        let children: &[Node] = if self.kind == Kind::Mapping { &self.children } else { &[] };
        children.as_chunks::<2>().0.iter().map(|[key, value]| (key, value))
    }

    /// Items of a sequence; nothing for other kinds.
    pub fn items(&self) -> impl Iterator<Item = &Node> {
        let children: &[Node] = if self.kind == Kind::Sequence { &self.children } else { &[] };
        children.iter()
    }

    /// The comment after the node on its line, with its `#`; empty if there is none.
    pub fn line_comment(&self) -> &str {
        self.comments.as_ref().map_or("", |c| &c.line)
    }

    /// The comment above the node; empty if there is none.
    pub fn head_comment(&self) -> &str {
        self.comments.as_ref().map_or("", |c| &c.head)
    }

    /// The comment below the node; empty if there is none.
    pub fn foot_comment(&self) -> &str {
        self.comments.as_ref().map_or("", |c| &c.foot)
    }

    /// The comments, to change them.
    pub fn comments_mut(&mut self) -> &mut Comments {
        self.comments.get_or_insert_default()
    }

    /// Whether the scalar is a string by its quotes or block style, whatever its text.
    pub fn is_quoted(&self) -> bool {
        self.kind == Kind::Scalar && self.style != Style::Plain
    }

    /// What the node's tag is, said or implied: `!!str`, `!!int`, `!!map`… (`ShortTag` in Go).
    pub fn short_tag(&self, dialect: Dialect) -> &str {
        if let Some(tag) = self.tag.as_deref().filter(|tag| *tag != "!") {
            return tag;
        }
        match self.kind {
            Kind::Mapping => "!!map",
            Kind::Sequence => "!!seq",
            Kind::Alias => "",
            Kind::Scalar if self.style != Style::Plain => "!!str",
            Kind::Scalar if self.value == "<<" => "!!merge",
            Kind::Scalar => resolve_plain(&self.value, dialect).tag(),
        }
    }
}
