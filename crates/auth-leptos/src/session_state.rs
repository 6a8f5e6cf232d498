//! What is known of the user.

use auth_types::{PublicSession, User};

/// What is known of the user: see [`use_session`](crate::use_session).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a page decides what to show in each of the three states"
)]
pub enum SessionState {
    /// The user is signed in.
    Authenticated(PublicSession),
    /// The user is signed out.
    Unauthenticated,
    /// Nothing is known yet.
    ///
    /// In a browser: the page contains no session, and the server has not
    /// answered. On the server: the page is rendered without a request, or
    /// [`with_auth`](https://docs.rs/auth-leptos) or
    /// [`SessionProvider`](crate::SessionProvider) is missing.
    #[default]
    Loading,
}

impl SessionState {
    /// Returns the session if the user is signed in.
    pub fn session(&self) -> Option<&PublicSession> {
        match self {
            Self::Authenticated(session) => Some(session),
            Self::Unauthenticated | Self::Loading => None,
        }
    }

    /// Returns the user if somebody is signed in.
    pub fn user(&self) -> Option<&User> {
        self.session().map(|session| &session.user)
    }

    /// Returns whether the user is signed in.
    pub fn is_authenticated(&self) -> bool {
        matches!(self, Self::Authenticated(_))
    }

    /// Returns whether the user is known to be signed out.
    pub fn is_unauthenticated(&self) -> bool {
        matches!(self, Self::Unauthenticated)
    }

    /// Returns whether nothing is known yet.
    pub fn is_loading(&self) -> bool {
        matches!(self, Self::Loading)
    }

    /// Returns whether the user is signed in and has this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.session().is_some_and(|session| session.has_role(role))
    }

    /// Returns whether the user is signed in and has this role in the
    /// organization of this id.
    pub fn has_organization_role(&self, organization: &str, role: &str) -> bool {
        self.session()
            .is_some_and(|session| session.has_organization_role(organization, role))
    }
}
