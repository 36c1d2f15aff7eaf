//! From the text of a resource file to objects: documents, anchors, lists, and what every object must have.

use std::{collections::HashMap, sync::Arc};

use ferroflux_yaml as yaml;

use crate::{
    error::Error,
    node::{Entry, Node, Scalar, Style, Tag},
    value,
};

/// How many nodes one document may have after its aliases are expanded. Go stops at ten million decoded nodes;
/// no manifest comes near either.
const MAX_EXPANDED_NODES: usize = 2_000_000;

/// The objects in `content`, with lists taken apart: what they hold comes after everything else.
pub(crate) fn parse_objects(content: &[u8]) -> Result<Vec<Node>, Error> {
    let nodes = read_nodes(content)?;
    inline_lists(drop_empty(nodes)?)
}

fn read_nodes(content: &[u8]) -> Result<Vec<Node>, Error> {
    let normalised;
    let mut content = content;
    if content.windows(2).any(|pair| pair == b"\r\n") {
        normalised = without_carriage_returns(content);
        content = &normalised;
    }
    let chunks = split_documents(content)?;
    let single = chunks.len() == 1;
    let mut nodes = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let Some(root) = first_document(chunk)? else { continue };
        if single && is_wrapping_list(&root) {
            let mut expander = Expander::new(&root);
            if let Some(items) = root.get("items") {
                for item in items.items() {
                    nodes.push(expander.node(item, false)?);
                }
            }
            continue;
        }
        nodes.push(expand(&root)?);
    }
    Ok(nodes)
}

fn first_document(content: &[u8]) -> Result<Option<yaml::Node>, Error> {
    let read = |content: &[u8]| yaml::read_documents(content, &crate::limits::kyaml());
    let documents = match read(content) {
        Ok(documents) => documents,
        Err(error) => {
            // Text behind a JSON object is never looked at by the reference.
            let object = first_json_object(content).ok_or_else(|| Error::malformed(&error))?;
            read(object).map_err(|_| Error::malformed(&error))?
        }
    };
    let root = documents.into_iter().next().map(|document| document.root);
    Ok(root.filter(|root| root.short_tag(yaml::Dialect::V3) != "!!null"))
}

fn first_json_object(content: &[u8]) -> Option<&[u8]> {
    let start = content.iter().position(|byte| !byte.is_ascii_whitespace())?;
    if content.get(start) != Some(&b'{') {
        return None;
    }
    let mut stream = serde_json::Deserializer::from_slice(content).into_iter::<serde_json::Value>();
    stream.next()?.ok()?;
    let end = stream.byte_offset();
    (end < content.len()).then(|| content.get(..end)).flatten()
}

fn without_carriage_returns(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut bytes = content.iter().peekable();
    while let Some(&byte) = bytes.next() {
        if byte == b'\r' && bytes.peek() == Some(&&b'\n') {
            continue;
        }
        out.push(byte);
    }
    out
}

/// Cuts at lines that start with `---`; the first line of the text is not one of them.
fn split_documents(content: &[u8]) -> Result<Vec<&[u8]>, Error> {
    let mut chunks = Vec::new();
    if content.is_empty() {
        return Ok(chunks);
    }
    let (mut start, mut search) = (0, 0);
    while let Some(found) = find(content, search, b"\n---") {
        let Some(end) = find(content, found + 1, b"\n") else { break };
        let separator = content.get(found + 1..end).unwrap_or_default();
        let rest = separator.get(3..).unwrap_or_default().trim_ascii();
        if !rest.is_empty() && !rest.starts_with(b"#") {
            let line = String::from_utf8_lossy(separator.trim_ascii()).into_owned();
            return Err(Error::yaml(format!("invalid document separator: {line}")));
        }
        // The line feed belongs to the document before.
        chunks.push(content.get(start..=found).unwrap_or_default());
        start = end + 1;
        search = start;
    }
    chunks.push(content.get(start..).unwrap_or_default());
    Ok(chunks)
}

fn find(content: &[u8], from: usize, needle: &[u8]) -> Option<usize> {
    let haystack = content.get(from..)?;
    haystack.windows(needle.len()).position(|window| window == needle).map(|index| from + index)
}

fn is_wrapping_list(root: &yaml::Node) -> bool {
    let kind = root.get("kind").map(|kind| kind.value.as_str());
    matches!(kind, Some("List" | "ResourceList"))
        && (root.get("items").is_some() || root.get("functionConfig").is_some())
}

fn drop_empty(nodes: Vec<Node>) -> Result<Vec<Node>, Error> {
    let mut kept = Vec::with_capacity(nodes.len());
    for node in nodes {
        if node.is_empty() {
            continue;
        }
        check_metadata(&node)?;
        kept.push(node);
    }
    Ok(kept)
}

/// Every object has a kind and a name; lists need no name.
fn check_metadata(node: &Node) -> Result<(), Error> {
    let field = |name: &str| node.get(name).filter(|value| !value.is_empty()).map_or("", Node::text);
    let known = |name: &str| node.get(name).is_some_and(|value| !value.is_empty());
    let metadata = node.get("metadata").filter(|value| !value.is_empty());
    if !known("apiVersion") && !known("kind") && metadata.is_none_or(|metadata| !has_metadata(metadata)) {
        return Err(Error::yaml("missing Resource metadata"));
    }
    let kind = field("kind");
    if kind.is_empty() {
        return Err(Error::yaml(format!("missing kind in object {}", describe(node))));
    }
    if kind.ends_with("List") {
        return Ok(());
    }
    if metadata
        .and_then(|metadata| metadata.get("name"))
        .is_none_or(|name| name.is_null() || name.text().is_empty())
    {
        return Err(Error::yaml(format!("missing metadata.name in object {}", describe(node))));
    }
    Ok(())
}

fn has_metadata(metadata: &Node) -> bool {
    ["name", "namespace", "labels", "annotations"]
        .iter()
        .any(|field| metadata.get(field).is_some_and(|value| !value.is_empty()))
}

/// Type and name of an object in the way Go prints the struct; labels and annotations included, data never.
fn describe(node: &Node) -> String {
    let text = |node: &Node, name: &str| node.get(name).map_or("", Node::text).to_owned();
    let metadata = node.get("metadata").cloned().unwrap_or_else(Node::null);
    let map = |name: &str| {
        let mut pairs: Vec<String> = metadata
            .get(name)
            .map(Node::entries)
            .unwrap_or_default()
            .iter()
            .map(|(key, value)| format!("{}:{}", key.text, value.text()))
            .collect();
        pairs.sort();
        format!("map[{}]", pairs.join(" "))
    };
    format!(
        "{{{{{} {}}} {{{{{} {}}} {} {}}}}}",
        text(node, "apiVersion"),
        text(node, "kind"),
        text(&metadata, "name"),
        text(&metadata, "namespace"),
        map("labels"),
        map("annotations")
    )
}

/// Replaces lists by their items, which go to the end.
fn inline_lists(nodes: Vec<Node>) -> Result<Vec<Node>, Error> {
    let mut queue: std::collections::VecDeque<Node> = nodes.into();
    let mut objects = Vec::with_capacity(queue.len());
    while let Some(node) = queue.pop_front() {
        let kind = node.get("kind").map_or("", Node::text).to_owned();
        if !kind.ends_with("List") {
            objects.push(node);
            continue;
        }
        match node.get("items") {
            None => objects.push(node),
            Some(Node::Sequence(items)) => {
                let mut inner = Vec::with_capacity(items.len());
                for item in items.iter() {
                    inner.extend(list_item(&kind, item)?);
                }
                queue.extend(drop_empty(inner)?);
            }
            Some(items) if items.is_null() => {}
            Some(items) => {
                return Err(Error::yaml(format!(
                    "expected array in {kind}/items, but found {}",
                    value::go_type(items)
                )));
            }
        }
    }
    Ok(objects)
}

/// One item of a list as it comes out of its JSON form; a list in a list is opened at once if it is a plain one.
fn list_item(kind: &str, item: &Node) -> Result<Vec<Node>, Error> {
    let json =
        value::to_json(item).map_err(|error| error.context(format!("trouble expanding list of {kind}")))?;
    let node = value::from_json(&json);
    let wraps = matches!(node.get("kind").map(Node::text), Some("List" | "ResourceList"));
    match node.get("items") {
        Some(items) if wraps => Ok(items.items().to_vec()),
        _ => Ok(vec![node]),
    }
}

/// The tree of one document.
pub(crate) fn expand(root: &yaml::Node) -> Result<Node, Error> {
    Expander::new(root).node(root, false)
}

/// Turns the reader's tree into ours: anchors, aliases and merge keys are gone afterwards.
struct Expander<'y> {
    anchors: HashMap<*const yaml::Node, &'y yaml::Node>,
    open: Vec<*const yaml::Node>,
    nodes: usize,
    keys: HashMap<&'y str, Arc<str>>,
    /// Keys on the way to the node in hand; only the first three matter.
    path: Vec<&'y str>,
}

impl<'y> Expander<'y> {
    fn new(root: &'y yaml::Node) -> Self {
        let mut anchors = HashMap::new();
        collect_anchors(root, &mut HashMap::new(), &mut anchors);
        Self { anchors, open: Vec::new(), nodes: 0, keys: HashMap::new(), path: Vec::new() }
    }

    fn node(&mut self, node: &'y yaml::Node, flow: bool) -> Result<Node, Error> {
        self.nodes += 1;
        if self.nodes > MAX_EXPANDED_NODES {
            return Err(Error::new(
                crate::ErrorKind::Limit,
                format!("document has more than {MAX_EXPANDED_NODES} nodes after its aliases are expanded"),
            ));
        }
        let flow = flow || node.style == yaml::Style::Flow;
        match node.kind {
            yaml::Kind::Alias => {
                let target = self.enter_alias(node)?;
                let expanded = self.node(target, flow)?;
                self.open.pop();
                Ok(expanded)
            }
            yaml::Kind::Scalar => scalar(node, flow).map(Node::Scalar),
            yaml::Kind::Sequence => {
                self.path.push("");
                let mut items = Vec::with_capacity(node.children.len());
                for child in &node.children {
                    items.push(self.node(child, flow)?);
                }
                self.path.pop();
                Ok(Node::sequence(items))
            }
            yaml::Kind::Mapping => self.mapping(node, flow),
        }
    }

    fn enter_alias(&mut self, node: &'y yaml::Node) -> Result<&'y yaml::Node, Error> {
        let address = std::ptr::from_ref(node);
        let target =
            self.anchors.get(&address).copied().ok_or_else(|| {
                Error::malformed(format!("yaml: unknown anchor '{}' referenced", node.value))
            })?;
        if self.open.contains(&address) {
            return Err(Error::yaml(format!("anchor '{}' value contains itself", node.value)));
        }
        self.open.push(address);
        Ok(target)
    }

    fn mapping(&mut self, node: &'y yaml::Node, flow: bool) -> Result<Node, Error> {
        let mut entries: Vec<Entry> = Vec::with_capacity(node.children.len() / 2);
        let mut merge = None;
        for (key, value) in node.entries() {
            if key.kind == yaml::Kind::Scalar && key.short_tag(yaml::Dialect::V3) == "!!merge" {
                if merge.is_some() {
                    return Err(Error::yaml("duplicate merge key"));
                }
                merge = Some(value);
                continue;
            }
            let key_scalar = self.key(key)?;
            self.path.push(if key.kind == yaml::Kind::Scalar { &key.value } else { "" });
            let value = self.node(value, flow)?;
            self.path.pop();
            entries.push((key_scalar, value));
        }
        if let Some(sources) = merge {
            entries = self.merged(sources, entries, flow)?;
        }
        self.check_duplicates(node, &mut entries)?;
        Ok(Node::mapping(entries))
    }

    /// Equal keys are an error, except among annotations, which are rewritten in any case: there the last counts.
    fn check_duplicates(&self, node: &yaml::Node, entries: &mut Vec<Entry>) -> Result<(), Error> {
        let mut seen: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
        let mut repeated = None;
        for (index, (key, _)) in entries.iter().enumerate() {
            if let Some(first) = seen.insert(&key.text, index) {
                repeated = Some((first, Arc::clone(&key.text)));
                break;
            }
        }
        let Some((_, name)) = repeated else { return Ok(()) };
        if self.path == ["metadata", "annotations"] {
            let mut last: Vec<Entry> = Vec::with_capacity(entries.len());
            for (key, value) in entries.drain(..) {
                match last.iter_mut().find(|(known, _)| known.text == key.text) {
                    Some(known) => known.1 = value,
                    None => last.push((key, value)),
                }
            }
            *entries = last;
            return Ok(());
        }
        let lines: Vec<u32> = node
            .entries()
            .filter(|(key, _)| *key.value == *name)
            .map(|(key, _)| key.span.start.line + 1)
            .collect();
        Err(Error::yaml(format!(
            "yaml: unmarshal errors:\n  line {}: mapping key {} already defined at line {}",
            lines.get(1).copied().unwrap_or_default(),
            crate::error::quote(&name),
            lines.first().copied().unwrap_or_default()
        )))
    }

    fn key(&mut self, key: &'y yaml::Node) -> Result<Scalar, Error> {
        match key.kind {
            yaml::Kind::Scalar => {
                let mut scalar = scalar(key, false)?;
                if let Some(known) = self.keys.get(key.value.as_str()) {
                    scalar.text = Arc::clone(known);
                } else {
                    self.keys.insert(&key.value, Arc::clone(&scalar.text));
                }
                Ok(scalar)
            }
            yaml::Kind::Alias => {
                let target = self.enter_alias(key)?;
                let key = self.key(target)?;
                self.open.pop();
                Ok(key)
            }
            yaml::Kind::Mapping | yaml::Kind::Sequence => {
                Err(Error::yaml("yaml: invalid map key: a key must be a scalar"))
            }
        }
    }

    /// Entries of merged mappings in front, overwritten in place by the mapping's own.
    fn merged(&mut self, sources: &'y yaml::Node, own: Vec<Entry>, flow: bool) -> Result<Vec<Entry>, Error> {
        let mut all = own;
        // Own entries keep their place; among sources the first wins.
        let own_count = all.len();
        let mut added: Vec<Entry> = Vec::new();
        for source in self.merge_sources(sources)? {
            let expanded = self.node(source, flow)?;
            for (key, value) in expanded.entries() {
                if all.iter().take(own_count).any(|(known, _)| known.text == key.text) {
                    continue;
                }
                match added.iter_mut().find(|(known, _)| known.text == key.text) {
                    Some(known) => known.1 = value.clone(),
                    None => added.push((key.clone(), value.clone())),
                }
            }
        }
        all.extend(added);
        Ok(all)
    }

    /// The mappings named by a merge key, least important first.
    fn merge_sources(&mut self, node: &'y yaml::Node) -> Result<Vec<&'y yaml::Node>, Error> {
        match node.kind {
            yaml::Kind::Mapping => Ok(vec![node]),
            yaml::Kind::Alias => {
                let target = self.enter_alias(node)?;
                self.open.pop();
                if target.kind != yaml::Kind::Mapping {
                    return Err(Error::yaml("invalid map merge: received alias for a non-map value"));
                }
                Ok(vec![target])
            }
            yaml::Kind::Sequence => {
                let mut sources = Vec::new();
                for item in &node.children {
                    if item.kind == yaml::Kind::Sequence {
                        return Err(Error::yaml("invalid map merge: received a nested sequence"));
                    }
                    let mut more = self.merge_sources(item)?;
                    more.extend(sources);
                    sources = more;
                }
                Ok(sources)
            }
            yaml::Kind::Scalar => Err(Error::yaml("map merge requires map or sequence of maps as the value")),
        }
    }
}

fn collect_anchors<'y>(
    node: &'y yaml::Node,
    names: &mut HashMap<&'y str, &'y yaml::Node>,
    aliases: &mut HashMap<*const yaml::Node, &'y yaml::Node>,
) {
    if let Some(name) = node.anchor.as_deref() {
        names.insert(name, node);
    }
    if node.kind == yaml::Kind::Alias
        && let Some(target) = names.get(node.value.as_str())
    {
        aliases.insert(std::ptr::from_ref(node), target);
    }
    for child in &node.children {
        collect_anchors(child, names, aliases);
    }
}

fn scalar(node: &yaml::Node, flow: bool) -> Result<Scalar, Error> {
    let mut style = match node.style {
        yaml::Style::Plain => Style::Plain,
        yaml::Style::Folded => Style::Folded,
        _ => Style::Quoted,
    };
    if let Some(tag) = node.tag.as_deref().filter(|tag| *tag != "!") {
        return tagged(node, tag);
    }
    let tag = match node.short_tag(yaml::Dialect::V3) {
        "!!null" => Tag::Null,
        "!!bool" => Tag::Bool,
        "!!int" => Tag::Int,
        "!!float" => Tag::Float,
        "!!timestamp" => Tag::Timestamp,
        "!!merge" => Tag::Merge,
        _ => Tag::String,
    };
    // Inside of brackets the library prints an empty null, and a time with its colons, in quotes; both then are
    // strings.
    if flow
        && ((tag == Tag::Null && node.value.is_empty())
            || (tag == Tag::Timestamp && node.value.contains(':')))
    {
        style = Style::Quoted;
    }
    Ok(Scalar { text: node.value.as_str().into(), tag, style })
}

fn tagged(node: &yaml::Node, tag: &str) -> Result<Scalar, Error> {
    let tag = match tag {
        "!!null" => Tag::Null,
        "!!bool" => Tag::Bool,
        "!!int" => Tag::Int,
        "!!float" => Tag::Float,
        "!!timestamp" => Tag::Timestamp,
        "!!binary" => {
            let decoded =
                node.to_value(&crate::limits::kyaml()).map_err(|error| Error::yaml(error.to_string()))?;
            let text = decoded.as_str().unwrap_or_default();
            return Ok(Scalar { text: text.into(), tag: Tag::String, style: Style::Quoted });
        }
        // Tags that YAML does not define say nothing but that the text is meant as it stands.
        _ => return Ok(Scalar { text: node.value.as_str().into(), tag: Tag::String, style: Style::Quoted }),
    };
    Ok(Scalar { text: node.value.as_str().into(), tag, style: Style::Plain })
}
