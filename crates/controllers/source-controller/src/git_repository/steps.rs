//! The order of one run (contract/source.md 7.1).

use std::sync::Arc;

use ferroflux_api::{
    conditions::types,
    source::v1::{GitRepository, GitRepositoryStatus},
};
use ferroflux_git::{Checkout, Remote};
use ferroflux_runtime::{Event, Failure, Run, Stamp};

use super::{
    Context, GitRepositories,
    act::{self, Found},
    plan::{self, Plan},
    report::{self, Parts},
    resolve,
};
use crate::{notify::Before, storage_phase};

/// One run over one object.
pub(super) struct Work<'a> {
    context: &'a Context,
    object: &'a GitRepository,
    run: &'a Run<GitRepositories>,
    stamp: Stamp,
    status: GitRepositoryStatus,
    events: Vec<Event>,
    before: Before,
    /// The first line of the commit's message, if a commit was fetched.
    subject: Option<String>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        context: &'a Context,
        object: &'a GitRepository,
        run: &'a Run<GitRepositories>,
    ) -> Self {
        let status = object.status.clone().unwrap_or_default();
        let before = Before::new(status.artifact.as_ref(), &status.conditions, report::FAIL_CONDITIONS);
        let stamp = run.stamp(object);
        Self { context, object, run, stamp, status, events: Vec::new(), before, subject: None }
    }

    /// All steps, up to the first that fails.
    pub(super) async fn steps(&mut self) -> Result<(), Failure> {
        self.storage().await?; // I/O
        let (spec, context) = (&self.object.spec, self.context);
        report::drop_stale_verification(&mut self.status);
        plan::check(spec, context.object_level_workload_identity)?; // pure
        let namespace = &self.run.key().namespace;
        let remote = resolve::remote(&context.client, namespace, spec).await?; // I/O
        let delay = context.requeue_dependency;
        let included = resolve::included(&context.repositories, namespace, spec, delay)?;
        if report::new_includes(&mut self.status, self.stamp, &included) {
            self.progress().await;
        }
        let plan = plan::plan(spec, &self.status, &included); // pure
        match act::checkout(self.context, &remote, &plan, self.run.shutdown()).await? {
            Found::Unchanged(revision) => {
                self.events.push(report::unchanged(&mut self.status, self.stamp, &revision));
                Ok(())
            }
            Found::Commit(checkout) => self.artifact(&remote, &plan, (*checkout).into()).await, // I/O
        }
    }

    /// Everything that the report is made of.
    pub(super) fn into_parts(self) -> Parts<'a> {
        Parts {
            object: self.object,
            status: self.status,
            events: self.events,
            before: self.before,
            subject: self.subject,
        }
    }

    /// The artifact must still be there; an object without one says that it is being built.
    async fn storage(&mut self) -> Result<(), Failure> {
        let had = self.status.artifact.take();
        let disappeared = had.is_some();
        let found = storage_phase::run(&self.context.storage, had).await?;
        self.status.artifact = found.artifact;
        self.events.extend(found.events);
        let mut conditions = self.stamp.conditions(&mut self.status);
        conditions.delete(types::STORAGE_OPERATION_FAILED);
        if self.status.artifact.is_none() {
            let mut conditions = self.stamp.conditions(&mut self.status);
            if storage_phase::mark_building(&mut conditions, disappeared) {
                self.progress().await;
            }
        }
        Ok(())
    }

    async fn artifact(
        &mut self,
        remote: &Remote,
        plan: &Plan,
        checkout: Arc<Checkout>,
    ) -> Result<(), Failure> {
        self.subject = Some(checkout.commit.subject().to_owned());
        let current = self.status.artifact.as_ref();
        if current.is_some_and(|artifact| plan.content_unchanged && artifact.has_revision(&checkout.revision))
        {
            self.events.push(report::up_to_date(&mut self.status, self.stamp, &checkout.revision));
            return Ok(());
        }
        if report::new_revision(&mut self.status, self.stamp, &checkout.revision) {
            self.progress().await;
        }
        let assembling = act::assemble(self.context, remote, &checkout, plan);
        let assembled = self.run.shutdown().run_until_cancelled(assembling).await;
        let assembled = assembled.unwrap_or_else(|| Err(act::interrupted()))?;
        let key = self.run.key();
        let artifact = act::write(&self.context.storage, key, &checkout, assembled).await?;
        self.context.metrics.archives.with_label_values(&["GitRepository"]).inc();
        let included = plan.includes.iter().map(|include| include.artifact.clone()).collect();
        report::stored(&mut self.status, self.stamp, &self.object.spec, artifact, included);
        Ok(())
    }

    /// Publishes what is being done. That it could not be published is no reason not to do it.
    async fn progress(&self) {
        if let Err(error) = self.run.progress(&self.status).await {
            let error = ferroflux_runtime::chain(&error);
            tracing::debug!(error, "cannot publish the progress");
        }
    }
}
