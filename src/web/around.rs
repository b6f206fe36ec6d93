//! A layer around the routes: it looks at a request on its way in and at the answer on its way out.
//!
//! The way in isn't async, so that a request goes on whole to whoever answers it. In a layer that is an async function
//! the request stays, a copy of it in each, until its answer comes; ten thousand who wait for their receipts would hold
//! six kilobytes each for that. Deliberately absent: layers that wait for something before they let a request in.

use axum::extract::Request;
use axum::response::Response;
use futures_util::{FutureExt, TryFutureExt};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower::{Layer, Service};

/// What a layer does.
pub trait Around: Clone + Send + Sync + 'static {
    /// What is kept of a request until its answer has come.
    type Kept: Send + 'static;

    fn enter(&self, request: &Request) -> Self::Kept;

    /// Waits for the answer, unless it answers itself, and looks it through.
    fn leave(kept: Self::Kept, answer: impl ResponseFuture) -> impl ResponseFuture;
}

/// An answer on its way. Nothing happens before it is waited for.
pub trait ResponseFuture: Future<Output = Response> + Send + 'static {}

impl<A: Future<Output = Response> + Send + 'static> ResponseFuture for A {}

/// Makes the layer.
#[derive(Clone)]
pub struct Surround<A>(pub A);

/// What is inside, with the layer around it.
#[derive(Clone)]
pub struct Surrounded<A, S> {
    around: A,
    inner: S,
}

impl<A: Around, S> Layer<S> for Surround<A> {
    type Service = Surrounded<A, S>;

    fn layer(&self, inner: S) -> Self::Service {
        Surrounded { around: self.0.clone(), inner }
    }
}

impl<A: Around, S> Service<Request> for Surrounded<A, S>
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
        let kept = self.around.enter(&request);
        let answer = self.inner.call(request).unwrap_or_else(|never| match never {});
        Box::pin(A::leave(kept, answer).map(Ok))
    }
}
