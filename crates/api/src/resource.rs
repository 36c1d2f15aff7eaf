//! What every custom resource is: an object with metadata, a spec, mostly a status, and a definition.

use std::fmt::Debug;

use k8s_openapi::{NamespaceResourceScope, apimachinery::pkg::apis::meta::v1::ObjectMeta};
use kube_core::{Resource, object::HasSpec};
use serde::{
    Deserialize, Serialize,
    de::{
        DeserializeOwned, Error,
        value::{MapDeserializer, UnitDeserializer},
    },
};

use crate::meta::Duration;

/// One of the suite's kinds.
pub trait CustomResource:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + HasSpec<Spec: Spec>
    + Clone
    + Debug
    + PartialEq
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
{
    /// How the kind is defined in the cluster.
    const DEFINITION: &'static Definition;
}

/// What the controllers' framework asks of every spec.
pub trait Spec {
    /// Whether the user asked not to reconcile the object.
    fn suspended(&self) -> bool {
        false
    }

    /// Time between two reconciliations, as written; none where the kind has no such field or it is left out.
    fn interval(&self) -> Option<&Duration> {
        None
    }
}

/// How a kind is defined in the cluster: everything of its CustomResourceDefinition but the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// API group.
    pub group: &'static str,
    /// The one version, served and stored.
    pub version: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Plural name, as in URLs.
    pub plural: &'static str,
    /// Singular name.
    pub singular: &'static str,
    /// Short names for the command line.
    pub short_names: &'static [&'static str],
    /// Categories by which several kinds are listed at once.
    pub categories: &'static [&'static str],
    /// Controller that reconciles the kind, as its Deployment is named.
    pub controller: &'static str,
    /// Whether and how the kind has a status.
    pub status: StatusSchema,
    /// Columns that tables of the kind show.
    pub printer_columns: &'static [PrinterColumn],
}

impl Definition {
    /// Group and version as written in `apiVersion`.
    pub fn api_version(&self) -> String {
        format!("{}/{}", self.group, self.version)
    }

    /// Name of the CustomResourceDefinition object.
    pub fn name(&self) -> String {
        format!("{}.{}", self.plural, self.group)
    }
}

/// Whether and how a kind has a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusSchema {
    /// No status and no subresource.
    None,
    /// A status that is absent in a new object.
    Plain,
    /// A status that begins with `observedGeneration: -1`.
    ObservedGeneration,
}

/// A column that tables of a kind show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrinterColumn {
    /// Heading.
    pub name: &'static str,
    /// Type of the value: `string` or `date`.
    pub kind: &'static str,
    /// JSON path to the value.
    pub json_path: &'static str,
    /// 0 for columns that are always shown, 1 for those of wide tables.
    pub priority: u8,
}

impl PrinterColumn {
    /// Time since the object was created.
    pub const AGE: Self =
        Self { name: "Age", kind: "date", json_path: ".metadata.creationTimestamp", priority: 0 };
    /// Status of the Ready condition.
    pub const READY: Self = Self::string("Ready", r#".status.conditions[?(@.type=="Ready")].status"#);
    /// Message of the Ready condition.
    pub const STATUS: Self = Self::string("Status", r#".status.conditions[?(@.type=="Ready")].message"#);

    /// A column of text.
    pub const fn string(name: &'static str, json_path: &'static str) -> Self {
        Self { name, kind: "string", json_path, priority: 0 }
    }

    /// The same column, shown in wide tables only.
    pub const fn wide(self) -> Self {
        Self { priority: 1, ..self }
    }
}

/// The parts of an object as it is written; a missing spec is read like an empty one, because the API server
/// accepts objects without any.
#[derive(Deserialize)]
#[serde(bound = "S: Deserialize<'de>, T: Deserialize<'de>")]
pub(crate) struct Parts<S, T> {
    #[serde(default)]
    pub(crate) metadata: ObjectMeta,
    pub(crate) spec: Option<S>,
    pub(crate) status: Option<T>,
}

/// Takes the place of the status in [`Parts`] of kinds that have none; accepts whatever stands there.
pub(crate) type NoStatus = serde::de::IgnoredAny;

/// Reads a spec out of nothing, which names the first required field in its error.
pub(crate) fn empty_spec<S: DeserializeOwned, E: Error>() -> Result<S, E> {
    let nothing = std::iter::empty::<(&str, UnitDeserializer<E>)>();
    S::deserialize(MapDeserializer::new(nothing))
}

/// Defines a kind: the object type with its implementations of kube's and serde's traits.
macro_rules! custom_resource {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            spec: $spec:ident,
            status: $status:ident,
        }
        definition: $definition:expr
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            /// Standard metadata.
            pub metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
            /// What is wanted.
            pub spec: $spec,
            /// What was last seen and done.
            pub status: Option<$status>,
        }

        impl $name {
            /// An object of this name without namespace and status.
            pub fn new(name: &str, spec: $spec) -> Self {
                let metadata = k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
                    name: Some(name.to_owned()),
                    ..Default::default()
                };
                Self { metadata, spec, status: None }
            }
        }

        impl kube_core::object::HasStatus for $name {
            type Status = $status;

            fn status(&self) -> Option<&Self::Status> {
                self.status.as_ref()
            }

            fn status_mut(&mut self) -> &mut Option<Self::Status> {
                &mut self.status
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct as _;
                let fields = 4 + usize::from(self.status.is_some());
                let mut object = serializer.serialize_struct(stringify!($name), fields)?;
                object.serialize_field("apiVersion", &<Self as crate::CustomResource>::DEFINITION.api_version())?;
                object.serialize_field("kind", <Self as crate::CustomResource>::DEFINITION.kind)?;
                object.serialize_field("metadata", &self.metadata)?;
                object.serialize_field("spec", &self.spec)?;
                match &self.status {
                    Some(status) => object.serialize_field("status", status)?,
                    None => object.skip_field("status")?,
                }
                object.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let parts = crate::resource::Parts::<$spec, $status>::deserialize(deserializer)?;
                let spec = parts.spec.map_or_else(crate::resource::empty_spec, Ok)?;
                Ok(Self { metadata: parts.metadata, spec, status: parts.status })
            }
        }

        #[cfg(feature = "schema")]
        impl crate::crd::Described for $name {
            const DESCRIPTION: &'static str = concat!($($doc),*);
            type Status = $status;
        }

        custom_resource! { @resource $name $spec $definition }
    };
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            spec: $spec:ident,
        }
        definition: $definition:expr
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            /// Standard metadata.
            pub metadata: k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
            /// What is wanted.
            pub spec: $spec,
        }

        impl $name {
            /// An object of this name without namespace.
            pub fn new(name: &str, spec: $spec) -> Self {
                let metadata = k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
                    name: Some(name.to_owned()),
                    ..Default::default()
                };
                Self { metadata, spec }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct as _;
                let mut object = serializer.serialize_struct(stringify!($name), 4)?;
                object.serialize_field("apiVersion", &<Self as crate::CustomResource>::DEFINITION.api_version())?;
                object.serialize_field("kind", <Self as crate::CustomResource>::DEFINITION.kind)?;
                object.serialize_field("metadata", &self.metadata)?;
                object.serialize_field("spec", &self.spec)?;
                object.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let parts = crate::resource::Parts::<$spec, crate::resource::NoStatus>::deserialize(deserializer)?;
                let spec = parts.spec.map_or_else(crate::resource::empty_spec, Ok)?;
                Ok(Self { metadata: parts.metadata, spec })
            }
        }

        #[cfg(feature = "schema")]
        impl crate::crd::Described for $name {
            const DESCRIPTION: &'static str = concat!($($doc),*);
            type Status = ();
        }

        custom_resource! { @resource $name $spec $definition }
    };
    (@resource $name:ident $spec:ident $definition:expr) => {
        impl crate::CustomResource for $name {
            const DEFINITION: &'static crate::Definition = &$definition;
        }

        impl kube_core::object::HasSpec for $name {
            type Spec = $spec;

            fn spec(&self) -> &Self::Spec {
                &self.spec
            }

            fn spec_mut(&mut self) -> &mut Self::Spec {
                &mut self.spec
            }
        }

        impl kube_core::Resource for $name {
            type DynamicType = ();
            type Scope = k8s_openapi::NamespaceResourceScope;

            fn kind((): &()) -> std::borrow::Cow<'_, str> {
                <Self as crate::CustomResource>::DEFINITION.kind.into()
            }

            fn group((): &()) -> std::borrow::Cow<'_, str> {
                <Self as crate::CustomResource>::DEFINITION.group.into()
            }

            fn version((): &()) -> std::borrow::Cow<'_, str> {
                <Self as crate::CustomResource>::DEFINITION.version.into()
            }

            fn plural((): &()) -> std::borrow::Cow<'_, str> {
                <Self as crate::CustomResource>::DEFINITION.plural.into()
            }

            fn meta(&self) -> &k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
                &self.metadata
            }

            fn meta_mut(&mut self) -> &mut k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
                &mut self.metadata
            }
        }
    };
}
