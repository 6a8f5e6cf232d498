//! Checks of what is registered at the provider: the redirect URIs, the scopes and
//! the resources. The provider is asked as a browser asks it.

use openidconnect::{
    AsyncHttpClient as _, HttpResponse,
    http::{Method, header::LOCATION},
};
use url::Url;

use super::{Checkup, Finding};
use crate::{
    config::response_mode::ResponseMode,
    oauth::prompt::Prompt,
    outside::printable::printable,
    provider::{answer::Answer, metadata::Provider},
    redirect::RedirectTo,
    sign_in::{options::SignInOptions, pushed::push, request::authorization_request},
};

impl Checkup<'_> {
    /// Asks for a sign-in without a page (OpenID Connect Core §3.1.2.1, `prompt`
    /// `none`). A provider redirects only to addresses that are registered, and says
    /// there what else it does not accept.
    pub(super) async fn redirect_uri(&self, provider: &Provider) -> Vec<Finding> {
        const SUBJECT: &str = "redirect URI";
        let uri = self.config.redirect_uri();
        let mut config = self.config.clone();
        // The answer is read from an address.
        config.response_mode = ResponseMode::Query;
        let options = SignInOptions::default().prompt([Prompt::None]);
        let url =
            match authorization_request(provider, &config, &options, &RedirectTo::home(), self.now)
            {
                Ok((url, _)) => url,
                Err(error) => return vec![Finding::wrong(SUBJECT, error.to_string(), "")],
            };
        let pushed = push(url, provider, &config, &self.http, self.now).await;
        let url = match pushed {
            Ok(url) => url,
            Err(error) => {
                return vec![Finding::wrong(
                    SUBJECT,
                    format!("Logto does not accept the pushed request of a sign-in: {error}"),
                    "add the redirect URI to \"Redirect URIs\" of the application in Logto's \
                     console, and check AUTH_LOGTO_SCOPES and AUTH_LOGTO_RESOURCES",
                )];
            }
        };
        let answer = match self.get(&url).await {
            Ok(answer) => answer,
            Err(found) => return vec![unreachable_endpoint(SUBJECT, &found)],
        };
        let location = answer
            .headers()
            .get(LOCATION)
            .and_then(|location| Url::parse(location.to_str().ok()?).ok());
        let Some(location) = location.filter(|location| location.as_str().starts_with(&uri)) else {
            return vec![Finding::wrong(
                SUBJECT,
                format!("Logto does not redirect to {uri}: {}", Answer::of(&answer)),
                "add it to \"Redirect URIs\" of the application in Logto's console",
            )];
        };
        let registered = Finding::ok(SUBJECT, format!("{uri} is registered"));
        vec![registered, requested(&location)]
    }

    /// Asks for a sign-out of nobody.
    pub(super) async fn post_logout_redirect_uri(&self, provider: &Provider) -> Vec<Finding> {
        const SUBJECT: &str = "post sign-out redirect URI";
        let Some(endpoint) = &provider.metadata.end_session_endpoint else {
            return vec![Finding::check(
                SUBJECT,
                "the provider has no end_session_endpoint",
                "a sign-out ends the session of this application only",
            )];
        };
        let uri = self.config.post_logout_redirect_uri();
        let mut url = endpoint.clone();
        url.query_pairs_mut()
            .append_pair("client_id", self.config.client_id())
            .append_pair("post_logout_redirect_uri", &uri);
        vec![match self.get(&url).await {
            Ok(answer) if answer.status().as_u16() < 400 => {
                Finding::ok(SUBJECT, format!("{uri} is registered"))
            }
            Ok(answer) => Finding::wrong(
                SUBJECT,
                format!("Logto does not redirect to {uri}: {}", Answer::of(&answer)),
                "add it to \"Post sign-out redirect URIs\" of the application in Logto's console",
            ),
            Err(found) => unreachable_endpoint(SUBJECT, &found),
        }]
    }

    async fn get(&self, url: &Url) -> Result<HttpResponse, String> {
        let request = openidconnect::http::Request::builder()
            .method(Method::GET)
            .uri(url.as_str())
            .body(Vec::new())
            .map_err(|error| error.to_string())?;
        self.http
            .call(request)
            .await
            .map_err(|error| error.to_string())
    }
}

fn unreachable_endpoint(subject: &'static str, found: &str) -> Finding {
    Finding::wrong(subject, found, "check that this machine reaches Logto")
}

/// Reads what the provider says about scopes and resources.
fn requested(location: &Url) -> Finding {
    const SUBJECT: &str = "scopes and resources";
    let parameter = |wanted: &str| {
        location
            .query_pairs()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| printable(&value))
    };
    let description = parameter("error_description").unwrap_or_default();
    match parameter("error").as_deref() {
        // Nobody is signed in (OpenID Connect Core §3.1.2.6).
        Some("login_required" | "interaction_required" | "consent_required") => {
            Finding::ok(SUBJECT, "Logto accepts them")
        }
        Some("invalid_scope") => Finding::wrong(
            SUBJECT,
            format!("Logto does not accept the scopes: {description}"),
            "check AUTH_LOGTO_SCOPES",
        ),
        Some("invalid_target") => Finding::wrong(
            SUBJECT,
            format!("Logto does not know a resource: {description}"),
            "copy \"API identifier\" of each API in Logto's console to AUTH_LOGTO_RESOURCES",
        ),
        Some(error) => Finding::check(
            SUBJECT,
            format!("Logto answers with the error {error}: {description}"),
            "look at the application's page in Logto's console",
        ),
        None => Finding::check(
            SUBJECT,
            "Logto answers a request without a user as if there were one",
            "look at the application's page in Logto's console",
        ),
    }
}
