//! An object that cannot be decoded: it alone is told so.

use ferroflux_api::conditions::Conditions;
use ferroflux_api::conditions::types::{READY, STALLED};
use ferroflux_api::decode::InvalidObject;
use ferroflux_api::meta::Condition;
use ferroflux_api::meta::reasons::FAILED;
use kube::api::{Api, Patch, PatchParams};
use kube::core::{ApiResource, DynamicObject};
use serde_json::json;
use tracing::error;

use super::{Controller, Ended};
use crate::driver::Driver;
use crate::events::InvolvedObject;
use crate::metrics::RunResult;
use crate::queue::Next;
use crate::report::Event;

impl<D: Driver> Controller<D> {
    /// Says in the object's conditions which field cannot be read. The finalizer stays: what there is to clean up
    /// stands in fields that may not be readable either.
    pub(super) async fn report_invalid(&self, invalid: &InvalidObject) -> Ended {
        let message = invalid.error.to_string();
        error!(error = message, "reconciliation stalled");
        match self.write_invalid(invalid, &message).await {
            Ok(true) => {
                let involved = InvolvedObject::of_parts::<D::Object>(&invalid.metadata);
                let annotations = invalid.metadata.annotations.clone().unwrap_or_default();
                self.recorder.record(&involved, &annotations, Event::error(FAILED, message));
                Ended::new(Next::Never, RunResult::Error)
            }
            Ok(false) => Ended::new(Next::Never, RunResult::Error),
            Err(kube::Error::Api(answer)) if answer.code == 404 => {
                Ended::new(Next::Never, RunResult::Success)
            }
            Err(cause) => {
                error!(error = crate::failure::chain(&cause), "failed to update status");
                Ended::new(Next::Retry, RunResult::Error)
            }
        }
    }

    /// Returns whether the conditions said something else before.
    async fn write_invalid(&self, invalid: &InvalidObject, message: &str) -> Result<bool, kube::Error> {
        let namespace = invalid.metadata.namespace.as_deref().unwrap_or_default();
        let name = invalid.metadata.name.as_deref().unwrap_or_default();
        let resource = ApiResource::erase::<D::Object>(&());
        let api: Api<DynamicObject> = Api::namespaced_with(self.around.client.clone(), namespace, &resource);
        let latest = api.get(name).await?;
        let conditions = latest.data.get("status").and_then(|status| status.get("conditions"));
        let mut list: Vec<Condition> = conditions
            .and_then(|conditions| conditions.as_array())
            .map(|conditions| {
                conditions
                    .iter()
                    .filter_map(|condition| serde_json::from_value(condition.clone()).ok())
                    .collect()
            })
            .unwrap_or_default();
        let generation = latest.metadata.generation.unwrap_or(0);
        let before = list.clone();
        let mut open = Conditions::new(&mut list, generation, self.around.clock.now());
        open.mark_stalled(FAILED, message);
        open.mark_false(READY, FAILED, message);
        if before == list {
            return Ok(false);
        }
        debug_assert!(list.iter().any(|condition| condition.type_ == STALLED));
        let patch = json!({
            "metadata": { "resourceVersion": latest.metadata.resource_version, "uid": latest.metadata.uid },
            "status": { "conditions": list, "observedGeneration": generation },
        });
        let parameters = PatchParams {
            field_manager: Some(self.driver.rules().field_manager.to_owned()),
            ..PatchParams::default()
        };
        api.patch_status(name, &parameters, &Patch::Merge(&patch)).await?;
        Ok(true)
    }
}
