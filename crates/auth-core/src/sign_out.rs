//! Sign-out: here first, then at the provider.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openidconnect::{
    AsyncHttpClient as _, HttpRequest,
    http::{
        Method,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
};
use url::{Url, form_urlencoded};

use crate::{
    AuthError, Config, RedirectTo, SetCookie,
    provider::{Provider, ProviderCache},
    provider_http::{HttpError, ProviderHttp},
    tokens::TokenSet,
};

/// How long a sign-out waits for the provider. The user is signed out of the
/// application whatever comes of it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// How to sign out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignOutOptions {
    /// The page to go to when the provider has nothing to sign out of, or
    /// cannot be reached; the front page when `None`.
    pub redirect_to: Option<String>,
}

impl SignOutOptions {
    /// Goes to `page`, a path of the application, where the browser need not
    /// go by way of the provider.
    pub fn going_to(page: impl Into<String>) -> Self {
        Self {
            redirect_to: Some(page.into()),
        }
    }
}

/// The user is signed out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedOut {
    /// Where to send the browser.
    pub next: SignOutDestination,
    /// Cookies to set with that answer.
    pub cookies: Vec<SetCookie>,
}

/// Where a sign-out leads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignOutDestination {
    /// The provider's end-session page, which comes back to the front page.
    Provider(Url),
    /// A page of the application.
    Application(RedirectTo),
}

impl SignOutDestination {
    /// The address, for a `Location` header.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Provider(url) => url.as_str(),
            Self::Application(page) => page.as_str(),
        }
    }
}

/// Revokes the refresh token (RFC 9700 §4.14.2), which outlives Logto's own
/// sign-out, and gives the address of the provider's end-session page.
pub(crate) async fn end_at_provider(
    tokens: Option<TokenSet>,
    providers: &ProviderCache,
    http: &ProviderHttp,
    config: &Config,
) -> Result<Option<Url>, AuthError> {
    let provider = providers.get().await?;
    if let Some(refresh_token) = tokens
        .as_ref()
        .and_then(|tokens| tokens.refresh_token.as_deref())
        && let Some(request) = revocation_request(refresh_token, &provider, config)?
    {
        match http.call(request).await {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => {
                tracing::warn!(status = %answer.status(), "a refresh token was not revoked");
            }
            Err(HttpError::Transport(reason)) => {
                return Err(AuthError::Unreachable {
                    endpoint: "revocation",
                    reason,
                });
            }
            Err(error) => tracing::warn!(%error, "a refresh token was not revoked"),
        }
    }
    Ok(end_session_request(&provider, config))
}

/// Builds the request of OpenID Connect RP-Initiated Logout 1.0 §2; `None`
/// when the provider offers no such endpoint.
///
/// With `client_id` and without `id_token_hint`: Logto needs no hint, and so
/// no token ever stands in an address.
pub(crate) fn end_session_request(provider: &Provider, config: &Config) -> Option<Url> {
    let mut url = provider
        .metadata
        .additional_metadata()
        .end_session_endpoint
        .clone()?;
    url.query_pairs_mut()
        .append_pair("client_id", &config.client_id)
        .append_pair(
            "post_logout_redirect_uri",
            &config.post_logout_redirect_uri(),
        );
    Some(url)
}

/// Builds the request of RFC 7009 §2.1; `None` when the provider offers no
/// such endpoint.
///
/// `openidconnect` has one too, but refuses `http`, and so a provider on this
/// machine.
fn revocation_request(
    refresh_token: &str,
    provider: &Provider,
    config: &Config,
) -> Result<Option<HttpRequest>, AuthError> {
    let Some(endpoint) = &provider.metadata.additional_metadata().revocation_endpoint else {
        return Ok(None);
    };
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("token", refresh_token)
        .append_pair("token_type_hint", "refresh_token")
        .finish();
    // RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = STANDARD.encode(format!(
        "{}:{}",
        encode(&config.client_id),
        encode(config.client_secret.secret())
    ));
    openidconnect::http::Request::builder()
        .method(Method::POST)
        .uri(endpoint.as_str())
        .header(AUTHORIZATION, format!("Basic {credentials}"))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body.into_bytes())
        .map(Some)
        .map_err(|error| AuthError::Discovery(error.to_string()))
}
