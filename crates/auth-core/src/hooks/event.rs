//! What has happened to sessions and users, for the application to act on.

use auth_types::User;

use super::user_event::UserEvent;
use crate::{claims::Claims, device_info::DeviceInfo, store::handle::SessionHandle};

/// Something that has happened to a session or a user:
/// [`Hooks::on_event`](crate::Hooks::on_event).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AuthEvent {
    /// A session has begun.
    #[non_exhaustive]
    SignedIn {
        /// Names the session.
        session: SessionHandle,
        /// The user.
        user: User,
        /// The claims of the user's ID token.
        claims: Claims,
        /// The browser.
        device: DeviceInfo,
    },
    /// [`Hooks::on_sign_in`](crate::Hooks::on_sign_in) has refused a sign-in or
    /// sent the browser elsewhere. No session has begun.
    #[non_exhaustive]
    Refused {
        /// The user's id (`sub`).
        sub: String,
        /// The reason that the user sees; `None` if the browser was sent
        /// elsewhere.
        reason: Option<String>,
    },
    /// A session has ended.
    #[non_exhaustive]
    SignedOut {
        /// Names the session.
        session: SessionHandle,
        /// The user's id (`sub`); `None` if no configured secret opens the session's
        /// tokens.
        sub: Option<String>,
        /// Who or what has ended it.
        by: SignedOutBy,
    },
    /// The claims of a session were fetched again, with an access token.
    #[non_exhaustive]
    Refreshed {
        /// Names the session.
        session: SessionHandle,
        /// The user, by the new claims.
        user: User,
        /// The new claims.
        claims: Claims,
    },
    /// The provider has revoked the refresh token of a session that has ended, or
    /// of a sign-in that failed.
    #[non_exhaustive]
    Revoked {
        /// The user's id (`sub`).
        sub: String,
    },
    /// A webhook of Logto has reported something about users. Logto gets an error
    /// if the hook fails, and the same webhook can then be sent again. So this
    /// event may come more than once.
    Reported(UserEvent),
}

impl AuthEvent {
    /// Returns a name without personal data, for the log.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::SignedIn { .. } => "signed in",
            Self::Refused { .. } => "refused",
            Self::SignedOut { .. } => "signed out",
            Self::Refreshed { .. } => "refreshed",
            Self::Revoked { .. } => "revoked",
            Self::Reported(_) => "reported",
        }
    }
}

/// Who or what has ended a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignedOutBy {
    /// The user: with a sign-out, or in their list of sessions.
    User,
    /// The same browser has signed in again, and the new session replaces it.
    NewSignIn,
    /// The provider: with a logout token, or it has refused the refresh token.
    Provider,
    /// A webhook: the user was suspended or deleted.
    Webhook,
    /// An operator: [`Auth::end_sessions`](crate::Auth::end_sessions).
    Operator,
    /// The application: [`RefreshDecision::End`](crate::RefreshDecision::End).
    Application,
    /// The idle limit or the absolute limit. The event comes when the store deletes
    /// the expired session, some minutes later. `MemoryStore` does not tell.
    Expiry,
}
