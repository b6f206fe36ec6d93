//! Middleware around the routes: it sees a request on its way in and the response on its way out.
//!
//! The way in isn't async, so the request moves on to the handler. In middleware that is an async function each layer's
//! future holds a copy of the request until the response comes; ten thousand clients that wait for their receipts would
//! hold six kilobytes each for that. axum's `from_fn` and tower's async layers have this cost, so neither is used.
//! Deliberately absent: middleware that waits for something before it lets a request in.

use axum::extract::Request;
use axum::response::Response;
use futures_util::{FutureExt, TryFutureExt};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower::{Layer, Service};

/// What one piece of middleware does.
pub trait Middleware: Clone + Send + Sync + 'static {
    /// What is remembered of a request until its response has come.
    type Seen: Send + 'static;

    /// Looks at the request on its way in.
    fn on_request(&self, request: &Request) -> Self::Seen;

    /// Awaits the response, or answers itself, and may change it.
    fn on_response(seen: Self::Seen, response: impl ResponseFuture) -> impl ResponseFuture;
}

/// A response to come. Nothing runs until it is awaited.
pub trait ResponseFuture: Future<Output = Response> + Send + 'static {}

impl<A: Future<Output = Response> + Send + 'static> ResponseFuture for A {}

/// The tower layer of a piece of middleware.
#[derive(Clone)]
pub struct MiddlewareLayer<A>(pub A);

/// The inner service with its middleware.
#[derive(Clone)]
pub struct MiddlewareService<A, S> {
    middleware: A,
    inner: S,
}

impl<A: Middleware, S> Layer<S> for MiddlewareLayer<A> {
    type Service = MiddlewareService<A, S>;

    fn layer(&self, inner: S) -> Self::Service {
        MiddlewareService { middleware: self.0.clone(), inner }
    }
}

impl<A: Middleware, S> Service<Request> for MiddlewareService<A, S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send + 'static>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let seen = self.middleware.on_request(&request);
        let response = self.inner.call(request).unwrap_or_else(|never| match never {});
        Box::pin(A::on_response(seen, response).map(Ok))
    }
}
