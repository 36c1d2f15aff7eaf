//! Kubernetes objects as data: identifiers, order, inventory, health rules, drift and field-manager clean-up.
//!
//! Everything here takes values and returns values: no I/O, no clock, no client. Sending what these functions
//! decide is the business of `ferroflux-kube-apply`. The rules are those of `contract/kustomize.md` 9 and 10.

mod change;
mod cleanup;
mod drift;
pub mod health;
mod id;
mod ignore;
mod inventory;
pub mod keys;
mod live;
mod metadata;
mod normalise;
mod object;
mod order;
mod policy;
mod selector;
mod undeclared;

pub use change::{Action, Change, ChangeSet};
pub use cleanup::{CleanUp, ManagerMatch, ManagerOperation, plan_clean_up, plan_version_migration};
pub use drift::{differs, semantically_equal};
pub use id::{GroupKind, InvalidInventoryId, ObjectId};
pub use ignore::{IgnoreRule, IgnoreRuleError, IgnoreRules, IgnoreTarget};
pub use inventory::{Inventory, InventoryEntry};
pub use live::{Digest, LiveState, digest_of_bytes, digest_of_value};
pub use metadata::{CommonMetadata, Owner};
pub use normalise::normalise;
pub use object::{Object, ObjectError};
pub use order::{ApplyStage, StagePlan, compare_ids, sort_for_apply, sort_for_delete};
pub use policy::{Policies, SsaMode};
pub use selector::{Selector, SelectorError};
pub use undeclared::drop_undeclared;

#[cfg(test)]
mod tests;
