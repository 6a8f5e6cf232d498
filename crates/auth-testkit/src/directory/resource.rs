//! API resources.

use std::collections::BTreeSet;

/// An API resource with the permissions that exist there.
///
/// Once one is added, the provider refuses tokens for all others
/// (`invalid_target`, RFC 8707 §2).
#[derive(Clone, Debug)]
pub struct TestResource {
    pub(super) indicator: String,
    pub(super) permissions: BTreeSet<String>,
}

impl TestResource {
    /// Returns a resource with this indicator, an absolute URI.
    pub fn new<'a>(indicator: &str, permissions: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            indicator: indicator.to_owned(),
            permissions: permissions.into_iter().map(str::to_owned).collect(),
        }
    }
}
