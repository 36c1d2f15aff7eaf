//! Semantic versions.

use std::{any::Any, rc::Rc};

use ferroflux_semver::{Constraints, Version};
use ferroflux_template::{CallError, Function, Functions, Kind, Object, Type, Value};

use super::signature::fixed;

pub(super) fn add(functions: &mut Functions) {
    fixed(functions, "semver", &[Type::String], |arguments| parse(&arguments.string(0)));
    fixed(functions, "semverCompare", &[Type::String, Type::String], |arguments| {
        let constraint = Constraints::parse(&arguments.string(0)).map_err(|error| error.to_string())?;
        let version = Version::parse(&arguments.string(1)).map_err(|error| error.to_string())?;
        Ok(Value::Bool(constraint.matches(&version)))
    });
}

fn parse(text: &str) -> super::Returned {
    let version = Version::parse(text).map_err(|error| CallError::from(error.to_string()))?;
    Ok(object(version))
}

fn object(version: Version) -> Value {
    Value::Object(Rc::new(VersionObject(version)))
}

/// `*semver.Version`
struct VersionObject(Version);

const TYPE_NAME: &str = "*semver.Version";

impl VersionObject {
    /// The version with one number raised and those behind it zero.
    fn raised(&self, part: &str) -> Result<Value, CallError> {
        let version = &self.0;
        let (major, minor, patch) = (version.major(), version.minor(), version.patch());
        let numbers = match part {
            "IncMajor" => (major.wrapping_add(1), 0, 0),
            "IncMinor" => (major, minor.wrapping_add(1), 0),
            // The release that a pre-release announces.
            _ if !version.prerelease().is_empty() => (major, minor, patch),
            _ => (major, minor, patch.wrapping_add(1)),
        };
        let prefix = if version.original().starts_with('v') { "v" } else { "" };
        parse(&format!("{prefix}{}.{}.{}", numbers.0, numbers.1, numbers.2))
    }
}

fn ordered(version: Version, test: fn(std::cmp::Ordering) -> Value) -> Function {
    Function::new([Type::Named(TYPE_NAME)], move |_, arguments| match arguments.first() {
        Some(Value::Object(other)) => match other.as_any().downcast_ref::<VersionObject>() {
            Some(other) => Ok(test(version.cmp(&other.0))),
            None => Err("not a version".into()),
        },
        _ => Err("runtime error: invalid memory address or nil pointer dereference".into()),
    })
}

impl Object for VersionObject {
    fn type_name(&self) -> String {
        TYPE_NAME.into()
    }

    fn kind(&self) -> Kind {
        Kind::Pointer
    }

    fn method(&self, name: &str) -> Option<Function> {
        let constant = |value: Value| Function::new([], move |_, _| Ok(value.clone()));
        let version = &self.0;
        Some(match name {
            "Major" => constant(Value::Uint64(version.major())),
            "Minor" => constant(Value::Uint64(version.minor())),
            "Patch" => constant(Value::Uint64(version.patch())),
            "Prerelease" => constant(Value::from(version.prerelease())),
            "Metadata" => constant(Value::from(version.metadata())),
            "Original" => constant(Value::from(version.original())),
            "String" => constant(Value::from(version.to_string())),
            "IncMajor" | "IncMinor" | "IncPatch" => {
                let raised = self.raised(name).ok()?;
                constant(raised)
            }
            "Equal" => ordered(version.clone(), |order| Value::Bool(order.is_eq())),
            "LessThan" => ordered(version.clone(), |order| Value::Bool(order.is_lt())),
            "LessThanEqual" => ordered(version.clone(), |order| Value::Bool(order.is_le())),
            "GreaterThan" => ordered(version.clone(), |order| Value::Bool(order.is_gt())),
            "GreaterThanEqual" => ordered(version.clone(), |order| Value::Bool(order.is_ge())),
            "Compare" => ordered(version.clone(), |order| Value::Int(order as i64)),
            _ => return None,
        })
    }

    fn display(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
