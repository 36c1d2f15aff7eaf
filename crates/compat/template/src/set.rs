//! Template sets and function tables.

use std::{collections::HashMap, sync::Arc};

use crate::{
    function::Function,
    parse::{self, ParseError, Tree},
};

/// Named templates. Immutable once built; cloning shares the parsed bodies.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    trees: HashMap<String, Arc<Tree>>,
    root_name: String,
}

/// The parsed bodies of one text, to be added to a set.
#[derive(Debug, Clone)]
pub struct Parsed(pub(crate) Vec<Arc<Tree>>);

impl Parsed {
    /// Parses a text named `name`. `is_function` tells which functions exist; unknown ones are errors here.
    pub fn parse(name: &str, text: &str, is_function: &dyn Fn(&str) -> bool) -> Result<Self, ParseError> {
        Ok(Self(parse::parse(name, text, is_function)?.into_iter().map(Arc::new).collect()))
    }

    /// The parsed bodies.
    pub fn into_trees(self) -> Vec<Arc<Tree>> {
        self.0
    }
}

impl Templates {
    /// An empty set; `root_name` is the name that messages on missing templates give (`gotpl` in Helm).
    pub fn new(root_name: impl Into<String>) -> Self {
        Self { trees: HashMap::new(), root_name: root_name.into() }
    }

    /// Adds what was parsed; a later template replaces one of the same name, unless it is empty and the earlier
    /// is not.
    pub fn add(&mut self, parsed: &Parsed) {
        for tree in &parsed.0 {
            self.insert(tree.clone());
        }
    }

    pub(crate) fn insert(&mut self, tree: Arc<Tree>) {
        match self.trees.get(&tree.name) {
            Some(existing) if tree.is_empty() && !existing.is_empty() => {}
            _ => {
                self.trees.insert(tree.name.clone(), tree);
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<Tree>> {
        self.trees.get(name).cloned()
    }

    pub(crate) fn root_name(&self) -> &str {
        &self.root_name
    }

    /// Whether a template of that name is defined.
    pub fn contains(&self, name: &str) -> bool {
        self.trees.contains_key(name)
    }
}

/// The functions that templates may call, by name.
#[derive(Clone, Default)]
pub struct Functions {
    functions: HashMap<String, Function>,
    /// Builtins that were replaced; they lose their special evaluation.
    replaced: Vec<String>,
}

impl Functions {
    /// Only what is built into the language.
    pub fn builtins() -> Self {
        Self { functions: crate::builtins::all(), replaced: Vec::new() }
    }

    /// Adds or replaces a function.
    pub fn insert(&mut self, name: impl Into<String>, function: Function) {
        let name = name.into();
        if crate::builtins::is_builtin(&name) {
            self.replaced.push(name.clone());
        }
        self.functions.insert(name, function);
    }

    /// The function of that name.
    pub fn get(&self, name: &str) -> Option<&Function> {
        self.functions.get(name)
    }

    /// Whether a function of that name exists.
    pub fn contains(&self, name: &str) -> bool {
        self.functions.contains_key(name)
    }

    /// The names of all functions, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.functions.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    pub(crate) fn is_builtin(&self, name: &str) -> bool {
        crate::builtins::is_builtin(name) && !self.replaced.iter().any(|replaced| replaced == name)
    }
}
