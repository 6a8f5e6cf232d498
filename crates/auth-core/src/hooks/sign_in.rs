//! The application's decision about a sign-in.

use auth_types::User;
use serde::Serialize;
use time::OffsetDateTime;

use super::data::DataToStore;
use crate::{
    claims::Claims, device_info::DeviceInfo, oauth::access_token::AccessToken, redirect::RedirectTo,
};

/// A sign-in that passed every check, before its session begins:
/// [`Hooks::on_sign_in`](crate::Hooks::on_sign_in).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifiedSignIn {
    /// The user, as pages will see them.
    pub user: User,
    /// The claims of the verified ID token.
    pub claims: Claims,
    /// The browser, with its complete IP address: see
    /// [`ClientAddress`](crate::ClientAddress) for what is stored of it.
    pub device: DeviceInfo,
    /// The page to which the sign-in returns.
    pub redirect_to: RedirectTo,
    /// When the user authenticated at the provider, if it says so (`auth_time`).
    pub authenticated_at: Option<OffsetDateTime>,
    /// The class of that authentication (`acr`), if the provider names one.
    pub acr: Option<String>,
    /// The methods of that authentication (`amr`); empty if the provider names
    /// none.
    pub amr: Vec<String>,
    pub(crate) access_token: AccessToken,
}

impl VerifiedSignIn {
    /// Returns the user's id at the issuer: the claim `sub`.
    pub fn sub(&self) -> &str {
        self.claims.str("sub").unwrap_or_default()
    }

    /// Returns the access token for the provider's userinfo endpoint. It must stay
    /// on the server.
    pub const fn access_token(&self) -> &AccessToken {
        &self.access_token
    }
}

/// What happens with a sign-in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SignInDecision {
    /// The session begins.
    Allow(AllowSignIn),
    /// No session begins. The error page shows this reason to the user, as text;
    /// an empty one is not shown. It may have 500 characters; what is longer is
    /// cut off.
    Refuse(String),
    /// No session begins, and the browser goes to this page of the application.
    SendTo(String),
}

impl SignInDecision {
    /// Lets the session begin, without data of the application.
    pub fn allow() -> Self {
        Self::Allow(AllowSignIn::new())
    }

    /// Lets no session begin, for a reason that the user sees.
    pub fn refuse(reason: impl Into<String>) -> Self {
        Self::Refuse(reason.into())
    }

    /// Lets no session begin, and sends the browser to a page of the application.
    pub fn send_to(page: impl Into<String>) -> Self {
        Self::SendTo(page.into())
    }
}

impl From<AllowSignIn> for SignInDecision {
    fn from(allow: AllowSignIn) -> Self {
        Self::Allow(allow)
    }
}

/// How a session begins that the application allows.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct AllowSignIn {
    pub(crate) data: DataToStore,
    pub(crate) redirect_to: Option<String>,
}

impl AllowSignIn {
    /// Creates the value without data. The browser goes to the page that the
    /// sign-in names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores data in the session: `session.data::<T>()` reads it. Keep it small,
    /// because every request reads it. If it cannot be serialized to JSON, the
    /// sign-in fails.
    pub fn data<T: Serialize + ?Sized>(mut self, data: &T) -> Self {
        self.data = DataToStore::of(data);
        self
    }

    /// Sends the browser to another page of the application than the sign-in
    /// names, for example to welcome a new user.
    pub fn redirect_to(mut self, page: impl Into<String>) -> Self {
        self.redirect_to = Some(page.into());
        self
    }
}
