//! The part of a session that a browser may see. These types cannot contain a
//! token.

use serde::{Deserialize, Serialize};

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
/// user's `id` in addition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublicSession {
    /// The signed-in user.
    pub user: User,
    /// When the session ends if the browser sends no further request: RFC 3339, in
    /// UTC.
    pub expires: String,
}

impl PublicSession {
    /// Creates a session of `user` that ends at `expires` (RFC 3339, UTC).
    pub fn new(user: User, expires: impl Into<String>) -> Self {
        Self {
            user,
            expires: expires.into(),
        }
    }
}
