//! What a browser may see of a session. These types have no place for a token.

use serde::{Deserialize, Serialize};

/// The signed-in user, as Auth.js names the fields of `session.user`.
///
/// Fields that the provider left out or gave as `null` are left out of the
/// JSON, as Auth.js does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// A stable identifier; by default the `sub` claim.
    pub id: String,
    /// A name to greet the user with; by default `name`, else `username`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// By default the `email` claim. Ask `email_verified` before trusting it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The address of a picture; by default the `picture` claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

impl User {
    /// A user known by nothing but an identifier.
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

/// The session as `GET /api/auth/session` gives it: Auth.js's JSON, with the
/// user's `id` added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PublicSession {
    /// Who is signed in.
    pub user: User,
    /// When the session ends if nothing more is heard from the browser: RFC
    /// 3339, in UTC.
    pub expires: String,
}

impl PublicSession {
    /// A session of `user` that ends at `expires` (RFC 3339, UTC).
    pub fn new(user: User, expires: impl Into<String>) -> Self {
        Self {
            user,
            expires: expires.into(),
        }
    }
}
