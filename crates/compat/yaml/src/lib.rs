//! The one YAML reader and writer, with the rules and output style of the Go libraries that manifests were written against.
//!
//! Flux, kustomize and Helm read and print YAML through three Go packages whose rules differ from each other and
//! from the YAML specification. Users' manifests depend on those rules, so this crate has them byte for byte:
//!
//! | here | Go package | used by |
//! |---|---|---|
//! | [`Dialect::V2`], [`write_value`] | `go.yaml.in/yaml/v2` below `sigs.k8s.io/yaml` (YAML 1.1: `yes` is a boolean, `0o17` is 15) | Helm values and charts, kustomization files, substitution, everything that is printed |
//! | [`Dialect::V3`], [`WriteOptions::pretty`] | `go.yaml.in/yaml/v3` (mostly YAML 1.2: `yes` is a string) | kyaml, that is resource files read by kustomize; `toYamlPretty` |
//!
//! # Reading
//!
//! ```
//! use ferroflux_yaml::{ReadOptions, read_value, read_values, read_documents};
//!
//! // sigs.k8s.io/yaml.Unmarshal: the first document, YAML 1.1, the last of two equal keys wins.
//! let value = read_value(b"a: yes\nb: 0777\n", &ReadOptions::sigs())?;
//! assert_eq!(value, serde_json::json!({"a": true, "b": 511}));
//!
//! // kyaml: every document of a stream; equal keys are an error.
//! let values = read_values(b"a: yes\n---\nb: 1\n", &ReadOptions::kyaml())?;
//! assert_eq!(values, [serde_json::json!({"a": "yes"}), serde_json::json!({"b": 1})]);
//!
//! // A tree that knows styles, tags, anchors, comments and the bytes each node came from.
//! let documents = read_documents(b"image: nginx:1.0 # pinned\n", &ReadOptions::kyaml())?;
//! let image = documents[0].root.get("image").expect("the key is there");
//! assert_eq!((image.span.start.offset, image.span.end.offset), (7, 16));
//! # Ok::<(), ferroflux_yaml::Error>(())
//! ```
//!
//! # Writing
//!
//! ```
//! // sigs.k8s.io/yaml.Marshal: natural key order, two blanks, sequences at their key's column, folded at column 80.
//! let text = ferroflux_yaml::write_value(&serde_json::json!({"b10": "yes", "b9": [1.5e-7, null]}))?;
//! assert_eq!(text, "b9:\n- 1.5e-07\n- null\nb10: \"yes\"\n");
//! # Ok::<(), ferroflux_yaml::Error>(())
//! ```
//!
//! Trees are written with their styles, tags, anchors and comments by [`write_documents`] and [`write_node`], as kyaml
//! prints them. An edit that must leave every other byte alone takes [`Node::span`] and puts [`quote_scalar`] or, if
//! [`is_plain_string`] allows it, the bare text there.
//!
//! # Limits
//!
//! The crate does no I/O, keeps no global state and cannot be made to use unbounded memory, time or stack: see
//! [`Limits`]. Input above a ceiling is an [`Error::Limit`].
//!
//! # Where this is not what the Go packages do
//!
//! Everything else is compared with them (`tests/`), error texts included. On purpose:
//!
//! - documents deeper than 500 levels are refused (Go: 10,000), and input that is too large at all;
//! - an alias cannot name an anchor of an earlier document of the stream (v3 lets it);
//! - a key longer than 1,024 characters or with U+0085 can be written (sigs fails to read its own JSON back);
//! - keys that have no order among themselves (`a10 < a1b < a2 < a10`) are written in one order, not in a random one,
//!   and of `1: a` and `"1": b` the last counts, not a random one;
//! - a byte order mark within a text is a character like any other (Go looks for it at the start of its buffer).

mod compose;
mod decode;
mod error;
mod event;
mod fast;
mod node;
mod options;
mod resolve;
mod scan;
mod write;

pub use decode::{read_documents, read_value, read_values};
pub use error::Error;
pub use node::{Comments, Document, Kind, Mark, Node, Span, Style};
pub use options::{Dialect, DuplicateKeys, Limits, ReadOptions};
pub use resolve::{Scalar, resolve_plain};
pub use write::{
    KeyOrder, TreeOptions, WriteOptions, is_plain_string, is_plain_string_in_flow, quote_scalar,
    write_documents, write_node, write_value, write_value_with,
};
