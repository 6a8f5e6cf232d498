//! A user of the provider.

use serde_json::{Map, Value, json};

use super::Permissions;

/// A user to add to a [`TestProvider`](crate::TestProvider). Tokens and userinfo
/// contain what the sign-in's scopes request, as at Logto.
///
/// ```
/// use auth_testkit::TestUser;
/// use serde_json::json;
///
/// let alice = TestUser::new("alice")
///     .name("Alice")
///     .email("alice@example.com")
///     .role("admin")
///     .organization("acme", ["member"])
///     .permissions("https://shop.example.com/api", ["read", "write"])
///     .custom_data(json!({"plan": "pro"}));
/// assert_eq!(alice.sub(), "alice");
/// ```
#[derive(Clone, Debug)]
pub struct TestUser {
    sub: String,
    /// Claims of the scope `profile`.
    profile: Map<String, Value>,
    pub(super) email: Option<String>,
    pub(super) roles: Vec<String>,
    /// Ids, and the names of the user's roles there.
    pub(super) organizations: Vec<(String, Vec<String>)>,
    pub(super) permissions: Permissions,
    pub(super) custom_data: Value,
    pub(super) other_claims: Map<String, Value>,
}

impl TestUser {
    /// Returns a user with this `sub` and username, without a name, an e-mail
    /// address, roles and organizations.
    pub fn new(sub: &str) -> Self {
        let profile = json!({
            "name": null,
            "username": sub,
            "picture": null,
            "created_at": 1_700_000_000_000_i64,
            "updated_at": 1_700_000_000_123_i64,
        });
        Self {
            sub: sub.to_owned(),
            profile: crate::object(profile),
            email: None,
            roles: Vec::new(),
            organizations: Vec::new(),
            permissions: Permissions::new(),
            custom_data: json!({}),
            other_claims: Map::new(),
        }
    }

    /// Returns the user's id, the claim `sub`.
    pub fn sub(&self) -> &str {
        &self.sub
    }

    /// Sets the claim `name` (scope `profile`).
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        self.profile("name", json!(name))
    }

    /// Sets the claim `username` (scope `profile`).
    #[must_use]
    pub fn username(self, username: &str) -> Self {
        self.profile("username", json!(username))
    }

    /// Sets the claim `picture` (scope `profile`), a URL.
    #[must_use]
    pub fn picture(self, url: &str) -> Self {
        self.profile("picture", json!(url))
    }

    fn profile(mut self, claim: &str, value: Value) -> Self {
        self.profile.insert(claim.to_owned(), value);
        self
    }

    /// Sets a verified e-mail address (scope `email`).
    #[must_use]
    pub fn email(mut self, address: &str) -> Self {
        self.email = Some(address.to_owned());
        self
    }

    /// Adds a role (scope `roles`). What it permits at APIs is in the
    /// [`TestRole`](crate::TestRole) of that name, if one was added.
    #[must_use]
    pub fn role(mut self, name: &str) -> Self {
        self.roles.push(name.to_owned());
        self
    }

    /// Makes the user a member of an organization, with roles in it (scopes
    /// `urn:logto:scope:organizations` and `urn:logto:scope:organization_roles`).
    #[must_use]
    pub fn organization<'a>(mut self, id: &str, roles: impl IntoIterator<Item = &'a str>) -> Self {
        let roles = roles.into_iter().map(str::to_owned).collect();
        self.organizations.push((id.to_owned(), roles));
        self
    }

    /// Grants permissions at an API resource, in addition to those of the user's
    /// roles.
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

    /// Sets the custom data (scope `custom_data`, userinfo only).
    #[must_use]
    pub fn custom_data(mut self, data: Value) -> Self {
        self.custom_data = data;
        self
    }

    /// Sets a claim of ID tokens and userinfo, whatever the scopes: Logto's
    /// *custom claims*.
    #[must_use]
    pub fn claim(mut self, name: &str, value: Value) -> Self {
        self.other_claims.insert(name.to_owned(), value);
        self
    }

    pub(super) fn profile_claims(&self) -> &Map<String, Value> {
        &self.profile
    }
}

/// The user's `sub`.
impl AsRef<str> for TestUser {
    fn as_ref(&self) -> &str {
        &self.sub
    }
}
