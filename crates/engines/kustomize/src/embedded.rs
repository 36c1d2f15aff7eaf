//! JSON and YAML inside of text fields, which replacements may change.

use ferroflux_yaml as yaml;

use crate::{
    node::{Node, Tag},
    objects::expand,
};

/// JSON or YAML that is the text of a field: as it was written, and as a tree to change.
pub(crate) struct Embedded {
    document: yaml::Document,
    pub(crate) node: Node,
}

impl Embedded {
    /// Reads the text; nothing if it is empty or malformed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return None;
        }
        let documents = yaml::read_documents(text.as_bytes(), &crate::limits::kyaml()).ok()?;
        let document = documents.into_iter().next()?;
        let node = expand(&document.root).ok()?;
        Some(Self { document, node })
    }

    /// The changed tree as YAML in which everything that did not change looks as it did.
    pub(crate) fn into_yaml(mut self) -> Option<String> {
        write_back(&mut self.document.root, &self.node);
        yaml::write_documents(&[self.document], &yaml::TreeOptions::kyaml()).ok()
    }
}

fn write_back(written: &mut yaml::Node, node: &Node) {
    match (written.kind, node) {
        // What an alias stands for is written where its anchor is.
        (yaml::Kind::Alias, _) => {}
        (yaml::Kind::Scalar, Node::Scalar(scalar)) => {
            if written.value != *scalar.text {
                written.value = scalar.text.to_string();
            }
        }
        (yaml::Kind::Sequence, Node::Sequence(items)) => {
            let known = written.children.len();
            for (child, item) in written.children.iter_mut().zip(items.iter()) {
                write_back(child, item);
            }
            written.children.extend(items.iter().skip(known).map(new_yaml));
        }
        (yaml::Kind::Mapping, Node::Mapping(entries)) => {
            let merges = written.get("<<").is_some();
            for (key, value) in entries.iter() {
                if let Some(child) = written.get_mut(&key.text) {
                    write_back(child, value);
                } else if !merges {
                    written.children.push(yaml::Node::plain(&*key.text));
                    written.children.push(new_yaml(value));
                }
            }
        }
        _ => *written = new_yaml(node),
    }
}

fn new_yaml(node: &Node) -> yaml::Node {
    match node {
        Node::Scalar(scalar) if scalar.is_quoted() || scalar.tag == Tag::String => {
            yaml::Node::string(&*scalar.text)
        }
        Node::Scalar(scalar) => yaml::Node::plain(&*scalar.text),
        Node::Sequence(items) => {
            let mut list = yaml::Node::new(yaml::Kind::Sequence);
            list.children = items.iter().map(new_yaml).collect();
            list
        }
        Node::Mapping(entries) => {
            let mut map = yaml::Node::new(yaml::Kind::Mapping);
            map.children = entries
                .iter()
                .flat_map(|(key, value)| [yaml::Node::plain(&*key.text), new_yaml(value)])
                .collect();
            map
        }
    }
}
