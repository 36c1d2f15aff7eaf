//! Requests on behalf of a ServiceAccount (contract/kustomize.md 11.1).

use std::task::{Context, Poll};

use http::{HeaderName, HeaderValue, Request};
use tower::{Layer, Service};

static IMPERSONATE_USER: HeaderName = HeaderName::from_static("impersonate-user");

/// Sends every request as this user. No group and no UID: the API server derives a ServiceAccount's groups itself.
#[derive(Clone)]
pub(super) struct ImpersonateLayer {
    user: HeaderValue,
}

impl ImpersonateLayer {
    /// None when the names could not stand in a header, which means that they are no names of Kubernetes.
    pub(super) fn new(namespace: &str, account: &str) -> Option<Self> {
        let user = HeaderValue::from_str(&format!("system:serviceaccount:{namespace}:{account}")).ok()?;
        Some(Self { user })
    }
}

impl<S> Layer<S> for ImpersonateLayer {
    type Service = Impersonate<S>;

    fn layer(&self, inner: S) -> Impersonate<S> {
        Impersonate { inner, user: self.user.clone() }
    }
}

pub(super) struct Impersonate<S> {
    inner: S,
    user: HeaderValue,
}

impl<S, B> Service<Request<B>> for Impersonate<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        request.headers_mut().insert(IMPERSONATE_USER.clone(), self.user.clone());
        self.inner.call(request)
    }
}
