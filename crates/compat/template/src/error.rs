//! Errors of executions, with every level of nesting kept apart so that callers can show them their way.

use std::fmt;

use crate::{function::CallError, quote::quote};

/// An error while executing a template. Displays as Go does, on one line:
/// `template: FILE:LINE:COLUMN: executing "NAME" at <NODE>: MESSAGE`.
#[derive(Debug, Clone)]
pub struct ExecError {
    /// `FILE:LINE:COLUMN` of the node; the line counts from 1, the column from 0 in bytes.
    pub location: String,
    /// The template that was being executed.
    pub template: String,
    /// The node's canonical text.
    pub context: String,
    /// What went wrong.
    pub cause: Cause,
}

/// Why a node failed.
#[derive(Debug, Clone)]
pub enum Cause {
    /// The evaluator's own finding.
    Raised(String),
    /// A function failed.
    Call {
        /// The function's name.
        function: String,
        /// What it said.
        error: CallError,
    },
}

impl fmt::Display for ExecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "template: {}: executing {} at <{}>: {}",
            self.location,
            quote(&self.template),
            self.context,
            self.cause
        )
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Raised(message) => f.write_str(message),
            Cause::Call { function, error } => write!(f, "error calling {function}: {error}"),
        }
    }
}

impl std::error::Error for ExecError {}

impl std::error::Error for CallError {}
