//! Server-side apply, prune and health by watch, through the identity an object may use.
