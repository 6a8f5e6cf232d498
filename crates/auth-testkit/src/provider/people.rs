//! Users, roles, organizations and API resources of the provider.

use url::Url;

use super::{ProviderState, TestProvider};
use crate::{TestOrganization, TestOrganizationRole, TestResource, TestRole, TestUser};

/// Who may sign in, and what they may do.
///
/// Without any of this, every `sub` can sign in, as a user with fixed claims. The
/// claims and permissions of a user who was added are those of Logto: only what
/// the scopes of the sign-in request, and for an API only what it is asked for and
/// the user is granted.
impl TestProvider {
    /// Adds a user, or replaces the one with the same `sub`. Tokens that are issued
    /// from now on contain the change.
    pub fn add_user(&self, user: TestUser) -> &Self {
        self.state().directory.add_user(user);
        self
    }

    /// Adds a role, or replaces the one of the same name.
    pub fn add_role(&self, role: TestRole) -> &Self {
        self.state().directory.add_role(role);
        self
    }

    /// Adds an organization, or replaces the one with the same id. Members are
    /// added with [`TestUser::organization`].
    pub fn add_organization(&self, organization: TestOrganization) -> &Self {
        self.state().directory.add_organization(organization);
        self
    }

    /// Adds a role in organizations, or replaces the one of the same name.
    pub fn add_organization_role(&self, role: TestOrganizationRole) -> &Self {
        self.state().directory.add_organization_role(role);
        self
    }

    /// Adds an API resource, or replaces the one with the same indicator. From now
    /// on the provider knows no others than those that were added.
    pub fn add_resource(&self, resource: TestResource) -> &Self {
        self.state().directory.add_resource(resource);
        self
    }
}

impl ProviderState {
    /// Returns whether an authorization request names an API resource that does not
    /// exist.
    pub(super) fn names_unknown_resource(&self, request: &Url) -> bool {
        request
            .query_pairs()
            .any(|(name, value)| name == "resource" && !self.directory.has_resource(&value))
    }
}
