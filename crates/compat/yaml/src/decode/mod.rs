//! From trees to values: scalars resolved, aliases expanded, merge keys applied.

mod scalar;
mod shown;

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use crate::{
    Dialect, Document, DuplicateKeys, Error, Kind, Node, ReadOptions, Style, compose::Composer, fast,
    scan::Input,
};

/// Every document of the stream `input` as a tree.
///
/// Empty documents are documents too; an input of only white space and comments has none.
pub fn read_documents(input: &[u8], options: &ReadOptions) -> Result<Vec<Document>, Error> {
    check_size(input, options)?;
    let input = Input::new(input);
    let mut composer = Composer::new(&input, options.dialect, options.limits);
    let mut documents = Vec::new();
    while let Some(document) = composer.next_document()? {
        documents.push(document);
    }
    Ok(documents)
}

/// The first document of `input` as a value, null if there is none. What follows it is not even parsed, as in
/// Go's `Unmarshal`.
pub fn read_value(input: &[u8], options: &ReadOptions) -> Result<Value, Error> {
    check_size(input, options)?;
    let input = Input::new(input);
    if let Some(value) = fast::first_value(&input, options) {
        return Ok(value);
    }
    let mut composer = Composer::new(&input, options.dialect, options.limits);
    match composer.next_document()? {
        Some(document) => document.to_value(options),
        None => Ok(Value::Null),
    }
}

/// Every document of the stream `input` as a value; an empty document is null.
pub fn read_values(input: &[u8], options: &ReadOptions) -> Result<Vec<Value>, Error> {
    check_size(input, options)?;
    let input = Input::new(input);
    if let Some(values) = fast::values(&input, options) {
        return Ok(values);
    }
    let mut composer = Composer::new(&input, options.dialect, options.limits);
    let mut values = Vec::new();
    while let Some(document) = composer.next_document()? {
        values.push(document.to_value(options)?);
    }
    Ok(values)
}

fn check_size(input: &[u8], options: &ReadOptions) -> Result<(), Error> {
    let limit = options.limits.input_bytes;
    if input.len() > limit { Err(Error::Limit { line: 0, what: "input bytes", limit }) } else { Ok(()) }
}

impl Document {
    /// The document as a value, as it would be in JSON.
    pub fn to_value(&self, options: &ReadOptions) -> Result<Value, Error> {
        self.root.to_value(options)
    }
}

impl Node {
    /// The node as a value. Aliases find their anchors only inside of this node, so call this for the root of a
    /// document that has any.
    pub fn to_value(&self, options: &ReadOptions) -> Result<Value, Error> {
        Decoder::new(self, options).value(self)
    }
}

struct Decoder<'a> {
    options: &'a ReadOptions,
    /// What each alias node, by its address, stands for.
    targets: HashMap<*const Node, &'a Node>,
    /// The aliases that are being expanded.
    open: Vec<*const Node>,
    decoded: usize,
    from_aliases: usize,
    depth: usize,
    duplicates: Vec<String>,
    /// What Go notices only after everything is decoded: a key without a string form, then a value JSON cannot hold.
    bad_key: Option<Error>,
    bad_value: Option<Error>,
    /// The keys that are set in the mappings under way, in Go syntax; only where equal keys are refused (V2).
    keys_set: Vec<HashSet<String>>,
}

impl<'a> Decoder<'a> {
    fn new(root: &'a Node, options: &'a ReadOptions) -> Self {
        let mut targets = HashMap::new();
        let mut anchors = HashMap::new();
        collect(root, &mut anchors, &mut targets);
        Self {
            options,
            targets,
            open: Vec::new(),
            decoded: 0,
            from_aliases: 0,
            depth: 0,
            duplicates: Vec::new(),
            bad_key: None,
            bad_value: None,
            keys_set: Vec::new(),
        }
    }

    fn v2(&self) -> bool {
        self.options.dialect == Dialect::V2
    }

    fn count(&mut self) -> Result<(), Error> {
        self.decoded += 1;
        if !self.open.is_empty() {
            self.from_aliases += 1;
        }
        let share = self.from_aliases as f64 / self.decoded as f64;
        if self.from_aliases > 100 && self.decoded > 1000 && share > allowed_share(self.decoded) {
            return Err(Error::Invalid("document contains excessive aliasing".into()));
        }
        let limit = self.options.limits.expanded_nodes;
        if self.decoded > limit {
            return Err(Error::Limit { line: 0, what: "expanded nodes", limit });
        }
        Ok(())
    }

    fn value(&mut self, node: &'a Node) -> Result<Value, Error> {
        let value = self.inner(node)?;
        if !self.duplicates.is_empty() {
            return Err(Error::DuplicateKeys(std::mem::take(&mut self.duplicates)));
        }
        match self.bad_key.take().or_else(|| self.bad_value.take()) {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }

    fn inner(&mut self, node: &'a Node) -> Result<Value, Error> {
        self.count()?;
        // Each kind has a function of its own, so that a deep document needs little stack per level.
        match node.kind {
            Kind::Alias => self.through_alias(node, Self::inner),
            Kind::Scalar => self.scalar_value(node),
            Kind::Sequence => self.list(node),
            Kind::Mapping if self.v2() => self.map_v2(node),
            Kind::Mapping => self.map_v3(node),
        }
    }

    fn list(&mut self, node: &'a Node) -> Result<Value, Error> {
        self.enter(node)?;
        let mut list = Vec::with_capacity(node.children.len());
        for child in &node.children {
            list.push(self.inner(child)?);
        }
        self.depth -= 1;
        Ok(Value::Array(list))
    }

    fn map_v2(&mut self, node: &'a Node) -> Result<Value, Error> {
        self.enter(node)?;
        let mut map = Map::with_capacity(node.children.len() / 2);
        self.keys_set.push(HashSet::new());
        self.mapping_v2(node, &mut map)?;
        self.keys_set.pop();
        self.depth -= 1;
        Ok(Value::Object(map))
    }

    fn map_v3(&mut self, node: &'a Node) -> Result<Value, Error> {
        self.enter(node)?;
        let mut map = Map::with_capacity(node.children.len() / 2);
        self.mapping_v3(node, &mut map, false)?;
        self.depth -= 1;
        Ok(Value::Object(map))
    }

    fn enter(&mut self, node: &Node) -> Result<(), Error> {
        self.depth += 1;
        let limit = self.options.limits.depth;
        if self.depth > limit {
            return Err(Error::Limit { line: node.span.start.line as usize + 1, what: "depth", limit });
        }
        Ok(())
    }

    fn through_alias<T>(
        &mut self,
        node: &'a Node,
        then: impl FnOnce(&mut Self, &'a Node) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let address = std::ptr::from_ref(node);
        if self.open.contains(&address) {
            return Err(Error::Invalid(format!("anchor '{}' value contains itself", node.value)));
        }
        let Some(target) = self.targets.get(&address).copied() else {
            return Err(Error::Invalid(format!("unknown anchor '{}' referenced", node.value)));
        };
        self.open.push(address);
        let result = then(self, target);
        self.open.pop();
        result
    }

    fn mapping_v2(&mut self, node: &'a Node, map: &mut Map<String, Value>) -> Result<(), Error> {
        for (key, value) in node.entries() {
            if is_merge(key) {
                self.merge_v2(value, map)?;
                continue;
            }
            let name = self.key(key, value)?;
            let decoded = self.inner(value)?;
            if self.is_fresh(key, value)? {
                map.insert(name, decoded);
            }
        }
        Ok(())
    }

    /// Notes a key that was set before, where that is an error (V2).
    fn is_fresh(&mut self, key: &'a Node, value: &'a Node) -> Result<bool, Error> {
        if self.options.duplicate_keys == DuplicateKeys::LastWins {
            return Ok(true);
        }
        let mut shown = String::new();
        self.push_go_syntax(&mut shown, key, false)?;
        let fresh = self.keys_set.last_mut().is_none_or(|keys| keys.insert(shown.clone()));
        if !fresh {
            self.duplicates.push(format!("line {}: key {shown} already set in map", value.start.line + 1));
        }
        Ok(fresh)
    }

    fn merge_v2(&mut self, value: &'a Node, map: &mut Map<String, Value>) -> Result<(), Error> {
        match value.kind {
            Kind::Sequence => {
                // Backwards, because what comes first counts.
                for item in value.children.iter().rev() {
                    self.merge_one(item, |decoder, node| decoder.mapping_v2(node, map))?;
                }
                Ok(())
            }
            _ => self.merge_one(value, |decoder, node| decoder.mapping_v2(node, map)),
        }
    }

    fn merge_one(
        &mut self,
        node: &'a Node,
        then: impl FnOnce(&mut Self, &'a Node) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.count()?;
        let bad = || Error::Invalid("map merge requires map or sequence of maps as the value".into());
        self.enter(node)?;
        match node.kind {
            Kind::Mapping => then(self, node)?,
            Kind::Alias => {
                if self
                    .targets
                    .get(&std::ptr::from_ref(node))
                    .is_none_or(|target| target.kind != Kind::Mapping)
                {
                    return Err(bad());
                }
                self.through_alias(node, then)?;
            }
            _ => return Err(bad()),
        }
        self.depth -= 1;
        Ok(())
    }

    fn mapping_v3(
        &mut self,
        node: &'a Node,
        map: &mut Map<String, Value>,
        merging: bool,
    ) -> Result<(), Error> {
        if self.options.duplicate_keys == DuplicateKeys::Reject && !self.unique(node) {
            return Ok(());
        }
        if !merging && !self.has_only_string_keys(node) {
            let error = Error::NotJson("type: map[interface {}]interface {}".into());
            self.bad_value.get_or_insert(error);
        }
        let mut merge = None;
        for (key, value) in node.entries() {
            if is_merge(key) {
                merge = Some(value);
                continue;
            }
            let name = self.key(key, value)?;
            if merging && (map.contains_key(&name) || self.is_null(key)) {
                continue;
            }
            let decoded = self.inner(value)?;
            map.insert(name, decoded);
        }
        match merge {
            None => Ok(()),
            Some(value) => self.merge_v3(value, map),
        }
    }

    fn merge_v3(&mut self, value: &'a Node, map: &mut Map<String, Value>) -> Result<(), Error> {
        match value.kind {
            Kind::Sequence => {
                for item in &value.children {
                    self.merge_one(item, |decoder, node| decoder.mapping_v3(node, map, true))?;
                }
                Ok(())
            }
            _ => self.merge_one(value, |decoder, node| decoder.mapping_v3(node, map, true)),
        }
    }

    /// What a key is after its alias was followed.
    fn target_of(&self, node: &'a Node) -> &'a Node {
        let mut node = node;
        // An alias may stand for an alias, but never for itself: its anchor stands before it.
        for _ in 0..self.options.limits.depth {
            if node.kind != Kind::Alias {
                break;
            }
            match self.targets.get(&std::ptr::from_ref(node)) {
                Some(target) => node = target,
                None => break,
            }
        }
        node
    }

    fn is_null(&self, node: &'a Node) -> bool {
        self.target_of(node).short_tag(Dialect::V3) == "!!null"
    }

    fn has_only_string_keys(&self, node: &'a Node) -> bool {
        node.entries()
            .all(|(key, _)| matches!(self.target_of(key).short_tag(Dialect::V3), "!!str" | "!!merge"))
    }

    /// Notes equal keys of `node` as v3 does: by kind and text, before anything is resolved, each pair of them.
    fn unique(&mut self, node: &'a Node) -> bool {
        /// Enough to see what is wrong; a mapping of nothing but equal keys has a great many pairs.
        const MOST: usize = 1_000;
        // Most mappings are so small that comparing is quicker than hashing.
        if node.children.len() <= 24 {
            let mut keys = node.entries().map(|(key, _)| key);
            let equal = |a: &Node, b: &Node| a.value == b.value && a.kind == b.kind;
            if !std::iter::from_fn(|| keys.next().map(|key| (key, keys.clone())))
                .any(|(key, mut rest)| rest.any(|other| equal(key, other)))
            {
                return true;
            }
        }
        let mut groups: HashMap<(&str, Kind), Vec<&Node>> = HashMap::with_capacity(node.children.len() / 2);
        let mut repeated = false;
        for (key, _) in node.entries() {
            let group = groups.entry((&key.value, key.kind)).or_default();
            group.push(key);
            repeated |= group.len() > 1;
        }
        if !repeated {
            return true;
        }
        for (key, _) in node.entries() {
            let group = groups.get(&(key.value.as_str(), key.kind)).map_or(&[][..], Vec::as_slice);
            let later = group.iter().skip_while(|other| !std::ptr::eq(**other, key)).skip(1);
            for other in later.take(MOST.saturating_sub(self.duplicates.len())) {
                self.duplicates.push(format!(
                    "line {}: mapping key {} already defined at line {}",
                    other.start.line + 1,
                    ferroflux_go::quote::quote(&key.value),
                    key.start.line + 1
                ));
            }
        }
        false
    }
}

fn collect<'a>(
    node: &'a Node,
    anchors: &mut HashMap<&'a str, &'a Node>,
    targets: &mut HashMap<*const Node, &'a Node>,
) {
    if let Some(anchor) = &node.anchor {
        anchors.insert(anchor, node);
    }
    if node.kind == Kind::Alias
        && let Some(target) = anchors.get(node.value.as_str())
    {
        targets.insert(std::ptr::from_ref(node), target);
    }
    for child in &node.children {
        collect(child, anchors, targets);
    }
}

/// Go's rule against alias bombs: 99 % of a small document may come from aliases, 10 % of a very large one.
fn allowed_share(decoded: usize) -> f64 {
    const LOW: usize = 400_000;
    const HIGH: usize = 4_000_000;
    if decoded <= LOW {
        0.99
    } else if decoded >= HIGH {
        0.10
    } else {
        0.99 - 0.89 * ((decoded - LOW) as f64 / (HIGH - LOW) as f64)
    }
}

fn is_merge(key: &Node) -> bool {
    if key.kind != Kind::Scalar || key.value != "<<" {
        return false;
    }
    match key.tag.as_deref() {
        Some("!!merge" | "!") => true,
        Some(_) => false,
        None => key.style == Style::Plain,
    }
}
