//! Go's text/template: parsing and execution with Go's results and error texts, to the byte.
//!
//! What it is: the language (lexer, parser, evaluator), the builtin functions and `fmt`'s printing, over a value
//! model that knows the Go types which charts can observe. What it is not: Sprig's and Helm's functions, charts and
//! files stand in `ferroflux-helm`.
//!
//! ```
//! use ferroflux_template::{Execution, Functions, Limits, Parsed, Templates, Value};
//!
//! let functions = Functions::builtins();
//! let mut templates = Templates::new("gotpl");
//! let parsed = Parsed::parse("greeting", "Hello {{ .name }}!", &|name| functions.contains(name))?;
//! templates.add(&parsed);
//! let data = Value::map([("name".into(), Value::from("world"))]);
//! let mut execution = Execution::new(&templates, &functions, Limits::default(), &|| false);
//! assert_eq!(execution.render("greeting", data)?, b"Hello world!");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Parsed templates are immutable and shared between renders and threads; a render's values live on one thread.

mod builtins;
mod compare;
mod complex;
mod error;
mod escape;
mod exec;
mod function;
mod number;
mod parse;
pub mod printf;
pub mod quote;
mod set;
pub mod value;

pub use error::{Cause, ExecError};
pub use exec::{Execution, Limits};
pub use function::{Body, CallError, Function, Type};
pub use parse::{ParseError, Tree};
pub use set::{Functions, Parsed, Templates};
pub use value::{ElementType, Kind, List, Map, MapType, NamedMap, Object, Text, Value};

/// How deep values may nest where they are printed or compared. Deeper ones (a map that holds itself) end in `...`
/// or count as different.
pub const MAXIMUM_VALUE_DEPTH: usize = 200;

#[cfg(test)]
mod tests;
