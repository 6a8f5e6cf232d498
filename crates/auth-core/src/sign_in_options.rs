//! How to sign in: what Logto and OpenID Connect let an application ask for.

use std::{fmt, time::Duration};

use zeroize::Zeroizing;

use crate::{AuthError, DirectSignIn, FirstScreen, Identifier, OrganizationId, Prompt};

/// How to sign in. Every part is optional; [`new`](Self::new) asks for an
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
    redirect_to: Option<String>,
    first_screen: Option<FirstScreen>,
    identifiers: Vec<Identifier>,
    direct_sign_in: Option<DirectSignIn>,
    login_hint: Option<String>,
    one_time_token: Option<OneTimeToken>,
    prompt: Option<Vec<Prompt>>,
    max_age: Option<Duration>,
    ui_locales: Vec<String>,
    organization: Option<OrganizationId>,
    extra: Vec<(String, String)>,
}

/// A secret that stands for a proof of identity. It shows itself in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeToken(Zeroizing<String>);

impl OneTimeToken {
    /// A token, as Logto's Management API gave it.
    pub fn new(token: impl Into<String>) -> Self {
        Self(Zeroizing::new(token.into()))
    }
}

impl fmt::Debug for OneTimeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeToken([redacted])")
    }
}

/// A value is none that the sign-in parameter of that name takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sign-in parameter {name} does not take this value")]
#[non_exhaustive]
pub struct InvalidSignInParameter {
    /// The parameter's name.
    pub name: String,
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
    /// is replaced by the front page.
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
    /// no refresh token.
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

    /// Sets the languages of Logto's screens, preferred first, as in `th` or
    /// `en-GB`.
    pub fn ui_locales<S: Into<String>>(mut self, locales: impl IntoIterator<Item = S>) -> Self {
        self.ui_locales = locales.into_iter().map(Into::into).collect();
        self
    }

    /// Shows Logto's screens with the branding of this organization.
    pub fn organization(mut self, id: impl Into<OrganizationId>) -> Self {
        self.organization = Some(id.into());
        self
    }

    /// Adds another parameter to the authorization request. A parameter that
    /// this library sets itself makes the sign-in fail with
    /// [`AuthError::InvalidSignInOption`].
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// Sets what a form or an address names, by the names of the authorization
    /// request; an empty value counts as none. Gives whether there is such a
    /// parameter that a browser may set.
    ///
    /// # Errors
    ///
    /// When the parameter does not take that value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<bool, InvalidSignInParameter> {
        let value = value.trim();
        let invalid = || InvalidSignInParameter {
            name: name.to_owned(),
        };
        let text = || (!value.is_empty()).then(|| value.to_owned());
        let words = || value.split_ascii_whitespace();
        match name {
            "first_screen" => {
                self.first_screen =
                    by_name(value, &FirstScreen::ALL, FirstScreen::as_str).ok_or_else(invalid)?;
            }
            "identifier" => {
                self.identifiers = words()
                    .map(|word| by_name(word, &Identifier::ALL, Identifier::as_str)?)
                    .collect::<Option<_>>()
                    .ok_or_else(invalid)?;
            }
            "direct_sign_in" => {
                self.direct_sign_in = match value {
                    "" => None,
                    value => Some(DirectSignIn::parse(value).ok_or_else(invalid)?),
                };
            }
            "login_hint" => self.login_hint = text(),
            "one_time_token" => self.one_time_token = text().map(OneTimeToken::new),
            "prompt" => {
                self.prompt = match value {
                    "" => None,
                    value => Some(Prompt::parse_list(value).ok_or_else(invalid)?),
                };
            }
            "max_age" => {
                self.max_age = match value {
                    "" => None,
                    value => {
                        let seconds: u32 = value.parse().map_err(|_| invalid())?;
                        Some(Duration::from_secs(seconds.into()))
                    }
                };
            }
            "ui_locales" => self.ui_locales = words().map(str::to_owned).collect(),
            "organization_id" => self.organization = text().map(OrganizationId::new),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The parameters of the authorization request that follow from these
    /// options, `prompt` being what the settings say where they name none.
    pub(crate) fn parameters(&self, prompt: &[Prompt]) -> Result<Vec<(&str, String)>, AuthError> {
        let prompt = self.prompt.as_deref().unwrap_or(prompt);
        if !Prompt::fit_together(prompt) {
            return Err(AuthError::InvalidSignInOption(
                "prompt=none beside another prompt".to_owned(),
            ));
        }
        if let Some((name, _)) = self.extra.iter().find(|(name, _)| is_reserved(name)) {
            return Err(AuthError::InvalidSignInOption(name.clone()));
        }
        let list = |words: Vec<&str>| (!words.is_empty()).then(|| words.join(" "));
        let named = [
            ("prompt", list(names(prompt, Prompt::as_str))),
            (
                "first_screen",
                self.first_screen.map(|screen| screen.as_str().to_owned()),
            ),
            (
                "identifier",
                list(names(&self.identifiers, Identifier::as_str)),
            ),
            (
                "direct_sign_in",
                self.direct_sign_in.as_ref().map(ToString::to_string),
            ),
            ("login_hint", self.login_hint.clone()),
            (
                "one_time_token",
                self.one_time_token
                    .as_ref()
                    .map(|token| token.0.as_str().to_owned()),
            ),
            ("max_age", self.max_age.map(|age| age.as_secs().to_string())),
            (
                "ui_locales",
                list(self.ui_locales.iter().map(String::as_str).collect()),
            ),
            (
                "organization_id",
                self.organization.as_ref().map(ToString::to_string),
            ),
        ];
        let extra = self
            .extra
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()));
        Ok(named
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .chain(extra)
            .collect())
    }

    /// Since when the user has to have proved who they are, for a sign-in that
    /// begins at `now`; both in seconds since 1970.
    pub(crate) fn authenticated_since(&self, now: i64, prompt: &[Prompt]) -> Option<i64> {
        let prompt = self.prompt.as_deref().unwrap_or(prompt);
        if prompt.contains(&Prompt::Login) {
            return Some(now);
        }
        let max_age = i64::try_from(self.max_age?.as_secs()).unwrap_or(i64::MAX);
        Some(now.saturating_sub(max_age))
    }
}

/// What this library sets itself, or takes from options of their own.
fn is_reserved(name: &str) -> bool {
    const RESERVED: [&str; 24] = [
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "resource",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
        "prompt",
        "max_age",
        "login_hint",
        "ui_locales",
        "first_screen",
        "identifier",
        "direct_sign_in",
        "one_time_token",
        "organization_id",
    ];
    RESERVED.contains(&name)
}

fn names<T: Copy>(values: &[T], name: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    values.iter().copied().map(name).collect()
}

/// `Some(None)` for an empty text, `None` for an unknown name.
fn by_name<T: Copy>(text: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Option<Option<T>> {
    if text.is_empty() {
        return Some(None);
    }
    all.iter()
        .copied()
        .find(|value| name(*value) == text)
        .map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pairs: &[(&str, &str)]) -> Result<SignInOptions, InvalidSignInParameter> {
        let mut options = SignInOptions::default();
        for (name, value) in pairs {
            assert!(options.set(name, value)?, "{name}");
        }
        Ok(options)
    }

    #[test]
    fn what_a_form_says_stands_in_the_request() {
        let pairs = [
            ("prompt", "login consent"),
            ("first_screen", "identifier:register"),
            ("identifier", "email username"),
            ("direct_sign_in", "social:google"),
            ("login_hint", "alice@example.com"),
            ("one_time_token", "secret-token"),
            ("max_age", "0"),
            ("ui_locales", "th en-GB"),
            ("organization_id", "acme"),
        ];
        let options = set(&pairs).unwrap();
        let parameters = options.parameters(&[Prompt::Consent]).unwrap();
        let expected: Vec<_> = pairs
            .iter()
            .map(|&(name, value)| (name, value.to_owned()))
            .collect();
        assert_eq!(parameters, expected);
        assert!(!format!("{options:?}").contains("secret-token"));
    }

    #[test]
    fn an_empty_field_asks_for_nothing() {
        let options = set(&[
            ("first_screen", ""),
            ("identifier", " "),
            ("direct_sign_in", ""),
            ("login_hint", ""),
            ("prompt", ""),
            ("max_age", ""),
            ("ui_locales", ""),
            ("organization_id", ""),
        ])
        .unwrap();
        assert_eq!(options, SignInOptions::default());
    }

    #[test]
    fn what_no_parameter_takes_is_refused() {
        for (name, value) in [
            ("first_screen", "admin"),
            ("identifier", "email passport"),
            ("direct_sign_in", "google"),
            ("direct_sign_in", "sso:"),
            ("prompt", "none login"),
            ("prompt", "create"),
            ("max_age", "-1"),
            ("max_age", "soon"),
        ] {
            assert_eq!(set(&[(name, value)]).unwrap_err().name, name, "{value}");
        }
        let mut options = SignInOptions::default();
        assert_eq!(options.set("redirect_uri", "https://evil.test"), Ok(false));
        assert_eq!(options, SignInOptions::default());
    }

    #[test]
    fn no_extra_parameter_can_replace_what_protects_the_sign_in() {
        for name in ["state", "nonce", "redirect_uri", "scope", "code_challenge"] {
            let options = SignInOptions::new().extra(name, "x");
            assert!(
                matches!(options.parameters(&[]), Err(AuthError::InvalidSignInOption(of)) if of == name)
            );
        }
        let options = SignInOptions::new().extra("campaign", "x");
        assert_eq!(
            options.parameters(&[]).unwrap(),
            [("campaign", "x".to_owned())]
        );
    }
}
