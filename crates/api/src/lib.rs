//! Every custom resource of the suite with its conditions, reasons and annotations.
//!
//! The modules follow API groups and versions: [`source::v1`], [`kustomize::v1`], [`helm::v2`], and so on. Beside them
//! stand what the kinds share ([`meta`]), the rules by which conditions are kept ([`conditions`]), the strings of the
//! contract ([`names`]), and the decoding of one object at a time ([`decode`]), so that one object with a broken spec
//! never takes the others of its kind with it.
//!
//! The types are plain data: no client, no I/O, no clock. Where a field may be left out, an empty value means the same as
//! none, as it does for every other program that uses these APIs.
//!
//! With the feature `schema` the module `crd` writes the CustomResourceDefinitions from these types; controllers are
//! built without it.

#[macro_use]
mod string_enum;
#[macro_use]
mod resource;

mod absent;
pub mod conditions;
#[cfg(feature = "schema")]
pub mod crd;
pub mod decode;
pub mod helm;
pub mod image;
pub mod kustomize;
pub mod meta;
pub mod names;
pub mod notification;
#[cfg(feature = "schema")]
mod schema;
pub mod source;
pub mod source_extensions;
mod status;

pub use crate::{
    resource::{CustomResource, Definition, PrinterColumn, Spec, StatusSchema},
    status::Status,
};
