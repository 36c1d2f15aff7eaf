//! What several kinds share: references, artifacts, conditions, durations.

mod artifact;
mod build;
mod condition;
mod duration;
pub mod reasons;
mod references;

pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta, Time};

pub use self::{
    artifact::Artifact,
    build::{
        CommonMetadata, CustomHealthCheck, IgnoreRule, Image, Patch, ResourceInventory, ResourceRef, Selector,
    },
    condition::{Condition, ConditionStatus},
    duration::{Duration, DurationProblem, InvalidDuration},
    references::{DependencyReference, KubeConfigReference, LocalObjectReference, SecretKeyReference},
};

#[cfg(test)]
mod tests;
