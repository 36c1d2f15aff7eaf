//! The functions that Helm adds to the template language: Sprig's, by topic (contract/helm-engine.md 7).
//!
//! Pure. The clock is passed in; what needs randomness, the cluster or the templates stands in modules of its own.

mod ciphers;
mod conversion;
mod data;
mod dates;
mod decimal;
mod defaults;
mod dicts;
mod encoding;
mod lists;
mod math;
mod merge;
mod numbers;
mod paths;
mod random;
mod reflection;
mod regular_expressions;
mod signature;
mod strings;
mod urls;
mod versions;
mod words;

use ferroflux_template::{CallError, Functions, Value};

/// What a function returns.
type Returned = Result<Value, CallError>;

/// The language's builtins and all functions that depend on nothing but their arguments and the clock.
pub(crate) fn pure_functions(now: jiff::Timestamp) -> Functions {
    let mut functions = Functions::builtins();
    strings::add(&mut functions);
    words::add(&mut functions);
    conversion::add(&mut functions);
    math::add(&mut functions);
    lists::add(&mut functions);
    dicts::add(&mut functions);
    merge::add(&mut functions);
    defaults::add(&mut functions);
    encoding::add(&mut functions);
    data::add(&mut functions);
    urls::add(&mut functions);
    versions::add(&mut functions);
    reflection::add(&mut functions);
    paths::add(&mut functions);
    regular_expressions::add(&mut functions);
    dates::add(&mut functions, now);
    functions
}

/// Adds the functions that need randomness.
pub(crate) fn random_functions(
    functions: &mut Functions,
    entropy: &std::sync::Arc<dyn crate::render::Entropy>,
) {
    random::add(functions, entropy);
    ciphers::add(functions, entropy);
}

/// Go's `path.Clean`.
pub(crate) fn clean_path(path: &str) -> String {
    paths::clean(path)
}

/// Go's `path.Base`.
pub(crate) fn base_path(path: &str) -> String {
    paths::base(path)
}

/// A copy that shares nothing that can be changed.
pub(crate) fn deep_copy(value: &Value) -> Returned {
    merge::copy(value, crate::json::MAXIMUM_DEPTH)
}

/// A value as sigs.k8s.io/yaml writes it, without the last line feed; the error is Go's.
pub(crate) fn to_yaml(value: &Value) -> Result<String, String> {
    data::to_yaml(value)
}
