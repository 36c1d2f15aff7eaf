//! What becomes of an object's conditions at the beginning and at the end of a run, and when somebody else wrote too.
//!
//! Pure: the time is passed in. How one condition is set is `ferroflux_api::conditions`.

pub(crate) mod frame;
mod merge;

pub(crate) use merge::{keep_transition_times, merge_owned};

#[cfg(test)]
mod tests;
