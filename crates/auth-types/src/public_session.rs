//! The part of a session that a browser may see. These types cannot contain a
//! token.

use serde::{Deserialize, Serialize};

use crate::PublicData;

/// The signed-in user, as Auth.js names the fields of `session.user`.
///
/// Fields that the provider omits or sends as `null` are omitted in the JSON, as
/// in Auth.js.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// A stable identifier; by default the `sub` claim.
    pub id: String,
    /// A name to greet the user with; by default `name`, else `username`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// An e-mail address; by default the `email` claim. Check `email_verified`
    /// before you rely on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The URL of a picture; by default the `picture` claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

impl User {
    /// Creates a user with an identifier only.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ..Self::default()
        }
    }

    /// Sets [`name`](Self::name).
    #[must_use]
    pub fn with_name(mut self, name: Option<impl Into<String>>) -> Self {
        self.name = name.map(Into::into);
        self
    }

    /// Sets [`email`](Self::email).
    #[must_use]
    pub fn with_email(mut self, email: Option<impl Into<String>>) -> Self {
        self.email = email.map(Into::into);
        self
    }

    /// Sets [`image`](Self::image).
    #[must_use]
    pub fn with_image(mut self, image: Option<impl Into<String>>) -> Self {
        self.image = image.map(Into::into);
        self
    }
}

/// The session as `GET /api/auth/session` returns it: the JSON of Auth.js, with the
/// user's `id` and roles in addition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublicSession {
    /// The signed-in user.
    pub user: User,
    /// When the session ends if the browser sends no further request: RFC 3339, in
    /// UTC.
    pub expires: String,
    /// The user's roles: the claim `roles`. Omitted in the JSON if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The user's roles in organizations, each as `<organization id>:<role>`: the
    /// claim `organization_roles`. Omitted in the JSON if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organization_roles: Vec<String>,
    /// What the application tells the browser, as texts with names. Omitted in the
    /// JSON if there is nothing.
    #[serde(default, skip_serializing_if = "PublicData::is_empty")]
    pub data: PublicData,
}

impl PublicSession {
    /// Creates a session of `user` that ends at `expires` (RFC 3339, UTC).
    pub fn new(user: User, expires: impl Into<String>) -> Self {
        Self {
            user,
            expires: expires.into(),
            roles: Vec::new(),
            organization_roles: Vec::new(),
            data: PublicData::new(),
        }
    }

    /// Sets [`roles`](Self::roles).
    #[must_use]
    pub fn with_roles(mut self, roles: Vec<String>) -> Self {
        self.roles = roles;
        self
    }

    /// Sets [`organization_roles`](Self::organization_roles).
    #[must_use]
    pub fn with_organization_roles(mut self, roles: Vec<String>) -> Self {
        self.organization_roles = roles;
        self
    }

    /// Adds a text to [`data`](Self::data), or replaces the one of this name.
    #[must_use]
    pub fn with_data(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.data.insert(name, text);
        self
    }

    /// Returns whether the user has this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|granted| granted == role)
    }

    /// Returns whether the user has this role in the organization of this id.
    pub fn has_organization_role(&self, organization: &str, role: &str) -> bool {
        // Split at the first colon: an organization's id has none, a role's name
        // may have some.
        self.organization_roles
            .iter()
            .any(|granted| granted.split_once(':') == Some((organization, role)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> PublicSession {
        PublicSession::new(User::new("foo123"), "2030-01-01T00:00:00Z")
    }

    #[test]
    fn roles_are_matched_exactly() {
        let session = session().with_roles(vec!["shopper".to_owned(), "administrator".to_owned()]);
        assert!(session.has_role("shopper"));
        for other in ["admin", "Shopper", ""] {
            assert!(!session.has_role(other), "{other}");
        }
    }

    #[test]
    fn organization_roles_are_matched_exactly() {
        let session = session()
            .with_organization_roles(vec!["o1:admin:extra".to_owned(), "member".to_owned()]);
        assert!(session.has_organization_role("o1", "admin:extra"));
        for (organization, role) in [
            ("o1", "admin"),
            ("o1:admin", "extra"),
            ("", "member"),
            ("1", "admin:extra"),
        ] {
            assert!(
                !session.has_organization_role(organization, role),
                "{organization} {role}"
            );
        }
    }
}
