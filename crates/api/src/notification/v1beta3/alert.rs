//! Alert: which events go to which provider (notification.md 2.1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Definition, PrinterColumn, StatusSchema, meta::LocalObjectReference, notification::NotificationObjectKind,
};

custom_resource! {
    /// Says which events go to which provider.
    pub struct Alert {
        spec: AlertSpec,
    }
    definition: Definition {
        group: super::GROUP,
        version: super::VERSION,
        kind: "Alert",
        plural: "alerts",
        singular: "alert",
        short_names: &[],
        categories: &["all", "fluxcd", "fluxcd-notifications"],
        controller: "notification-controller",
        status: StatusSchema::None,
        printer_columns: &[
            PrinterColumn::AGE,
        ],
    }
}

/// Which events, and where they go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct AlertSpec {
    /// Provider that the events go to.
    pub provider_ref: LocalObjectReference,
    /// Lowest severity of events to send.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("x-default" = "info")))]
    pub event_severity: EventSeverity,
    /// Objects whose events are sent.
    pub event_sources: Vec<CrossNamespaceObjectReference>,
    /// Regular expressions; one of them must match the message when there is any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inclusion_list: Vec<String>,
    /// Metadata to add to every event.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub event_metadata: BTreeMap<String, String>,
    /// Regular expressions; events whose message matches one of them are not sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusion_list: Vec<String>,
    /// Text that introduces every notification; `eventMetadata` takes its place.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 255)))]
    pub summary: Option<String>,
    /// Sends nothing.
    #[serde(default, skip_serializing_if = "crate::absent::is_false")]
    pub suspend: bool,
}

impl crate::Spec for AlertSpec {
    fn suspended(&self) -> bool {
        self.suspend
    }
}

/// Objects whose events are sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CrossNamespaceObjectReference {
    /// API version of the objects; not used to find them.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Kind of the objects.
    pub kind: NotificationObjectKind,
    /// Name of the object; `*` for all.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 253)))]
    pub name: String,
    /// Namespace of the objects; the Alert's own when left out.
    #[serde(default, deserialize_with = "crate::absent::if_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 253)))]
    pub namespace: Option<String>,
    /// Labels that the objects must have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
}

string_enum! {
    /// Severities of events.
    #[derive(Default)]
    pub enum EventSeverity {
        /// Everything.
        #[default]
        Info = "info",
        /// Errors only.
        Error = "error",
    }
}
