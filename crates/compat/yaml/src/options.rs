//! How to read: the dialect, what equal keys mean, and the limits that keep hostile input harmless.

/// Whose rules decide what a plain scalar is, how keys merge, and what becomes of keys that are no strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// `go.yaml.in/yaml/v2` below `sigs.k8s.io/yaml`: YAML 1.1, every key ends up a string.
    #[default]
    V2,
    /// `go.yaml.in/yaml/v3`: YAML 1.2 with the octal numbers of 1.1; a key that is no string is an error.
    V3,
}

/// What two equal keys in one mapping mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DuplicateKeys {
    /// The last one counts, as `sigs.k8s.io/yaml.Unmarshal` has it.
    #[default]
    LastWins,
    /// An error with Go's text, as in `UnmarshalStrict` (V2) and always in V3.
    Reject,
}

/// Ceilings on one input. They are far above what manifests need and low enough that input at the ceiling cannot
/// exhaust a thread's stack or a controller's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of input.
    pub input_bytes: usize,
    /// Nesting of collections. Go stops at 10,000, with stacks that grow; nothing real is deeper than a few dozen, and a
    /// value much deeper cannot be walked or even dropped on the stack of an ordinary thread.
    pub depth: usize,
    /// Nodes in one input, aliases not expanded.
    pub nodes: usize,
    /// Nodes of a value after aliases are expanded, on top of Go's own rule about the share of aliases.
    pub expanded_nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { input_bytes: 256 << 20, depth: 500, nodes: 10_000_000, expanded_nodes: 10_000_000 }
    }
}

/// How to read. The constructors name the Go function that they agree with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadOptions {
    /// Whose rules apply.
    pub dialect: Dialect,
    /// What two equal keys mean.
    pub duplicate_keys: DuplicateKeys,
    /// Ceilings on the input.
    pub limits: Limits,
}

impl ReadOptions {
    /// `sigs.k8s.io/yaml.Unmarshal` and `YAMLToJSON`.
    pub fn sigs() -> Self {
        Self::default()
    }

    /// `sigs.k8s.io/yaml.UnmarshalStrict` and `YAMLToJSONStrict`, as far as equal keys go.
    pub fn sigs_strict() -> Self {
        Self { duplicate_keys: DuplicateKeys::Reject, ..Self::default() }
    }

    /// `go.yaml.in/yaml/v3` as kyaml uses it.
    pub fn kyaml() -> Self {
        Self { dialect: Dialect::V3, duplicate_keys: DuplicateKeys::Reject, ..Self::default() }
    }

    /// The same with other limits.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }
}
