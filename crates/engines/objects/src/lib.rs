//! Kubernetes objects as data: identifiers, order, inventory, health rules and drift.
