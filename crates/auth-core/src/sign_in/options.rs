//! The options of a sign-in that Logto and OpenID Connect support.

use std::{fmt, time::Duration};

use zeroize::Zeroizing;

use super::first_screen::{DirectSignIn, FirstScreen, Identifier};
use crate::{
    languages::Language,
    oauth::{organization_id::OrganizationId, prompt::Prompt},
};

/// The options of a sign-in. Every part is optional; [`new`](Self::new) asks for an
/// ordinary sign-in.
///
/// ```
/// use std::time::Duration;
///
/// use auth_core::SignInOptions;
///
/// let options = SignInOptions::new()
///     .redirect_to("/account")
///     .max_age(Duration::from_secs(5 * 60));
/// assert_eq!(options.redirect_target(), Some("/account"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct SignInOptions {
    pub(super) redirect_to: Option<String>,
    pub(super) first_screen: Option<FirstScreen>,
    pub(super) identifiers: Vec<Identifier>,
    pub(super) direct_sign_in: Option<DirectSignIn>,
    pub(super) login_hint: Option<String>,
    pub(super) one_time_token: Option<OneTimeToken>,
    pub(super) prompt: Option<Vec<Prompt>>,
    /// What a browser asks for in addition.
    pub(super) added_prompt: Vec<Prompt>,
    pub(super) max_age: Option<Duration>,
    pub(super) acr_values: Vec<String>,
    pub(super) ui_locales: Vec<String>,
    pub(super) organization: Option<OrganizationId>,
    pub(super) extra: Vec<(String, String)>,
}

/// A secret with which a user signs in without another proof. `Debug` prints
/// nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeToken(pub(super) Zeroizing<String>);

impl OneTimeToken {
    /// Wraps a token that Logto's Management API returned.
    pub fn new(token: impl Into<String>) -> Self {
        Self(Zeroizing::new(token.into()))
    }
}

impl fmt::Debug for OneTimeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeToken([redacted])")
    }
}

impl SignInOptions {
    /// Asks for an ordinary sign-in, as the configuration describes it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for a sign-in that starts on the screen for creating an account.
    pub fn sign_up() -> Self {
        Self::new().first_screen(FirstScreen::Register)
    }

    /// Asks for a sign-in that shows the user nothing (`prompt=none`). It
    /// succeeds only if the user is signed in at Logto already.
    pub fn silent() -> Self {
        Self::new().prompt([Prompt::None])
    }

    /// Sets the page to return to: a path of the application. Any other target
    /// is replaced by the home page.
    pub fn redirect_to(mut self, page: impl Into<String>) -> Self {
        self.redirect_to = Some(page.into());
        self
    }

    /// Sets the page to return to if none has been set.
    pub fn redirect_to_default(mut self, page: Option<String>) -> Self {
        self.redirect_to = self.redirect_to.or(page);
        self
    }

    /// Returns the page set by [`redirect_to`](Self::redirect_to), not
    /// validated yet.
    pub fn redirect_target(&self) -> Option<&str> {
        self.redirect_to.as_deref()
    }

    /// Sets the screen to start on. Logto's sign-in screen by default.
    pub fn first_screen(mut self, screen: FirstScreen) -> Self {
        self.first_screen = Some(screen);
        self
    }

    /// Limits the identifiers that [`FirstScreen::IdentifierSignIn`],
    /// [`FirstScreen::IdentifierRegister`] and [`FirstScreen::ResetPassword`]
    /// offer. By default Logto offers all that it is configured for.
    pub fn identifiers(mut self, identifiers: impl IntoIterator<Item = Identifier>) -> Self {
        self.identifiers = identifiers.into_iter().collect();
        self
    }

    /// Goes straight to a connector and skips Logto's own screen.
    pub fn direct_sign_in(mut self, connector: DirectSignIn) -> Self {
        self.direct_sign_in = Some(connector);
        self
    }

    /// Fills in the identifier of the user who probably signs in (OpenID
    /// Connect Core §3.1.2.1).
    pub fn login_hint(mut self, hint: impl Into<String>) -> Self {
        self.login_hint = Some(hint.into());
        self
    }

    /// Signs in with a one-time token (Logto's *magic links*). Logto also needs
    /// the [`login_hint`](Self::login_hint): the e-mail address that the token
    /// was sent to.
    pub fn one_time_token(mut self, token: OneTimeToken) -> Self {
        self.one_time_token = Some(token);
        self
    }

    /// Replaces the configured prompt. Without [`Prompt::Consent`] Logto issues
    /// no refresh token. A browser cannot replace it, only add to it: see
    /// [`set`](Self::set).
    pub fn prompt(mut self, prompt: impl IntoIterator<Item = Prompt>) -> Self {
        self.prompt = Some(prompt.into_iter().collect());
        self
    }

    /// Requires an authentication that is at most `age` old, in whole seconds
    /// (*step-up*). The answer is checked; see
    /// [`Session::authenticated_at`](crate::Session::authenticated_at).
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Requires an authentication of one of these classes, preferred first
    /// (`acr_values`, *step-up*; OpenID Connect Core §3.1.2.1). The answer is
    /// checked: the sign-in fails if the ID token names another class or none. See
    /// [`Session::acr`](crate::Session::acr). Logto names no classes; use
    /// [`max_age`](Self::max_age) there.
    pub fn acr_values<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.acr_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the languages of Logto's screens, preferred first, as in `th` or
    /// `en-GB`.
    pub fn ui_locales<S: Into<String>>(mut self, locales: impl IntoIterator<Item = S>) -> Self {
        self.ui_locales = locales.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the language of Logto's screens to that of the request, if the request
    /// prefers it to all others and [`ui_locales`](Self::ui_locales) are not set.
    /// Otherwise Logto decides: it may know a language that the application does not.
    pub fn ui_locales_default(mut self, language: &Language) -> Self {
        if let (true, Some(tag)) = (self.ui_locales.is_empty(), language.first_choice()) {
            self.ui_locales = vec![tag.to_owned()];
        }
        self
    }

    /// Shows Logto's screens with the branding of this organization.
    pub fn organization(mut self, id: impl Into<OrganizationId>) -> Self {
        self.organization = Some(id.into());
        self
    }

    /// Adds another parameter to the authorization request. A parameter that
    /// this library sets itself makes the sign-in fail with
    /// [`AuthError::InvalidSignInOption`](crate::AuthError::InvalidSignInOption).
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }
}
