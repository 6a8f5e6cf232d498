//! What a browser may say about a sign-in, in a form or a query.

use std::time::Duration;

use super::{
    first_screen::{DirectSignIn, FirstScreen, Identifier},
    options::SignInOptions,
};
use crate::oauth::{organization_id::OrganizationId, prompt::Prompt};

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
    /// The names of the options that a form or a query may set. What else it
    /// contains is ignored.
    ///
    /// `one_time_token` is not among them: a page of another site could sign a
    /// user in as somebody else with it. Take it only from your own origin, and
    /// pass it to [`one_time_token`](Self::one_time_token).
    pub const FROM_BROWSER: [&str; 9] = [
        "first_screen",
        "identifier",
        "direct_sign_in",
        "login_hint",
        "prompt",
        "max_age",
        "acr_values",
        "ui_locales",
        "organization_id",
    ];

    /// Sets an option from a form or a query, by the name of its parameter in the
    /// authorization request: one of [`FROM_BROWSER`](Self::FROM_BROWSER).
    ///
    /// A browser may ask for more than the application requires, and never for
    /// less: `prompt` is added to the configured one, the shorter `max_age` counts,
    /// and `acr_values` must be among those that are required already.
    /// `prompt=none` is ignored if the application requires `login`. An empty
    /// value resets every other option.
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
        if !Self::FROM_BROWSER.contains(&name) {
            return Ok(ParameterUse::Unknown);
        }
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
            "prompt" => {
                let added = Prompt::parse_list(value).ok_or_else(invalid)?;
                self.added_prompt.extend(added);
            }
            "max_age" | "acr_values" if value.is_empty() => {}
            "max_age" => {
                let seconds: u32 = value.parse().map_err(|_| invalid())?;
                let asked = Duration::from_secs(seconds.into());
                self.max_age = Some(self.max_age.map_or(asked, |age| age.min(asked)));
            }
            "acr_values" => {
                let asked: Vec<_> = words().map(str::to_owned).collect();
                let required = &self.acr_values;
                if !required.is_empty() && asked.iter().any(|value| !required.contains(value)) {
                    return Err(invalid());
                }
                self.acr_values = asked;
            }
            "ui_locales" => self.ui_locales = words().map(str::to_owned).collect(),
            "organization_id" => self.organization = text().map(OrganizationId::new),
            _ => return Ok(ParameterUse::Unknown),
        }
        Ok(ParameterUse::Set)
    }
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
    use crate::sign_in::options::OneTimeToken;

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
            ("max_age", "0"),
            ("acr_values", "mfa phr"),
            ("ui_locales", "th en-GB"),
            ("organization_id", "acme"),
        ];
        let mut names = pairs.map(|(name, _)| name);
        let mut all = SignInOptions::FROM_BROWSER;
        names.sort_unstable();
        all.sort_unstable();
        assert_eq!(names, all);
        let options = set(&pairs).unwrap();
        let parameters = options.parameters(&[Prompt::Consent]).unwrap();
        let expected: Vec<_> = pairs
            .iter()
            .map(|&(name, value)| (name, value.to_owned()))
            .collect();
        assert_eq!(parameters, expected);
    }

    #[test]
    fn a_one_time_token_comes_from_code_only_and_is_not_printed() {
        let mut options = SignInOptions::new();
        let done = options.set("one_time_token", "secret-token");
        assert_eq!(done, Ok(ParameterUse::Unknown));
        assert_eq!(options, SignInOptions::new());
        let options = options.one_time_token(OneTimeToken::new("secret-token"));
        assert_eq!(
            options.parameters(&[]).unwrap(),
            [("one_time_token", "secret-token".to_owned())]
        );
        assert!(!format!("{options:?}").contains("secret-token"));
    }

    #[test]
    fn a_browser_adds_to_the_prompt_and_never_weakens_it() {
        for (required, asked, sent) in [
            ("login", "consent", "login consent"),
            ("login", "none", "login"),
            ("login consent", "consent", "login consent"),
            ("login consent", "none", "login consent"),
            ("consent", "login", "login consent"),
            ("consent", "none", "none"),
            ("none", "login", "login"),
            ("none", "", "none"),
            ("login", "", "login"),
            ("", "login", "login"),
        ] {
            let required = Prompt::parse_list(required).unwrap();
            let mut asks = SignInOptions::new();
            asks.set("prompt", asked).unwrap();
            let mut of_code = SignInOptions::new().prompt(required.clone());
            of_code.set("prompt", asked).unwrap();
            for (options, configured) in [(asks, &required[..]), (of_code, &[Prompt::Consent])] {
                let parameters = options.parameters(configured).unwrap();
                assert_eq!(parameters, [("prompt", sent.to_owned())], "{asked}");
                let asks_for_login = sent.contains("login");
                let since = options.authenticated_since(7, configured);
                assert_eq!(since.is_some(), asks_for_login, "{sent}");
            }
        }
        // A repeated parameter adds, too.
        let mut options = set(&[("prompt", "login")]).unwrap();
        options.set("prompt", "none").unwrap();
        assert_eq!(options.parameters(&[]).unwrap()[0].1, "login");
    }

    #[test]
    fn a_browser_shortens_max_age_and_never_extends_it() {
        for (asked, sent) in [("60", "60"), ("300", "300"), ("3000", "300"), ("", "300")] {
            let mut options = SignInOptions::new().max_age(Duration::from_secs(300));
            options.set("max_age", asked).unwrap();
            assert_eq!(
                options.parameters(&[]).unwrap(),
                [("max_age", sent.to_owned())]
            );
        }
    }

    #[test]
    fn a_browser_narrows_acr_values_and_never_widens_them() {
        for (asked, sent) in [
            ("phr", Some("phr")),
            ("", Some("mfa phr")),
            ("pwd", None),
            ("mfa pwd", None),
        ] {
            let mut options = SignInOptions::new().acr_values(["mfa", "phr"]);
            let done = options.set("acr_values", asked);
            assert_eq!(done.is_ok(), sent.is_some(), "{asked}");
            let sent = ("acr_values", sent.unwrap_or("mfa phr").to_owned());
            assert_eq!(options.parameters(&[]).unwrap(), [sent], "{asked}");
        }
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
            ("acr_values", ""),
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
}
