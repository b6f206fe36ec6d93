//! What a connection knows of its request: whether the body came too slowly.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set when a request's body came too slowly, in its extensions.
#[derive(Clone, Default)]
pub struct Slow(Arc<AtomicBool>);

impl Slow {
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
