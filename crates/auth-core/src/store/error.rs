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
}
