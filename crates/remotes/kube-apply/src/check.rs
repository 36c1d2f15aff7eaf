//! What has to be done to one object (contract/kustomize.md 9.5).

use ferroflux_objects::{
    IgnoreRules, Object, Policies, SsaMode, differs, drop_undeclared, plan_clean_up, plan_version_migration,
};
use serde_json::Value;

use crate::api::{self, Mode};
use crate::apply::ApplyOptions;
use crate::error::{ApiFailure, ApplyError};
use crate::mapper::{Mapping, MappingError};
use crate::target::Target;

/// How often a clean-up is planned again because somebody changed the object in between.
const CLEAN_UP_ATTEMPTS: usize = 5;

/// How often an object is compared again because its controllers changed it between the two requests.
const COMPARE_ATTEMPTS: usize = 3;

/// How often a refusal for unknown fields is answered by leaving them out.
const UNDECLARED_ATTEMPTS: usize = 16;

/// What applying would do.
enum Comparison {
    /// The object as it would become, and as it is.
    Both(Value, Value),
    /// It does not exist.
    Absent,
    /// The API server refuses it.
    Refused(ApiFailure),
}

/// The decision on one object.
pub(crate) enum Decision {
    /// A policy leaves it alone.
    Skip,
    /// It is as desired; this is its live form.
    Unchanged(Value),
    /// It must be applied.
    Apply {
        /// What to send.
        payload: Value,
        /// Whether it exists.
        exists: bool,
    },
}

pub(crate) struct Check<'a> {
    pub(crate) target: &'a Target,
    pub(crate) options: &'a ApplyOptions,
    pub(crate) object: &'a Object,
    path: String,
    collection: String,
}

impl<'a> Check<'a> {
    pub(crate) fn new(
        target: &'a Target,
        options: &'a ApplyOptions,
        object: &'a Object,
        mapping: &Mapping,
    ) -> Self {
        let path = mapping.object(object.namespace(), object.name());
        Self { target, options, object, path, collection: mapping.collection(object.namespace()) }
    }

    async fn live(&self) -> Result<Option<Value>, ApplyError> {
        api::get_opt(self.target, &self.path)
            .await
            .map_err(|cause| ApplyError::Query { subject: self.object.id(), cause })
    }

    async fn dry_run(&self, payload: &Value) -> Result<Value, ApiFailure> {
        api::apply(self.target, &self.path, &self.options.manager, Mode::DryRun, payload).await
    }

    /// Decides. An object that does not exist costs one request, one that does costs two.
    pub(crate) async fn decide(&self) -> Result<Decision, ApplyError> {
        let mut desired = Value::Object(self.object.fields().clone());
        let policies = Policies::of([&desired]);
        if policies.skips_apply(false) {
            return Ok(Decision::Skip);
        }
        if policies.ssa == SsaMode::IfNotPresent && self.live().await?.is_some() {
            return Ok(Decision::Skip);
        }
        let migrated = self.options.migrate_api_version && self.migrate().await?;
        let mut comparison = self.compare(&desired).await?;
        // A refusal does not always name all of them at once.
        for _ in 0..UNDECLARED_ATTEMPTS {
            let Comparison::Refused(failure) = &comparison else { break };
            let dropped = drop_undeclared(&mut desired, &failure.message);
            if dropped.is_empty() {
                break;
            }
            tracing::warn!(object = %self.object.id(), fields = %dropped.join(", "),
                "fields that the API server does not know are left out");
            comparison = self.compare(&desired).await?;
        }
        let (dry_run, live) = match comparison {
            Comparison::Both(dry_run, live) => (dry_run, live),
            Comparison::Absent => return Ok(Decision::Apply { payload: desired, exists: false }),
            Comparison::Refused(failure) => return self.refused(desired, failure).await,
        };
        let policies = Policies::of([&desired, &live]);
        if policies.skips_apply(true) {
            return Ok(Decision::Skip);
        }
        // Whether to merge is asked of the object as it will be: a mode that the manifest gave up ends with this run.
        let merges = Policies::of([&desired, &dry_run]).ssa == SsaMode::Merge;
        let cleaned = !merges && self.clean_up(&live).await?;
        if !cleaned && !migrated && !self.drifted(&live, &dry_run) {
            return Ok(Decision::Unchanged(live));
        }
        Ok(Decision::Apply { payload: self.payload(desired, &live), exists: true })
    }

    /// The result of an apply beside the live object, both of the same version where the object gives us time.
    async fn compare(&self, desired: &Value) -> Result<Comparison, ApplyError> {
        let version = |object: &Value| object.pointer("/metadata/resourceVersion").cloned();
        let mut attempts = COMPARE_ATTEMPTS;
        loop {
            let dry_run = match self.dry_run(desired).await {
                Ok(dry_run) => dry_run,
                Err(failure) => return Ok(Comparison::Refused(failure)),
            };
            if version(&dry_run).is_none() {
                return Ok(Comparison::Absent);
            }
            let Some(live) = self.live().await? else { return Ok(Comparison::Absent) };
            attempts -= 1;
            if attempts == 0 || version(&live) == version(&dry_run) {
                return Ok(Comparison::Both(dry_run, live));
            }
        }
    }

    fn drifted(&self, live: &Value, dry_run: &Value) -> bool {
        let paths = self.options.ignore.paths_for(self.object);
        if paths.is_empty() {
            return differs(live, dry_run);
        }
        let (mut live, mut dry_run) = (live.clone(), dry_run.clone());
        IgnoreRules::remove(&mut live, &paths);
        IgnoreRules::remove(&mut dry_run, &paths);
        differs(&live, &dry_run)
    }

    fn payload(&self, desired: Value, live: &Value) -> Value {
        let paths = self.options.ignore.paths_for(self.object);
        if paths.is_empty() {
            return desired;
        }
        let Ok(mut payload) = Object::from_value(desired) else { return Value::Null };
        IgnoreRules::keep_live_values(&mut payload, live, &self.options.manager, &paths);
        payload.into_value()
    }

    /// The dry-run was refused: an immutable field may be why, and the live object may ask to be left alone.
    async fn refused(&self, desired: Value, failure: ApiFailure) -> Result<Decision, ApplyError> {
        let subject = self.object.id();
        if failure.is_not_found() {
            // The definition may be gone, or may have come back with another scope.
            self.target.mapper.forget(self.object.api_version()).await;
            return Err(ApplyError::of_dry_run(subject, failure));
        }
        let Ok(Some(live)) = self.live().await else {
            return Err(ApplyError::of_dry_run(subject, failure));
        };
        let policies = Policies::of([&desired, &live]);
        if policies.skips_apply(true) {
            return Ok(Decision::Skip);
        }
        if !(self.options.force || policies.force) || !failure.names_immutable_field() {
            return Err(ApplyError::of_dry_run(subject, failure));
        }
        let creatable =
            api::create_dry_run(self.target, &self.collection, &self.options.manager, &desired).await;
        if creatable.is_err_and(|refusal| refusal.reason != "AlreadyExists") {
            // More is wrong with it than the immutable field: what runs now is better than nothing.
            return Err(ApplyError::of_dry_run(subject, failure));
        }
        self.recreate(&live).await?;
        match self.dry_run(&desired).await {
            Ok(_) => Ok(Decision::Apply { payload: desired, exists: false }),
            Err(failure) => Err(ApplyError::of_dry_run(subject, failure)),
        }
    }

    async fn recreate(&self, live: &Value) -> Result<(), ApplyError> {
        let uid = live.pointer("/metadata/uid").and_then(Value::as_str);
        match api::delete(self.target, &self.path, uid).await {
            Ok(()) => {}
            Err(cause) if cause.is_not_found() => return Ok(()),
            Err(cause) => return Err(ApplyError::ForceDelete { subject: self.object.id(), cause }),
        }
        let deadline = tokio::time::Instant::now() + self.options.recreate_timeout;
        let mut pause = std::time::Duration::from_millis(50);
        loop {
            let gone = match self.live().await? {
                None => true,
                Some(successor) => successor.pointer("/metadata/uid").and_then(Value::as_str) != uid,
            };
            if gone {
                return Ok(());
            }
            if tokio::time::Instant::now() >= deadline {
                let cause = ApiFailure {
                    code: 0,
                    reason: String::new(),
                    message: "the object is still being deleted".to_owned(),
                };
                return Err(ApplyError::ForceWait { subject: self.object.id(), cause });
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(std::time::Duration::from_secs(2));
        }
    }

    async fn clean_up(&self, live: &Value) -> Result<bool, ApplyError> {
        let fail = |cause| ApplyError::CleanUp { subject: self.object.id(), cause };
        let plan = |live: &Value| plan_clean_up(live, &self.options.manager, &self.options.takeover);
        let Some(mut patch) = plan(live) else { return Ok(false) };
        for _ in 0..CLEAN_UP_ATTEMPTS {
            let sent =
                api::json_patch(self.target, &self.path, &self.options.manager, &patch.operations).await;
            match sent {
                Ok(_) => return Ok(true),
                Err(failure) if failure.is_conflict() => {}
                Err(failure) => return Err(fail(failure)),
            }
            let Some(live) = self.live().await? else { return Ok(true) };
            match plan(&live) {
                Some(again) => patch = again,
                None => return Ok(true),
            }
        }
        let message = "the object keeps changing".to_owned();
        Err(fail(ApiFailure { code: 409, reason: "Conflict".to_owned(), message }))
    }

    async fn migrate(&self) -> Result<bool, ApplyError> {
        let Some(live) = self.live().await? else { return Ok(false) };
        let Some(patch) = plan_version_migration(&live, self.object.api_version()) else { return Ok(false) };
        api::json_patch(self.target, &self.path, &self.options.manager, &patch.operations)
            .await
            .map(|_| true)
            .map_err(|cause| ApplyError::Migrate { subject: self.object.id(), cause })
    }
}

/// The mapping of an object's kind, or the error that stands for its absence.
pub(crate) async fn mapping_of(target: &Target, object: &Object) -> Result<Mapping, ApplyError> {
    target
        .mapper
        .mapping(target, object.api_version(), object.kind())
        .await
        .map_err(|cause: MappingError| ApplyError::NoMatch { subject: object.id(), cause })
}
