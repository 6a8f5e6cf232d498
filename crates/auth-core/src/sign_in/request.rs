//! The authorization request (OpenID Connect Core §3.1.2.1).

use openidconnect::PkceCodeChallenge;
use time::OffsetDateTime;
use url::Url;

use super::{first_screen::Identifier, options::SignInOptions, pending::PendingSignIn};
use crate::{
    config::{Config, response_mode::ResponseMode},
    error::AuthError,
    oauth::{prompt::Prompt, scope::Scope},
    provider::metadata::Provider,
    redirect::RedirectTo,
    sealing::secret::random_token,
};

/// Builds the authorization request, and what has to be remembered until its
/// answer.
pub(crate) fn authorization_request(
    provider: &Provider,
    config: &Config,
    options: &SignInOptions,
    redirect_to: &RedirectTo,
    now: OffsetDateTime,
) -> Result<(Url, PendingSignIn), AuthError> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (state, nonce) = (random_token::<32>(), random_token::<32>());
    let scopes: Vec<_> = config.scopes().iter().map(Scope::as_str).collect();
    // "The endpoint URI MAY include an [...] query component, which MUST be
    // retained when adding additional query parameters" (RFC 6749 §3.1).
    let mut url = provider.metadata.authorization_endpoint.clone();
    let mut query = url.query_pairs_mut();
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", config.client_id())
        .append_pair("state", &state)
        .append_pair("code_challenge", challenge.as_str())
        .append_pair("code_challenge_method", challenge.method().as_str())
        .append_pair("redirect_uri", &config.redirect_uri())
        .append_pair("scope", &scopes.join(" "))
        .append_pair("nonce", &nonce);
    // RFC 8707 §2: several resources are the parameter repeated.
    for resource in config.resources() {
        query.append_pair("resource", resource.as_str());
    }
    if config.response_mode == ResponseMode::FormPost {
        query.append_pair("response_mode", "form_post");
    }
    for (name, value) in options.parameters(&config.prompt)? {
        query.append_pair(name, &value);
    }
    drop(query);
    let mut pending = PendingSignIn::new(state, nonce, verifier.into_secret(), redirect_to, now);
    pending.authenticated_since = options.authenticated_since(pending.started_at, &config.prompt);
    pending.acr_values.clone_from(&options.acr_values);
    Ok((url, pending))
}

impl SignInOptions {
    /// Returns the parameters of the authorization request for these options.
    /// `prompt` is the configured prompt, for options without one.
    pub(crate) fn parameters(&self, prompt: &[Prompt]) -> Result<Vec<(&str, String)>, AuthError> {
        let prompt = self.prompt_of_request(prompt);
        if !Prompt::fit_together(&prompt) {
            return Err(AuthError::InvalidSignInOption(
                "prompt=none with another prompt".to_owned(),
            ));
        }
        if let Some((name, _)) = self.extra.iter().find(|(name, _)| is_reserved(name)) {
            return Err(AuthError::InvalidSignInOption(name.clone()));
        }
        let list = |words: Vec<&str>| (!words.is_empty()).then(|| words.join(" "));
        let named = [
            ("prompt", list(names(&prompt, Prompt::as_str))),
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
                "acr_values",
                list(self.acr_values.iter().map(String::as_str).collect()),
            ),
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

    /// Returns what the application requires, and what the browser adds.
    fn prompt_of_request(&self, configured: &[Prompt]) -> Vec<Prompt> {
        let required = self.prompt.as_deref().unwrap_or(configured);
        let added = &self.added_prompt;
        if added.is_empty() {
            return required.to_vec();
        }
        let is_in_either = |prompt: &Prompt| required.contains(prompt) || added.contains(prompt);
        // `none` cannot be combined with another prompt. Without `consent` Logto
        // still asks for a consent that is missing, but without `login` it asks
        // for no password.
        if added.contains(&Prompt::None) && !is_in_either(&Prompt::Login) {
            return vec![Prompt::None];
        }
        [Prompt::Login, Prompt::Consent]
            .into_iter()
            .filter(is_in_either)
            .collect()
    }

    /// Returns the earliest time of authentication that a sign-in beginning at
    /// `now` accepts; both in seconds since 1970.
    pub(crate) fn authenticated_since(&self, now: i64, prompt: &[Prompt]) -> Option<i64> {
        if self.prompt_of_request(prompt).contains(&Prompt::Login) {
            return Some(now);
        }
        let max_age = i64::try_from(self.max_age?.as_secs()).unwrap_or(i64::MAX);
        Some(now.saturating_sub(max_age))
    }
}

/// Returns whether this library sets the parameter itself, or has an option for
/// it.
fn is_reserved(name: &str) -> bool {
    const RESERVED: [&str; 25] = [
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
        "acr_values",
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

#[cfg(test)]
mod tests {
    use super::*;

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
