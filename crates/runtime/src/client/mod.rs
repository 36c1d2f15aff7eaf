//! Clients of API servers: one connection pool per cluster, shared by all identities, counted and limited.

use std::sync::Arc;
use std::time::Duration;

use http::header::USER_AGENT;
use http::{HeaderName, HeaderValue, Request};
use kube::client::{Body, ClientBuilder};
use kube::{Client, Config as ClusterConfig};

use crate::config::{ApiRate, Program};
use crate::metrics::{ClientMetrics, Metrics};

mod identity;
mod impersonate;
mod kubeconfig;
mod layers;
mod throttle;

pub use identity::{Identities, Identity, InvalidAccount, RemoteCluster};
pub use kubeconfig::{KubeConfigError, KubeConfigOptions};
use layers::{CountLayer, Shared, ThrottleLayer};
use throttle::Throttle;

/// Answered by an API server with priority and fairness, which needs no help of the client to protect itself.
static FLOW_SCHEMA: HeaderName = HeaderName::from_static("x-kubernetes-pf-flowschema-uid");

/// Time for connecting, and for the answer to the question about priority and fairness.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes clients of this process.
#[derive(Clone)]
pub struct Clients {
    metrics: ClientMetrics,
    rate: ApiRate,
    agent: Option<HeaderValue>,
}

impl Clients {
    /// Clients that name this program, count into these metrics and keep to this rate.
    pub fn new(program: &Program, metrics: &Metrics, rate: ApiRate) -> Self {
        let agent = HeaderValue::from_str(&format!("{}/{}", program.name, program.version)).ok();
        Self { metrics: ClientMetrics::register(metrics), rate, agent }
    }

    /// A client of a cluster. The rate is dropped when the API server announces priority and fairness.
    pub async fn connect(&self, mut config: ClusterConfig) -> Result<Client, kube::Error> {
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        config.headers.extend(self.agent.clone().map(|agent| (USER_AGENT, agent)));
        let host = config.cluster_url.authority().map(ToString::to_string).unwrap_or_default();
        let namespace = config.default_namespace.clone();
        let limit = Arc::new(Throttle::new(self.rate));
        let client = ClientBuilder::try_from(config)?
            .with_layer(&CountLayer { metrics: self.metrics.clone(), host: host.into() })
            .build();
        let limited = ClientBuilder::new(Shared(client.clone()), namespace)
            .with_layer(&ThrottleLayer { throttle: limit })
            .build();
        Ok(if has_flow_control(&client).await { client } else { limited })
    }
}

async fn has_flow_control(client: &Client) -> bool {
    let Ok(request) = Request::head("/livez/ping").body(Body::empty()) else { return false };
    let answer = tokio::time::timeout(CONNECT_TIMEOUT, client.send(request)).await;
    matches!(answer, Ok(Ok(answer)) if answer.headers().contains_key(&FLOW_SCHEMA))
}

#[cfg(test)]
mod tests;
