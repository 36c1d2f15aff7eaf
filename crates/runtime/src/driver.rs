//! What a controller is to the runtime: a kind with a status, and a driver that reconciles one object of it.

use std::fmt;
use std::sync::Arc;

use ferroflux_api::{CustomResource, Spec as _, Status};
use kube::core::object::{HasSpec as _, HasStatus};

use crate::report::{Finalization, Report};
use crate::rules::Rules;
use crate::run::Run;

/// A custom resource that a controller reconciles: every kind of `ferroflux-api` that has a status.
pub trait Object: CustomResource + HasStatus<Status: Status> {}

impl<K: CustomResource + HasStatus<Status: Status>> Object for K {}

/// The status type of a driver's kind.
pub type StatusOf<D> = <<D as Driver>::Object as HasStatus>::Status;

/// One kind's controller. The runtime calls it; it never calls the runtime except through [`Run`].
///
/// The runtime has already read the object, handled suspension, added the finalizer and published the first progress
/// when [`Driver::reconcile`] is called. A driver writes no status and removes no finalizer; it hands back a [`Report`].
pub trait Driver: Send + Sync + 'static {
    /// The kind that is reconciled.
    type Object: Object;

    /// What the driver remembers of one object between runs: a wait in progress, health watches, what it last
    /// verified. Starts as the default, is dropped when the object is gone or leaves this shard, and never persists.
    type Memory: Default + Send + 'static;

    /// Names and condition rules of this kind. Constant for the life of the process.
    fn rules(&self) -> &'static Rules;

    /// Does the work for one object once, without waiting for the world: what must be waited for is returned as
    /// [`Requeue::Wait`](crate::Requeue::Wait) and frees the slot.
    fn reconcile(
        &self,
        object: Arc<Self::Object>,
        run: &Run<Self>,
    ) -> impl Future<Output = Report<StatusOf<Self>>> + Send
    where
        Self: Sized;

    /// Cleans up after an object with a deletion timestamp, also when it is suspended. The finalizer goes when this
    /// returns [`Finalization::Done`].
    fn finalize(
        &self,
        object: Arc<Self::Object>,
        run: &Run<Self>,
    ) -> impl Future<Output = Finalization<StatusOf<Self>>> + Send
    where
        Self: Sized;

    /// Called instead of [`Driver::reconcile`] when the object is suspended: the place to drop waits and watches.
    fn suspended(&self, object: &Self::Object, run: &Run<Self>)
    where
        Self: Sized,
    {
        let _ = (object, run);
    }

    /// Whether the user asked not to reconcile the object: `spec.suspend`, unless the kind says it in another way.
    fn is_suspended(&self, object: &Self::Object) -> bool {
        object.spec().suspended()
    }

    /// Whether a changed object needs a run at all, beyond the generation and `requestedAt` rule; a kind with static
    /// variants (HelmRepository of type `oci`) says no here.
    fn relevant(&self, object: &Self::Object) -> bool {
        let _ = object;
        true
    }
}

/// A namespaced name: the key of the work queue. The kind is the queue's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// `metadata.namespace`, empty for a cluster-scoped object.
    pub namespace: Arc<str>,
    /// `metadata.name`.
    pub name: Arc<str>,
}

impl Key {
    /// A key from its two parts.
    pub fn new(namespace: impl AsRef<str>, name: impl AsRef<str>) -> Self {
        Self { namespace: Arc::from(namespace.as_ref()), name: Arc::from(name.as_ref()) }
    }

    /// The key of an object as the API server returned it.
    pub fn of<K: kube::Resource>(object: &K) -> Self {
        let meta = object.meta();
        Self::new(meta.namespace.as_deref().unwrap_or_default(), meta.name.as_deref().unwrap_or_default())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            return f.write_str(&self.name);
        }
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A kind and a key: how objects are named in messages, `<Kind>/<namespace>/<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// The kind, without group.
    pub kind: std::borrow::Cow<'static, str>,
    /// Namespace and name.
    pub key: Key,
}

impl ObjectRef {
    /// The reference to `object`.
    pub fn of<K: kube::Resource<DynamicType = ()>>(object: &K) -> Self {
        Self { kind: K::kind(&()).into_owned().into(), key: Key::of(object) }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.key)
    }
}
