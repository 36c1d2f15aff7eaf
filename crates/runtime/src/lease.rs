//! Leader election on a Lease, compatible with client-go's, so that an old pod of Flux and a new one of ours never work
//! at the same time.
//!
//! Expiry is judged by the local clock since the last change that was *seen*: nobody compares clocks with anybody.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::Client;
use kube::api::{Api, PostParams};
use prometheus::{Gauge, GaugeVec, Opts};
use tokio::time::Instant;
use tracing::{debug, error, info};

use crate::clock::Clock;
use crate::config::LeaderElectionConfig;
use crate::metrics::{Metrics, constant, names};

/// One process's view of the lease.
pub(crate) struct Elector {
    api: Api<Lease>,
    config: LeaderElectionConfig,
    clock: Clock,
    status: Gauge,
    /// The lease as last seen changing, and when that was.
    seen: Option<(LeaseSpec, Instant)>,
    /// When this process last wrote the lease.
    renewed: Instant,
    leading: bool,
}

/// A try to take or renew the lease.
enum Attempt {
    Held,
    OtherHolder(String),
}

impl Elector {
    pub(crate) fn new(client: Client, config: LeaderElectionConfig, clock: Clock, metrics: &Metrics) -> Self {
        let options = Opts::new(names::LEADER_STATUS, "Whether this process holds the lease.");
        let status = metrics
            .register(constant(GaugeVec::new(options, &["name"])))
            .with_label_values(&[config.lease.as_str()]);
        let api = Api::namespaced(client, &config.namespace);
        Self { api, config, clock, status, seen: None, renewed: Instant::now(), leading: false }
    }

    /// Whether this process holds the lease as far as it knows.
    pub(crate) fn is_leader(&self) -> bool {
        self.leading
    }

    /// Returns when this process holds the lease.
    pub(crate) async fn acquire(&mut self) {
        info!("attempting to acquire leader lease {}/{}...", self.config.namespace, self.config.lease);
        let mut reported = None;
        loop {
            match self.attempt(self.config.renew_deadline).await {
                Ok(Attempt::Held) => break,
                Ok(Attempt::OtherHolder(holder)) => {
                    if reported.as_ref() != Some(&holder) {
                        info!("leader lease is held by {holder}");
                        reported = Some(holder);
                    }
                }
                Err(cause) => error!(error = crate::failure::chain(&cause), "error retrieving leader lease"),
            }
            // Up to a fifth late, so that candidates do not try in step.
            tokio::time::sleep(self.config.retry_period.mul_f64(1.0 + 0.2 * fastrand::f64())).await;
        }
        self.leading = true;
        self.status.set(1.0);
        info!("successfully acquired lease {}/{}", self.config.namespace, self.config.lease);
    }

    /// Renews the lease. Returns when it is lost: another process has it, or it could not be renewed in time.
    pub(crate) async fn hold(&mut self) {
        loop {
            tokio::time::sleep(self.config.retry_period).await;
            let deadline = self.renewed + self.config.renew_deadline;
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { break };
            match tokio::time::timeout(left, self.attempt(left)).await {
                Ok(Ok(Attempt::Held)) => debug!("renewed leader lease"),
                Ok(Ok(Attempt::OtherHolder(holder))) => {
                    error!(error = format!("{holder} holds it"), "leader lease lost");
                    break;
                }
                Ok(Err(cause)) => {
                    error!(error = crate::failure::chain(&cause), "failed to renew leader lease, retrying");
                }
                Err(_) => break,
            }
        }
        self.leading = false;
        self.status.set(0.0);
    }

    /// Gives the lease up, so that the next process need not wait for it to expire.
    pub(crate) async fn release(&mut self) {
        self.status.set(0.0);
        if !self.config.release_on_cancel {
            return;
        }
        match tokio::time::timeout(Duration::from_secs(3), self.give_up()).await {
            Ok(Ok(())) => info!("released leader lease"),
            Ok(Err(cause)) => error!(error = crate::failure::chain(&cause), "failed to release leader lease"),
            Err(_) => error!(error = "no answer", "failed to release leader lease"),
        }
    }

    async fn give_up(&self) -> Result<(), kube::Error> {
        let mut lease = self.api.get(&self.config.lease).await?;
        let Some(spec) = lease.spec.as_mut() else { return Ok(()) };
        if spec.holder_identity.as_deref() != Some(&self.config.identity) {
            return Ok(());
        }
        let now = micro_time(self.clock.now());
        spec.holder_identity = Some(String::new());
        spec.lease_duration_seconds = Some(1);
        spec.acquire_time = Some(now.clone());
        spec.renew_time = Some(now);
        self.api.replace(&self.config.lease, &PostParams::default(), &lease).await?;
        Ok(())
    }

    /// Takes or renews the lease if it is free, expired or ours. A conflict means that somebody else was faster and
    /// comes out as an error.
    async fn attempt(&mut self, limit: Duration) -> Result<Attempt, kube::Error> {
        let attempt = async {
            match self.api.get_opt(&self.config.lease).await? {
                None => self.api.create(&PostParams::default(), &self.fresh()).await.map(Ok),
                Some(lease) => self.take(lease).await,
            }
        };
        // Half of the deadline leaves time for a second try over another connection.
        let answered = tokio::time::timeout(limit / 2, attempt).await;
        let lease = match answered {
            Ok(result) => match result? {
                Ok(written) => written,
                Err((seen, holder)) => {
                    self.observe(seen);
                    return Ok(Attempt::OtherHolder(holder));
                }
            },
            Err(_) => return Err(kube::Error::Service("no answer in time".into())),
        };
        self.renewed = Instant::now();
        self.observe(lease.spec.unwrap_or_default());
        Ok(Attempt::Held)
    }

    async fn take(&self, mut lease: Lease) -> Result<Result<Lease, (LeaseSpec, String)>, kube::Error> {
        let spec = lease.spec.clone().unwrap_or_default();
        let holder = spec.holder_identity.clone().unwrap_or_default();
        let ours = holder == self.config.identity;
        if !ours && !holder.is_empty() && !self.expired(&spec) {
            return Ok(Err((spec, holder)));
        }
        let now = micro_time(self.clock.now());
        let transitions = spec.lease_transitions.unwrap_or(0);
        let new = self.spec(&now);
        lease.spec = Some(LeaseSpec {
            acquire_time: if ours { spec.acquire_time.or(new.acquire_time) } else { new.acquire_time },
            lease_transitions: Some(if ours { transitions } else { transitions.saturating_add(1) }),
            ..new
        });
        self.api.replace(&self.config.lease, &PostParams::default(), &lease).await.map(Ok)
    }

    /// Whether the lease has not changed for as long as its holder promised to renew it.
    fn expired(&self, spec: &LeaseSpec) -> bool {
        let Some((seen, at)) = &self.seen else { return false };
        let duration = seen.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let duration = duration.map_or(self.config.lease_duration, Duration::from_secs);
        seen == spec && at.elapsed() > duration
    }

    fn observe(&mut self, spec: LeaseSpec) {
        if self.seen.as_ref().is_none_or(|(seen, _)| *seen != spec) {
            self.seen = Some((spec, Instant::now()));
        }
    }

    fn fresh(&self) -> Lease {
        let spec = self.spec(&micro_time(self.clock.now()));
        let metadata = ObjectMeta {
            name: Some(self.config.lease.clone()),
            namespace: Some(self.config.namespace.clone()),
            ..ObjectMeta::default()
        };
        Lease { metadata, spec: Some(spec) }
    }

    fn spec(&self, now: &MicroTime) -> LeaseSpec {
        LeaseSpec {
            holder_identity: Some(self.config.identity.clone()),
            lease_duration_seconds: Some(
                i32::try_from(self.config.lease_duration.as_secs()).unwrap_or(i32::MAX),
            ),
            acquire_time: Some(now.clone()),
            renew_time: Some(now.clone()),
            lease_transitions: Some(0),
            ..LeaseSpec::default()
        }
    }
}

fn micro_time(now: Timestamp) -> MicroTime {
    MicroTime(now)
}
