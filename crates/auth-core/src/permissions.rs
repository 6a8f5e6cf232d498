//! What the provider lets somebody do, told by the claims `roles` and
//! `organization_roles` of an ID token or an access token.
//!
//! A claim that is absent, `null` or of another type grants nothing.

use serde_json::Value;

use crate::{Session, VerifiedAccessToken};

/// Logto's roles of a user: `["shopper"]`.
const ROLES: &str = "roles";
/// Logto's roles of a user within organizations: `["<organization id>:admin"]`.
const ORGANIZATION_ROLES: &str = "organization_roles";

impl Session {
    /// Whether the user has this role, as of the sign-in or the last refresh
    /// since. Takes the scope `roles`.
    pub fn has_role(&self, role: &str) -> bool {
        has_role(self.claims.get(ROLES), role)
    }

    /// Whether the user has this role in the organization of this id, as of the
    /// sign-in or the last refresh since. Takes the scope
    /// `urn:logto:scope:organization_roles`.
    pub fn has_organization_role(&self, organization: &str, role: &str) -> bool {
        has_organization_role(self.claims.get(ORGANIZATION_ROLES), organization, role)
    }
}

impl VerifiedAccessToken {
    /// Whether the claim `roles` holds this role. Logto puts it into access
    /// tokens by a custom JWT only.
    pub fn has_role(&self, role: &str) -> bool {
        has_role(self.claims().get(ROLES), role)
    }

    /// Whether the claim `organization_roles` holds this role of the
    /// organization of this id. Logto puts it into access tokens by a custom
    /// JWT only.
    pub fn has_organization_role(&self, organization: &str, role: &str) -> bool {
        has_organization_role(self.claims().get(ORGANIZATION_ROLES), organization, role)
    }
}

fn has_role(claim: Option<&Value>, role: &str) -> bool {
    texts(claim).any(|granted| granted == role)
}

fn has_organization_role(claim: Option<&Value>, organization: &str, role: &str) -> bool {
    // Divided once: an organization's id has no colon, a role's name may.
    texts(claim).any(|granted| granted.split_once(':') == Some((organization, role)))
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

    #[test]
    fn roles() {
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
            assert_eq!(has_role(Some(&claim), "admin"), expected, "{name}");
        }
        assert!(!has_role(None, "admin"));
    }

    #[test]
    fn organization_roles() {
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
                has_organization_role(Some(&claim), "o1", "admin"),
                expected,
                "{name}"
            );
        }
        let claim = json!(["o1:admin:extra"]);
        assert!(has_organization_role(Some(&claim), "o1", "admin:extra"));
        assert!(!has_organization_role(Some(&claim), "o1:admin", "extra"));
    }
}
