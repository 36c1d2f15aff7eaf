//! What goes with a node: its comments, its tag, and whether it fits on one line as a key.

use crate::{Error, Kind, Node, Style};

use super::{Comment, Parent, Tag, scalar};

/// The comments that Go hands over with a scalar, an alias or the start of a collection.
pub(super) fn start_comment<'n>(node: &'n Node, tail: &'n str) -> Comment<'n> {
    match node.kind {
        Kind::Scalar => {
            Comment { head: node.head_comment(), line: node.line_comment(), foot: node.foot_comment(), tail }
        }
        Kind::Alias => Comment {
            head: node.head_comment(),
            line: node.line_comment(),
            foot: node.foot_comment(),
            tail: "",
        },
        Kind::Mapping => Comment { head: node.head_comment(), tail, ..Comment::default() },
        Kind::Sequence => Comment { head: node.head_comment(), ..Comment::default() },
    }
}

/// A key's comment below it is written before the next key.
pub(super) fn key_comment<'n>(key: &'n Node, tail: &'n str) -> Comment<'n> {
    Comment { foot: "", ..start_comment(key, tail) }
}

pub(super) fn end_comment<'n>(node: &'n Node, parent: Parent, tail: &'n str) -> Comment<'n> {
    let foot = if matches!(parent, Parent::Key { .. }) { "" } else { node.foot_comment() };
    Comment { line: node.line_comment(), foot, tail, ..Comment::default() }
}

pub(super) fn check_anchor(name: &str, what: &str) -> Result<(), Error> {
    let problem = if name.is_empty() {
        "must not be empty"
    } else if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
        "must contain alphanumerical characters only"
    } else {
        return Ok(());
    };
    Err(Error::Invalid(format!("{what} value {problem}")))
}

pub(super) fn split_tag(tag: &str) -> Tag<'_> {
    if let Some(suffix) = tag.strip_prefix("!!") {
        Tag { handle: "!!", suffix, verbatim: false }
    } else if let Some(suffix) = tag.strip_prefix('!') {
        Tag { handle: "!", suffix, verbatim: false }
    } else {
        Tag { handle: "", suffix: tag, verbatim: true }
    }
}

pub(super) fn tag_of(node: &Node) -> Tag<'_> {
    match node.tag.as_deref() {
        Some(tag) => split_tag(tag),
        // Go knows the merge key by its tag, which the text alone does not imply for its writer.
        None if node.kind == Kind::Scalar && node.style == Style::Plain && node.value == "<<" => {
            split_tag("!!merge")
        }
        None => Tag::default(),
    }
}

/// Whether a key goes on one line with its value.
pub(super) fn is_simple_key(key: &Node) -> bool {
    let anchor = key.anchor.as_deref().map_or(0, str::len);
    let length = match key.kind {
        Kind::Alias => key.value.len(),
        Kind::Scalar if key.value.contains(scalar::is_break) => return false,
        Kind::Scalar => anchor + tag_of(key).length() + key.value.len(),
        Kind::Sequence | Kind::Mapping if !key.children.is_empty() => return false,
        Kind::Sequence | Kind::Mapping => anchor + tag_of(key).length(),
    };
    length <= 128
}
