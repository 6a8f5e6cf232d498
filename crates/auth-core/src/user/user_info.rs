//! The userinfo endpoint (OpenID Connect Core §5.3): claims that the ID token does
//! not have, and current values of the others.

use openidconnect::{
    AsyncHttpClient as _, HttpRequest, HttpResponse, UserInfoUrl,
    http::{
        Method, StatusCode,
        header::{ACCEPT, AUTHORIZATION},
    },
};
use serde_json::{Map, Value};

use crate::{
    claims::Claims,
    context::Context,
    error::AuthError,
    oauth::access_token::AccessToken,
    provider::{http::no_answer, queue::RequestKind},
    session::Session,
    tokens::{
        access_token,
        refresh::{self, Refreshes},
        request::AccessTokenRequest,
    },
};

/// The answer of the userinfo endpoint.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UserInfo {
    /// All claims.
    pub claims: Claims,
}

impl UserInfo {
    /// Returns the names of the claims that the ID token of `session` does not
    /// have.
    pub fn only_here<'a>(&'a self, session: &'a Session) -> impl Iterator<Item = &'a str> {
        self.claims
            .iter()
            .map(|(name, _)| name)
            .filter(|name| session.claims.get(name).is_none())
    }
}

/// Asks the provider for the claims of the session's user. If the provider does
/// not accept the access token, tries once more with a new one.
pub(crate) async fn user_info(
    context: &Context,
    refreshes: &Refreshes,
    session: &Session,
) -> Result<UserInfo, AuthError> {
    let request = AccessTokenRequest::user_info();
    let token = access_token::get(context, refreshes, session, &request).await?;
    match fetch(context, session, &token).await {
        // Revoked before its end. If the whole grant was revoked, the refresh
        // ends the session.
        Err(AuthError::InvalidAccessToken) => {
            let refreshed = refresh::refresh_claims(context, refreshes, session.id_hash).await;
            let token = match refreshed {
                Err(AuthError::NoRefreshToken) => return Err(AuthError::InvalidAccessToken),
                refreshed => refreshed?,
            };
            fetch(context, session, &token).await
        }
        answer => answer,
    }
}

async fn fetch(
    context: &Context,
    session: &Session,
    token: &AccessToken,
) -> Result<UserInfo, AuthError> {
    let provider = context.provider.get().await?;
    let endpoint = provider.metadata.userinfo_endpoint().ok_or_else(|| {
        AuthError::Discovery("the document lists no userinfo endpoint".to_owned())
    })?;
    let http = context.http.sending(RequestKind::UserInfo);
    let answer = http
        .call(request(endpoint, token)?)
        .await
        .map_err(|error| no_answer("userinfo", &error))?;
    validate(&answer, session.claims.str("sub"))
}

/// Builds the request of OpenID Connect Core §5.3.1, with the token in the header,
/// never in the URL.
fn request(endpoint: &UserInfoUrl, token: &AccessToken) -> Result<HttpRequest, AuthError> {
    openidconnect::http::Request::builder()
        .method(Method::GET)
        .uri(endpoint.as_str())
        .header(ACCEPT, "application/json")
        .header(AUTHORIZATION, format!("Bearer {}", token.expose()))
        .body(Vec::new())
        .map_err(|error| AuthError::Discovery(error.to_string()))
}

/// Validates the answer of OpenID Connect Core §5.3.2.
fn validate(answer: &HttpResponse, sub: Option<&str>) -> Result<UserInfo, AuthError> {
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => return Err(AuthError::InvalidAccessToken),
        status => {
            return Err(AuthError::OAuth {
                error: format!("status {status}"),
                description: "answer of the userinfo endpoint".to_owned(),
            });
        }
    }
    // The error message may repeat claims, which are personal.
    let claims: Map<String, Value> = serde_json::from_slice(answer.body()).map_err(|_| {
        AuthError::InvalidAnswer("the userinfo answer is not a JSON object".to_owned())
    })?;
    // "The sub Claim in the UserInfo Response MUST be verified to exactly match
    // the sub Claim in the ID Token".
    match (claims.get("sub").and_then(Value::as_str), sub) {
        (Some(answered), Some(sub)) if answered == sub && !sub.is_empty() => Ok(UserInfo {
            claims: Claims::of_user(claims),
        }),
        _ => Err(AuthError::InvalidAnswer(
            "the userinfo answer is about another user".to_owned(),
        )),
    }
}
