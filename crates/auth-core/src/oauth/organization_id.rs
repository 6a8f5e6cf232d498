//! The id of an organization: Logto's tenants within a tenant.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An organization's id, as Logto's console shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrganizationId(String);

impl OrganizationId {
    /// The prefix of the audience (`aud`) of Logto's organization tokens; the
    /// organization's id follows it.
    pub(crate) const AUDIENCE_PREFIX: &str = "urn:logto:organization:";

    /// Creates an id from its text.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Returns the id as requests contain it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the audience of tokens for this organization.
    pub(crate) fn audience(&self) -> String {
        format!("{}{}", Self::AUDIENCE_PREFIX, self.0)
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for OrganizationId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for OrganizationId {
    fn from(id: String) -> Self {
        Self(id)
    }
}
