//! Server-side apply, prune and health by watch, through the identity an object may use.
//!
//! Every call takes a [`Target`]: the client of the identity, with which all requests for an object are made. What
//! is sent and what an answer means is decided by `ferroflux-objects`; this crate sends it (contract/kustomize.md
//! 9 and 10). Nothing here waits in a caller's slot: health is watched by [`HealthWaits`], which calls back.

mod api;
mod apply;
mod check;
mod delete;
mod error;
mod health;
mod mapper;
mod memory;
mod target;
mod watch;

pub use apply::{ApplyOptions, Leases, StageResult, apply_stage, desired_digest, resolve_scopes};
pub use delete::{Prune, PruneResult, gone, prune};
pub use error::{ApiFailure, ApplyError, PruneFailure};
pub use health::{HealthFailure, HealthMode, HealthRequest, HealthWaits, check_health};
pub use mapper::{Mapper, Mapping, MappingError};
pub use memory::{DriftListener, Owned, Tracker};
pub use target::Target;
pub use watch::{Hub, HubOptions, WatchCounts};
