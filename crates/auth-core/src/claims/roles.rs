//! Roles: the claims `roles` and `organization_roles` of an ID token, a userinfo
//! answer or an access token.
//!
//! A claim that is absent, `null` or of another type grants nothing.

use serde_json::{Map, Value};

use super::{Claims, claim::ClaimValue};
use crate::oauth::organization_id::OrganizationId;

/// The claim with a user's roles: `["shopper"]`.
const ROLES: &str = "roles";
/// The claim with a user's roles in organizations: `["<organization
/// id>:admin"]`.
const ORGANIZATION_ROLES: &str = "organization_roles";

/// A role of the user in an organization. Logto writes it as
/// `<organization id>:<role>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OrganizationRole {
    /// The organization's id.
    pub organization: OrganizationId,
    /// The role's name.
    pub role: String,
}

impl OrganizationRole {
    /// Parses Logto's form. An organization's id contains no colon; a role's name
    /// may.
    pub fn parse(text: &str) -> Option<Self> {
        let (organization, role) = text.split_once(':')?;
        Some(Self {
            organization: OrganizationId::new(organization),
            role: role.to_owned(),
        })
    }
}

impl ClaimValue for Vec<OrganizationRole> {
    fn read(value: Value) -> Result<Self, String> {
        <Vec<String>>::read(value)?
            .iter()
            .map(|role| {
                OrganizationRole::parse(role)
                    .ok_or_else(|| "a role is not of the form <organization>:<role>".to_owned())
            })
            .collect()
    }
}

impl Claims {
    /// Returns whether the user had this role when the claims were issued. Requires
    /// the scope `roles`.
    pub fn has_role(&self, role: &str) -> bool {
        has_role(self.as_map(), role)
    }

    /// Returns whether the user had this role in the organization of this id when
    /// the claims were issued. Requires the scope
    /// `urn:logto:scope:organization_roles`.
    pub fn has_organization_role(&self, organization: &str, role: &str) -> bool {
        has_organization_role(self.as_map(), organization, role)
    }
}

/// Returns whether the claim `roles` contains this role.
pub(crate) fn has_role(claims: &Map<String, Value>, role: &str) -> bool {
    texts(claims.get(ROLES)).any(|granted| granted == role)
}

/// Returns whether the claim `organization_roles` contains this role in the
/// organization of this id.
pub(crate) fn has_organization_role(
    claims: &Map<String, Value>,
    organization: &str,
    role: &str,
) -> bool {
    // Split at the first colon: an organization's id has none, a role's name
    // may have some.
    texts(claims.get(ORGANIZATION_ROLES))
        .any(|granted| granted.split_once(':') == Some((organization, role)))
}

/// Returns the user's roles: the texts in the claim `roles`.
pub(crate) fn roles(claims: &Map<String, Value>) -> Vec<String> {
    texts(claims.get(ROLES)).map(str::to_owned).collect()
}

/// Returns the user's roles in organizations, in Logto's form.
pub(crate) fn organization_roles(claims: &Map<String, Value>) -> Vec<String> {
    texts(claims.get(ORGANIZATION_ROLES))
        .map(str::to_owned)
        .collect()
}

fn texts(claim: Option<&Value>) -> impl Iterator<Item = &str> {
    claim
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(name: &str, value: &Value) -> Map<String, Value> {
        Map::from_iter([(name.to_owned(), value.clone())])
    }

    #[test]
    fn roles_are_matched_exactly() {
        let cases = [
            ("there", json!(["shopper", "admin"]), true),
            ("among others", json!([1, null, "admin"]), true),
            ("not there", json!(["shopper"]), false),
            ("part of another", json!(["administrator", "ADMIN"]), false),
            ("none", json!([]), false),
            ("null", json!(null), false),
            ("a text", json!("admin"), false),
            ("an object", json!({"admin": true}), false),
        ];
        for (name, claim, expected) in cases {
            assert_eq!(
                has_role(&claims("roles", &claim), "admin"),
                expected,
                "{name}"
            );
        }
        assert!(!has_role(&Map::new(), "admin"));
    }

    #[test]
    fn organization_roles_are_matched_exactly() {
        let cases = [
            ("there", json!(["o1:member", "o1:admin"]), true),
            ("in another organization", json!(["o2:admin"]), false),
            ("in one that ends alike", json!(["xo1:admin"]), false),
            ("another role", json!(["o1:member"]), false),
            ("a role with a colon", json!(["o1:admin:extra"]), false),
            ("without organization", json!(["admin", ":admin"]), false),
            ("null", json!(null), false),
            ("a text", json!("o1:admin"), false),
        ];
        for (name, claim, expected) in cases {
            assert_eq!(
                has_organization_role(&claims("organization_roles", &claim), "o1", "admin"),
                expected,
                "{name}"
            );
        }
        let claim = json!(["o1:admin:extra"]);
        assert!(has_organization_role(
            &claims("organization_roles", &claim),
            "o1",
            "admin:extra"
        ));
        assert!(!has_organization_role(
            &claims("organization_roles", &claim),
            "o1:admin",
            "extra"
        ));
    }
}
