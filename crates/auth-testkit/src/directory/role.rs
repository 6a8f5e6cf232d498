//! Roles, and what they permit.

use std::collections::BTreeSet;

use super::Permissions;

/// A role of the whole tenant, with permissions at API resources.
#[derive(Clone, Debug)]
pub struct TestRole {
    pub(super) name: String,
    pub(super) permissions: Permissions,
}

impl TestRole {
    /// Returns a role without permissions.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            permissions: Permissions::new(),
        }
    }

    /// Grants permissions at an API resource.
    #[must_use]
    pub fn permissions<'a>(
        mut self,
        resource: &str,
        permissions: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let granted = self.permissions.entry(resource.to_owned()).or_default();
        granted.extend(permissions.into_iter().map(str::to_owned));
        self
    }
}

/// A role in organizations, with permissions in the organization and at API
/// resources there.
#[derive(Clone, Debug)]
pub struct TestOrganizationRole {
    pub(super) name: String,
    /// Those of organization tokens.
    pub(super) permissions: BTreeSet<String>,
    pub(super) resource_permissions: Permissions,
}

impl TestOrganizationRole {
    /// Returns a role without permissions.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            permissions: BTreeSet::new(),
            resource_permissions: Permissions::new(),
        }
    }

    /// Grants permissions in the organization, for organization tokens.
    #[must_use]
    pub fn permissions<'a>(mut self, permissions: impl IntoIterator<Item = &'a str>) -> Self {
        self.permissions
            .extend(permissions.into_iter().map(str::to_owned));
        self
    }

    /// Grants permissions at an API resource, for its tokens within the
    /// organization.
    #[must_use]
    pub fn resource_permissions<'a>(
        mut self,
        resource: &str,
        permissions: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let granted = self
            .resource_permissions
            .entry(resource.to_owned())
            .or_default();
        granted.extend(permissions.into_iter().map(str::to_owned));
        self
    }
}
