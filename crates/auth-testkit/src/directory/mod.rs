//! Who may sign in at the provider, and what they may do.

mod grants;
mod organization;
mod resource;
mod role;
mod user;

use std::collections::{BTreeMap, BTreeSet};

pub use self::{
    organization::TestOrganization,
    resource::TestResource,
    role::{TestOrganizationRole, TestRole},
    user::TestUser,
};

/// Permissions at API resources: names of permissions, by resource indicator.
pub(crate) type Permissions = BTreeMap<String, BTreeSet<String>>;

/// The users, roles, organizations and API resources of a provider.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    users: BTreeMap<String, TestUser>,
    roles: BTreeMap<String, TestRole>,
    organizations: BTreeMap<String, TestOrganization>,
    organization_roles: BTreeMap<String, TestOrganizationRole>,
    resources: BTreeMap<String, TestResource>,
}

impl Directory {
    pub(crate) fn add_user(&mut self, user: TestUser) {
        self.users.insert(user.sub().to_owned(), user);
        self.assert_permissions_exist();
    }

    pub(crate) fn add_role(&mut self, role: TestRole) {
        self.roles.insert(role.name.clone(), role);
        self.assert_permissions_exist();
    }

    pub(crate) fn add_organization(&mut self, organization: TestOrganization) {
        let id = organization.id.clone();
        self.organizations.insert(id, organization);
    }

    pub(crate) fn add_organization_role(&mut self, role: TestOrganizationRole) {
        self.organization_roles.insert(role.name.clone(), role);
        self.assert_permissions_exist();
    }

    pub(crate) fn add_resource(&mut self, resource: TestResource) {
        let indicator = resource.indicator.clone();
        self.resources.insert(indicator, resource);
        self.assert_permissions_exist();
    }

    /// Returns a user who was added.
    pub(crate) fn user(&self, sub: &str) -> Option<&TestUser> {
        self.users.get(sub)
    }

    /// Fails a test that signs in a user whom it did not add, if it added others.
    ///
    /// # Panics
    ///
    /// If users were added, and neither this one nor the default user is meant.
    pub(crate) fn assert_known(&self, sub: &str) {
        assert!(
            self.users.is_empty() || sub == crate::SUB || self.users.contains_key(sub),
            "the provider has no user `{sub}`: add it with TestProvider::add_user; it has {:?}",
            self.users.keys().collect::<Vec<_>>()
        );
    }

    /// Returns whether the provider issues tokens for a resource. Without any
    /// resource that was added, it does so for all.
    pub(crate) fn has_resource(&self, indicator: &str) -> bool {
        self.resources.is_empty()
            || self.resources.contains_key(indicator)
            || indicator == "urn:logto:resource:organizations"
    }

    /// Fails a test that grants a permission which its resource does not have.
    fn assert_permissions_exist(&self) {
        let of_users = self.users.values().map(|user| &user.permissions);
        let of_roles = self.roles.values().map(|role| &role.permissions);
        let of_organization_roles = self
            .organization_roles
            .values()
            .map(|role| &role.resource_permissions);
        let all = of_users.chain(of_roles).chain(of_organization_roles);
        for (indicator, granted) in all.flatten() {
            if let Some(resource) = self.resources.get(indicator) {
                let unknown: Vec<_> = granted.difference(&resource.permissions).collect();
                assert!(
                    unknown.is_empty(),
                    "the resource {indicator} has no permissions {unknown:?}, only {:?}",
                    resource.permissions
                );
            }
        }
    }
}
