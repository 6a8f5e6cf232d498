//! Sign-in options as parameters: read from a form or a query, and written into
//! the authorization request.

use std::time::Duration;

use super::{
    first_screen::{DirectSignIn, FirstScreen, Identifier},
    options::{OneTimeToken, SignInOptions},
};
use crate::{
    error::AuthError,
    oauth::{organization_id::OrganizationId, prompt::Prompt},
};

/// A sign-in parameter does not accept the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sign-in parameter {name} does not accept this value")]
#[non_exhaustive]
pub struct InvalidSignInParameter {
    /// The parameter's name.
    pub name: String,
}

/// What [`SignInOptions::set`] did with a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterUse {
    /// It set or reset an option.
    Set,
    /// It ignored the parameter: there is no such option, or a browser may not
    /// set it.
    Unknown,
}

impl SignInOptions {
    /// Sets an option from a form or a query, by the name of its parameter in the
    /// authorization request. An empty value resets the option.
    ///
    /// # Errors
    ///
    /// Fails if the parameter does not accept the value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<ParameterUse, InvalidSignInParameter> {
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
            _ => return Ok(ParameterUse::Unknown),
        }
        Ok(ParameterUse::Set)
    }

    /// Returns the parameters of the authorization request for these options.
    /// `prompt` is the configured prompt, for options without one.
    pub(crate) fn parameters(&self, prompt: &[Prompt]) -> Result<Vec<(&str, String)>, AuthError> {
        let prompt = self.prompt.as_deref().unwrap_or(prompt);
        if !Prompt::fit_together(prompt) {
            return Err(AuthError::InvalidSignInOption(
                "prompt=none with another prompt".to_owned(),
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

    /// Returns the earliest time of authentication that a sign-in beginning at
    /// `now` accepts; both in seconds since 1970.
    pub(crate) fn authenticated_since(&self, now: i64, prompt: &[Prompt]) -> Option<i64> {
        let prompt = self.prompt.as_deref().unwrap_or(prompt);
        if prompt.contains(&Prompt::Login) {
            return Some(now);
        }
        let max_age = i64::try_from(self.max_age?.as_secs()).unwrap_or(i64::MAX);
        Some(now.saturating_sub(max_age))
    }
}

/// Returns whether this library sets the parameter itself, or has an option for
/// it.
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

/// Returns the value with this name: `Some(None)` for an empty text, `None` for an
/// unknown name.
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
            assert_eq!(options.set(name, value)?, ParameterUse::Set, "{name}");
        }
        Ok(options)
    }

    #[test]
    fn form_values_appear_in_the_request() {
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
    fn an_empty_value_sets_no_option() {
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
    fn invalid_values_are_refused() {
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
        assert_eq!(
            options.set("redirect_uri", "https://evil.test"),
            Ok(ParameterUse::Unknown)
        );
        assert_eq!(options, SignInOptions::default());
    }

    #[test]
    fn extra_parameters_cannot_replace_security_parameters() {
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
