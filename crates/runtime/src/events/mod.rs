//! Events about reconciled objects: Kubernetes events and notifications, both behind bounded queues, so that a reconcile
//! never waits for either (design decision 6, contract/source.md 15.8, contract/kustomize.md 12).

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Resource;

use crate::clock::Clock;
use crate::report::{Event, Severity};

mod aggregate;
mod kubernetes;
mod outbox;

pub(crate) use kubernetes::KubernetesSink;
pub(crate) use outbox::{Outbox, OutboxConfig};

pub use ferroflux_api::names::annotations::EVENT_PREFIX as EVENT_ANNOTATION_PREFIX;

/// Longest message of an event in bytes.
pub const MAX_EVENT_MESSAGE: usize = 32 * 1024;

/// The object that an event is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct InvolvedObject {
    /// API version with group.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// UID.
    pub uid: String,
    /// Version of the object when the event happened.
    pub resource_version: String,
}

impl InvolvedObject {
    /// The reference to `object`.
    pub fn of<K: Resource<DynamicType = ()>>(object: &K) -> Self {
        Self::of_parts::<K>(object.meta())
    }

    /// The reference to an object of kind `K` of which only the metadata is known.
    pub(crate) fn of_parts<K: Resource<DynamicType = ()>>(meta: &ObjectMeta) -> Self {
        Self {
            api_version: K::api_version(&()).into_owned(),
            kind: K::kind(&()).into_owned(),
            namespace: meta.namespace.clone().unwrap_or_default(),
            name: meta.name.clone().unwrap_or_default(),
            uid: meta.uid.clone().unwrap_or_default(),
            resource_version: meta.resource_version.clone().unwrap_or_default(),
        }
    }

    fn to_reference(&self) -> ObjectReference {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ObjectReference {
            api_version: some(&self.api_version),
            kind: some(&self.kind),
            namespace: some(&self.namespace),
            name: some(&self.name),
            uid: some(&self.uid),
            resource_version: some(&self.resource_version),
            field_path: None,
        }
    }
}

/// An event on its way to the sinks.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) controller: &'static str,
    pub(crate) involved: InvolvedObject,
    pub(crate) severity: Severity,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) timestamp: Timestamp,
}

/// Where the events of one controller go. Cheap to clone; recording never blocks.
#[derive(Clone)]
pub struct Recorder {
    pub(crate) controller: &'static str,
    pub(crate) sinks: Arc<Sinks>,
}

/// The two ways out of the process.
pub(crate) struct Sinks {
    pub(crate) clock: Clock,
    pub(crate) kubernetes: KubernetesSink,
    pub(crate) outbox: Option<Outbox>,
}

impl Recorder {
    /// Hands an event to the sinks. `annotations` are the object's own.
    pub fn record(&self, involved: &InvolvedObject, annotations: &BTreeMap<String, String>, event: Event) {
        let mut metadata = event.metadata;
        let own = annotations.iter().filter(|(key, _)| key.starts_with(EVENT_ANNOTATION_PREFIX));
        metadata.extend(own.map(|(key, value)| (key.clone(), value.clone())));
        let record = Record {
            controller: self.controller,
            involved: involved.clone(),
            severity: event.severity,
            reason: event.reason.into_owned(),
            message: crate::text::cut(&event.message, MAX_EVENT_MESSAGE),
            metadata,
            timestamp: self.sinks.clock.now(),
        };
        crate::logs::trace_event(&record);
        if let (Some(outbox), true) = (&self.sinks.outbox, record.severity != Severity::Trace) {
            outbox.push(record.clone());
        }
        self.sinks.kubernetes.push(record);
    }
}
