//! The Helm engine: charts, values, templates and release records, no I/O.
//!
//! A [`chart::Chart`] is loaded once, a [`render::CompiledChart`] has its templates parsed, and [`render::render`] makes
//! files out of it with a user's values. What needs the outside world (clock, randomness, `lookup`) is passed in.

pub mod chart;
mod functions;
mod json;
mod layout;
pub mod manifest;
mod objects;
pub mod render;
mod schema;
mod toml;
pub mod values;
