//! The error of a store.

use std::sync::Arc;

/// The store failed. Try again later.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(#[source] Arc<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// Wraps the store's own error.
    pub fn new(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Arc::from(error.into()))
    }

    /// Returns the error of a method of [`SessionAdmin`](crate::SessionAdmin) that
    /// the store does not implement.
    pub fn unsupported(method: &'static str) -> Self {
        Self(Arc::new(Unsupported(method)))
    }

    /// Returns whether the store does not implement the method.
    pub fn is_unsupported(&self) -> bool {
        self.0.is::<Unsupported>()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the session store does not implement `SessionAdmin::{0}`")]
struct Unsupported(&'static str);
