//! The tree that transformers work on: scalars that keep their source text, maps that keep their order.
//!
//! Text is kept because kustomize works on text: a number copied into an annotation keeps its spelling, a merge
//! key is compared by what was written, and what a scalar means is decided once, when the object is printed.
//! Collections are shared until they are changed, so a base that twenty overlays use is held once.

use std::sync::Arc;

use ferroflux_yaml::{Dialect, Scalar as Meaning, resolve_plain};

/// What a scalar says about its own type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// Nothing: the text decides when it is printed.
    Untyped,
    Null,
    Bool,
    Int,
    Float,
    String,
    Timestamp,
    /// A key that merges another mapping.
    Merge,
}

/// One scalar: its text and what is known about its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub(crate) text: Arc<str>,
    pub(crate) tag: Tag,
    /// How it was written; a value that replaces the text keeps this.
    pub(crate) style: Style,
}

/// How a scalar was written, as far as it matters for what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    /// In quotes, or as a literal block.
    Quoted,
    /// As a folded block, whose text does not survive the reference's detour over YAML unchanged.
    Folded,
}

/// A value in an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Scalar(Scalar),
    Sequence(Arc<Vec<Node>>),
    Mapping(Arc<Vec<Entry>>),
}

/// A key and its value.
pub(crate) type Entry = (Scalar, Node);

/// The three kinds of nodes, as errors name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar,
    Sequence,
    Mapping,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Scalar => "ScalarNode",
            Self::Sequence => "SequenceNode",
            Self::Mapping => "MappingNode",
        }
    }

    /// An empty node of this kind, as it is created on the way to a field.
    pub(crate) fn empty(self) -> Node {
        match self {
            Self::Scalar => Node::Scalar(Scalar::untyped("")),
            Self::Sequence => Node::Sequence(Arc::default()),
            Self::Mapping => Node::Mapping(Arc::default()),
        }
    }
}

impl Scalar {
    pub(crate) fn new(text: impl Into<Arc<str>>, tag: Tag) -> Self {
        Self { text: text.into(), tag, style: Style::Plain }
    }

    /// Text whose meaning is decided when it is printed.
    pub(crate) fn untyped(text: impl Into<Arc<str>>) -> Self {
        Self::new(text, Tag::Untyped)
    }

    /// A string, whatever it looks like.
    pub(crate) fn string(text: impl Into<Arc<str>>) -> Self {
        Self::new(text, Tag::String)
    }

    pub(crate) fn null() -> Self {
        Self::new("null", Tag::Null)
    }

    /// Whether the tag says null, however it is printed.
    pub(crate) fn is_null(&self) -> bool {
        self.tag == Tag::Null
    }

    /// Whether it was written in a way that makes it a string.
    pub(crate) fn is_quoted(&self) -> bool {
        self.style != Style::Plain
    }

    /// Puts quotes around text that would read as something else.
    pub(crate) fn quote_if_ambiguous(&mut self) {
        if self.is_string() && !self.is_quoted() && reads_as_other_type(&self.text) {
            self.style = Style::Quoted;
        }
    }

    /// Whether it is printed as a string whatever its text, and its text as it stands.
    pub(crate) fn prints_as_string(&self) -> bool {
        self.style != Style::Folded
            && (self.tag == Tag::String || (self.is_quoted() && self.tag == Tag::Untyped))
    }

    /// Whether transformers treat it as a string.
    pub(crate) fn is_string(&self) -> bool {
        matches!(self.tag, Tag::String | Tag::Untyped)
    }
}

/// Whether a YAML 1.1 reader would take this plain text for something else than a string.
pub(crate) fn reads_as_other_type(text: &str) -> bool {
    !text.is_empty()
        && !text.contains('\n')
        && (!matches!(resolve_plain(text, Dialect::V2), Meaning::String) || looks_like_collection(text))
}

/// `{}` and the like: text that is a flow collection when it stands alone.
fn looks_like_collection(text: &str) -> bool {
    matches!(text.as_bytes().first(), Some(b'{' | b'['))
        && ferroflux_yaml::read_value(text.as_bytes(), &crate::limits::sigs())
            .is_ok_and(|value| !value.is_string())
}

impl Node {
    pub(crate) fn string(text: impl Into<Arc<str>>) -> Self {
        Self::Scalar(Scalar::string(text))
    }

    pub(crate) fn untyped(text: impl Into<Arc<str>>) -> Self {
        Self::Scalar(Scalar::untyped(text))
    }

    pub(crate) fn null() -> Self {
        Self::Scalar(Scalar::null())
    }

    pub(crate) fn sequence(items: Vec<Node>) -> Self {
        Self::Sequence(Arc::new(items))
    }

    pub(crate) fn mapping(entries: Vec<Entry>) -> Self {
        Self::Mapping(Arc::new(entries))
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Scalar(_) => Kind::Scalar,
            Self::Sequence(_) => Kind::Sequence,
            Self::Mapping(_) => Kind::Mapping,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Scalar(scalar) if scalar.is_null())
    }

    /// Null, `{}` or `[]`.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Scalar(scalar) => scalar.is_null(),
            Self::Sequence(items) => items.is_empty(),
            Self::Mapping(entries) => entries.is_empty(),
        }
    }

    pub(crate) fn is_empty_mapping(&self) -> bool {
        matches!(self, Self::Mapping(entries) if entries.is_empty())
    }

    /// The text of a scalar; nothing for collections.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Scalar(scalar) => &scalar.text,
            _ => "",
        }
    }

    pub(crate) fn as_scalar(&self) -> Option<&Scalar> {
        match self {
            Self::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        match self {
            Self::Mapping(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self) -> &[Node] {
        match self {
            Self::Sequence(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn entries_mut(&mut self) -> Option<&mut Vec<Entry>> {
        match self {
            Self::Mapping(entries) => Some(Arc::make_mut(entries)),
            _ => None,
        }
    }

    pub(crate) fn items_mut(&mut self) -> Option<&mut Vec<Node>> {
        match self {
            Self::Sequence(items) => Some(Arc::make_mut(items)),
            _ => None,
        }
    }

    /// The value of a key; of two equal keys the first.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|(name, _)| &*name.text == key).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        // Looked up first so that a missing key does not unshare the mapping.
        let index = self.position(key)?;
        self.entries_mut()?.get_mut(index).map(|(_, value)| value)
    }

    pub(crate) fn position(&self, key: &str) -> Option<usize> {
        self.entries().iter().position(|(name, _)| &*name.text == key)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Node> {
        let index = self.position(key)?;
        self.entries_mut().map(|entries| entries.remove(index).1)
    }

    /// Sets a field as `FieldSetter` of the library does: a scalar that replaces a value keeps the quotes of the
    /// old one; a new scalar is quoted if its text is ambiguous.
    pub(crate) fn set(&mut self, key: &str, mut value: Node) {
        let Some(entries) = self.entries_mut() else { return };
        if let Some((_, old)) = entries.iter_mut().find(|(name, _)| &*name.text == key) {
            if let (Self::Scalar(new), Self::Scalar(old)) = (&mut value, &*old) {
                new.style = old.style;
            }
            *old = value;
            return;
        }
        if let Self::Scalar(scalar) = &mut value {
            scalar.quote_if_ambiguous();
        }
        entries.push((Scalar::untyped(key), value));
    }

    /// The mapping below `key`, created if it is missing or null. Nothing if another kind stands there.
    pub(crate) fn mapping_at(&mut self, key: &str) -> Option<&mut Node> {
        match self.position(key) {
            Some(index) => {
                let value = &mut self.entries_mut()?.get_mut(index)?.1;
                if value.is_null() {
                    *value = Kind::Mapping.empty();
                }
                matches!(value, Self::Mapping(_)).then_some(value)
            }
            None => {
                let entries = self.entries_mut()?;
                entries.push((Scalar::untyped(key), Kind::Mapping.empty()));
                entries.last_mut().map(|(_, value)| value)
            }
        }
    }

    /// Replaces the text of a scalar and keeps its quotes.
    pub(crate) fn set_scalar(&mut self, text: impl Into<Arc<str>>, tag: Tag) {
        if let Self::Scalar(scalar) = self {
            scalar.text = text.into();
            scalar.tag = tag;
        }
    }
}
