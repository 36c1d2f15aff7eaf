//! TOML as BurntSushi/toml writes it, and TOML read into values.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;
