//! Command-line flags with the syntax and the error texts of Go's pflag (contract/install-and-cli.md 3).
//!
//! A flag is defined once, in a [`flag_group!`](crate::flag_group), with its name, type, default and help. A program's
//! flags are a tuple of groups. What was typed becomes typed values here; what the program uses is made of them by
//! [`Config`](crate::Config) and its like.

use std::collections::HashMap;
use std::fmt::Write as _;

mod common;
mod gates;
mod group;
mod selector;
mod value;

pub use common::CommonFlags;
pub use gates::{FeatureGates, UnknownGate};
pub use group::FlagGroup;
pub use selector::{InvalidSelector, check_selector};
pub use value::{CommaList, FlagValue, GateList, Repeated};

/// One flag.
struct Definition {
    name: &'static str,
    type_name: &'static str,
    /// Whether the flag alone means true.
    boolean: bool,
    default: String,
    help: &'static str,
    environment: Option<&'static str>,
    check: fn(&str) -> Result<(), String>,
    typed: Vec<String>,
}

/// The flags of a program, and after [`FlagSet::parse`] what was typed for them.
#[derive(Default)]
pub struct FlagSet {
    flags: Vec<Definition>,
    index: HashMap<&'static str, usize>,
}

/// Why the command line cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    /// `--help` was asked for: not a failure.
    #[error("help requested")]
    Help,
    /// Something was typed that cannot be used; the text is pflag's.
    #[error("{0}")]
    Invalid(String),
}

impl FlagSet {
    /// Defines a flag; groups do this.
    pub fn define<T: FlagValue>(&mut self, name: &'static str, default: &str, help: &'static str) {
        self.index.insert(name, self.flags.len());
        self.flags.push(Definition {
            name,
            type_name: T::TYPE_NAME,
            boolean: T::BOOLEAN,
            default: default.to_owned(),
            help,
            environment: None,
            check: |text| T::parse(&[text.to_owned()]).map(|_| ()),
            typed: Vec::new(),
        });
    }

    fn flag_mut(&mut self, name: &str) -> Option<&mut Definition> {
        let index = *self.index.get(name)?;
        self.flags.get_mut(index)
    }

    /// Replaces a default, where a program's differs from the group's.
    pub fn set_default(&mut self, name: &str, default: &str) {
        if let Some(flag) = self.flag_mut(name) {
            default.clone_into(&mut flag.default);
        }
    }

    /// Lets an environment variable stand for a flag that is not given.
    pub fn set_environment(&mut self, name: &str, variable: &'static str) {
        if let Some(flag) = self.flag_mut(name) {
            flag.environment = Some(variable);
        }
    }

    /// Makes a flag unknown to this program; its value stays the default.
    pub fn hide(&mut self, name: &str) {
        self.index.remove(name);
    }

    /// Reads the arguments (without the program's name). `environment` looks variables up.
    pub fn parse(
        &mut self,
        arguments: impl IntoIterator<Item = String>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<(), UsageError> {
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let Some(long) = argument.strip_prefix("--") else {
                short(&argument)?;
                continue;
            };
            if long.is_empty() {
                break;
            }
            self.parse_long(&argument, long, &mut arguments)?;
        }
        for flag in &mut self.flags {
            let from_environment = flag.environment.and_then(&environment).filter(|value| !value.is_empty());
            if let (true, Some(value)) = (flag.typed.is_empty(), from_environment) {
                (flag.check)(&value).map_err(|problem| invalid(flag.name, &value, &problem))?;
                flag.typed.push(value);
            }
        }
        Ok(())
    }

    fn parse_long(
        &mut self,
        argument: &str,
        long: &str,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), UsageError> {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (long, None),
        };
        if name.is_empty() || name.starts_with('-') {
            return Err(UsageError::Invalid(format!("bad flag syntax: {argument}")));
        }
        let Some(flag) = self.flag_mut(name) else {
            if name == "help" {
                return Err(UsageError::Help);
            }
            return Err(UsageError::Invalid(format!("unknown flag: --{name}")));
        };
        let value = match value {
            Some(value) => value,
            None if flag.boolean => "true".to_owned(),
            None => {
                rest.next().ok_or_else(|| UsageError::Invalid(format!("flag needs an argument: --{name}")))?
            }
        };
        (flag.check)(&value).map_err(|problem| invalid(flag.name, &value, &problem))?;
        flag.typed.push(value);
        Ok(())
    }

    /// The value of a flag; of a group's own only.
    pub fn get<T: FlagValue + Default>(&self, name: &str) -> T {
        // Hidden flags keep their default, so this does not go through the index.
        let Some(flag) = self.flags.iter().find(|flag| flag.name == name) else { return T::default() };
        let default = [flag.default.clone()];
        let typed: &[String] = match (flag.typed.is_empty(), flag.default.is_empty()) {
            (false, _) => &flag.typed,
            (true, false) => &default,
            (true, true) => return T::default(),
        };
        // Everything typed was checked when it was read; defaults are checked by a test over all groups.
        T::parse(typed).unwrap_or_default()
    }

    /// Name, type and default of every known flag, in the order of names.
    pub fn describe(&self) -> Vec<(&'static str, &'static str, &str)> {
        let mut known: Vec<_> = self
            .flags
            .iter()
            .filter(|flag| self.index.contains_key(flag.name))
            .map(|flag| (flag.name, flag.type_name, flag.default.as_str()))
            .collect();
        known.sort_unstable();
        known
    }

    /// Whether every default can be read as its type; for tests.
    pub fn check_defaults(&self) -> Result<(), UsageError> {
        for flag in self.flags.iter().filter(|flag| !flag.default.is_empty()) {
            (flag.check)(&flag.default).map_err(|problem| invalid(flag.name, &flag.default, &problem))?;
        }
        Ok(())
    }

    /// The usage text.
    pub fn usage(&self, program: &str) -> String {
        let mut text = format!("Usage of {program}:\n");
        let mut flags: Vec<&Definition> =
            self.flags.iter().filter(|flag| self.index.contains_key(flag.name)).collect();
        flags.sort_unstable_by_key(|flag| flag.name);
        let heads: Vec<String> =
            flags.iter().map(|flag| format!("      --{} {}", flag.name, flag.type_name)).collect();
        let width = heads.iter().map(String::len).max().unwrap_or(0) + 3;
        for (flag, head) in flags.iter().zip(&heads) {
            let shown = match (flag.default.as_str(), flag.type_name) {
                ("" | "false", _) => String::new(),
                (default, "string") => format!(" (default {default:?})"),
                (default, _) => format!(" (default {default})"),
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{:width$}{}{shown}", head.trim_end(), flag.help);
        }
        text
    }
}

/// Single dashes: only help is known; anything else that begins with one is a shorthand nobody defined. Words without a
/// dash are ignored, as the controllers have always done.
fn short(argument: &str) -> Result<(), UsageError> {
    let Some(shorthand) = argument.strip_prefix('-').and_then(|rest| rest.chars().next()) else {
        return Ok(());
    };
    if argument == "-h" {
        return Err(UsageError::Help);
    }
    Err(UsageError::Invalid(format!("unknown shorthand flag: '{shorthand}' in {argument}")))
}

fn invalid(name: &str, value: &str, problem: &str) -> UsageError {
    UsageError::Invalid(format!("invalid argument \"{value}\" for \"--{name}\" flag: {problem}"))
}

#[cfg(test)]
mod tests;
