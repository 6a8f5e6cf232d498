//! What a user's tokens contain.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{Directory, Permissions, TestUser};
use crate::object;

impl Directory {
    /// Returns the claims of an ID token that these scopes request.
    pub(crate) fn id_token_claims(&self, user: &TestUser, scopes: &[&str]) -> Map<String, Value> {
        let mut claims = Map::new();
        let mut add = |scope: &str, values: Value| {
            if scopes.contains(&scope) {
                claims.extend(object(values));
            }
        };
        add("profile", json!(user.profile_claims()));
        if let Some(email) = &user.email {
            add("email", json!({"email": email, "email_verified": true}));
        }
        add("roles", json!({"roles": user.roles}));
        let ids: Vec<_> = user.organizations.iter().map(|(id, _)| id).collect();
        add(
            "urn:logto:scope:organizations",
            json!({"organizations": ids}),
        );
        let roles: Vec<_> = user
            .organizations
            .iter()
            .flat_map(|(id, roles)| roles.iter().map(move |role| format!("{id}:{role}")))
            .collect();
        add(
            "urn:logto:scope:organization_roles",
            json!({"organization_roles": roles}),
        );
        claims.extend(user.other_claims.clone());
        claims
    }

    /// Returns the claims of the userinfo endpoint that these scopes request.
    pub(crate) fn user_info_claims(&self, user: &TestUser, scopes: &[&str]) -> Map<String, Value> {
        let mut claims = self.id_token_claims(user, scopes);
        claims.insert("sub".to_owned(), json!(user.sub()));
        if scopes.contains(&"custom_data") {
            claims.insert("custom_data".to_owned(), user.custom_data.clone());
        }
        if scopes.contains(&"urn:logto:scope:organizations") {
            let data = user.organizations.iter().map(|(id, _)| {
                let known = self.organizations.get(id);
                json!({
                    "id": id,
                    "name": known.map_or(id, |known| &known.name),
                    "description": known.and_then(|known| known.description.as_ref()),
                })
            });
            claims.insert("organization_data".to_owned(), data.collect());
        }
        claims
    }

    /// Returns the user's permissions at a resource, outside organizations.
    pub(crate) fn permissions(&self, user: &TestUser, resource: &str) -> BTreeSet<String> {
        let roles = user.roles.iter().filter_map(|role| self.roles.get(role));
        let granted = roles
            .map(|role| &role.permissions)
            .chain([&user.permissions]);
        at(resource, granted)
    }

    /// Returns the user's permissions in an organization, or at a resource there;
    /// `None` if the user is not a member.
    pub(crate) fn organization_permissions(
        &self,
        user: &TestUser,
        organization: &str,
        resource: Option<&str>,
    ) -> Option<BTreeSet<String>> {
        let (_, roles) = user
            .organizations
            .iter()
            .find(|(id, _)| id == organization)?;
        let roles = roles
            .iter()
            .filter_map(|role| self.organization_roles.get(role));
        Some(match resource {
            None => roles.flat_map(|role| &role.permissions).cloned().collect(),
            Some(resource) => {
                let granted = roles.map(|role| &role.resource_permissions);
                at(resource, granted)
            }
        })
    }
}

fn at<'a>(resource: &str, granted: impl Iterator<Item = &'a Permissions>) -> BTreeSet<String> {
    granted
        .filter_map(|permissions| permissions.get(resource))
        .flatten()
        .cloned()
        .collect()
}
