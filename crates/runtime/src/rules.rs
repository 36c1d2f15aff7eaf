//! The names and condition rules of one kind, as data.

use ferroflux_api::conditions::{Polarity, TransitionRule};

/// Constant facts about one kind's controller.
#[derive(Debug)]
pub struct Rules {
    /// Name of the controller in events, for example `source-controller`.
    pub controller: &'static str,
    /// Field manager of status and finalizer writes, for example `gotk-kustomize-controller`.
    pub field_manager: &'static str,
    /// The finalizer that the runtime adds before the first run; none for kinds that need no cleaning up.
    pub finalizer: Option<&'static str>,
    /// Condition types that this controller owns. Others' conditions survive every write.
    pub owned_conditions: &'static [&'static str],
    /// When the time of a condition changes.
    pub transitions: TransitionRule,
    /// How the outcome of a run becomes the `Ready` condition.
    pub scheme: Scheme,
}

/// How `Ready`, `Reconciling` and `Stalled` follow from a run.
#[derive(Debug)]
pub enum Scheme {
    /// The sources' way (contract/source.md 3.2 to 3.4): the runtime marks `Reconciling`, `Ready` is computed from the
    /// listed conditions, and `observedGeneration` moves only when the run ends in success or is stalled.
    Summary(Summary),
    /// The appliers' way (contract/kustomize.md 3.5 and 5): the driver sets `Ready` for success and progress, a
    /// failure becomes `Ready=False`.
    Plain,
}

/// What [`Scheme::Summary`] computes `Ready` from.
#[derive(Debug)]
pub struct Summary {
    /// The summarise list, in order. `Stalled` and `Reconciling` are part of it and stand where the contract puts them.
    pub conditions: &'static [(&'static str, Polarity)],
    /// A condition of both polarities that makes `Ready` False whenever it is False (`SourceVerified`).
    pub veto: Option<&'static str>,
    /// The log line for a suspended object; one kind of Flux writes it with a capital letter.
    pub suspended_message: &'static str,
}
