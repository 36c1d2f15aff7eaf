//! Counting and limiting requests, as layers around the HTTP client.

use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use tower::{Layer, Service};

use super::throttle::Throttle;
use crate::metrics::ClientMetrics;

/// A client as the inner part of another one: both send over the same connections.
#[derive(Clone)]
pub(super) struct Shared(pub(super) Client);

impl Service<Request<Body>> for Shared {
    type Response = Response<Body>;
    type Error = kube::Error;
    type Future = BoxFuture<'static, Result<Response<Body>, kube::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), kube::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move { client.send(request).await })
    }
}

/// Counts every request by its answer.
pub(super) struct CountLayer {
    pub(super) metrics: ClientMetrics,
    pub(super) host: Arc<str>,
}

impl<S> Layer<S> for CountLayer {
    type Service = Count<S>;

    fn layer(&self, inner: S) -> Count<S> {
        Count { inner, metrics: self.metrics.clone(), host: self.host.clone() }
    }
}

pub(super) struct Count<S> {
    inner: S,
    metrics: ClientMetrics,
    host: Arc<str>,
}

impl<S, A, B> Service<Request<A>> for Count<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: 'static,
    B: 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<B>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let (metrics, host) = (self.metrics.clone(), self.host.clone());
        let method = request.method().clone();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await;
            let code = answer.as_ref().ok().map(|answer| answer.status().as_u16());
            metrics.request(code, &host, method.as_str());
            answer
        })
    }
}

/// Holds requests back until the bucket has a token for them.
pub(super) struct ThrottleLayer {
    pub(super) throttle: Arc<Throttle>,
}

impl<S> Layer<S> for ThrottleLayer {
    type Service = Throttled<S>;

    fn layer(&self, inner: S) -> Throttled<S> {
        Throttled { inner, throttle: self.throttle.clone() }
    }
}

pub(super) struct Throttled<S> {
    inner: S,
    throttle: Arc<Throttle>,
}

impl<S, R> Service<R> for Throttled<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
    S::Response: 'static,
    S::Error: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let wait = self.throttle.reserve();
        // The inner client sends nothing before its future is polled.
        let answer = self.inner.call(request);
        Box::pin(async move {
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
            answer.await
        })
    }
}
