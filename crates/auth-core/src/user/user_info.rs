//! The userinfo endpoint (OpenID Connect Core §5.3): claims that the ID token does
//! not have, and current values of the others.

use openidconnect::{
    AsyncHttpClient as _, HttpRequest,
    http::{
        Method, StatusCode,
        header::{ACCEPT, AUTHORIZATION},
    },
};
use serde_json::{Map, Value};
use url::Url;

use crate::{
    claims::Claims,
    context::Context,
    error::AuthError,
    jwt,
    oauth::access_token::AccessToken,
    outside::json_object,
    provider::{
        answer::{Answer, media_type},
        http::no_answer,
        queue::RequestKind,
    },
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
    let endpoint = provider.metadata.userinfo_endpoint.as_ref();
    let endpoint = endpoint
        .ok_or_else(|| AuthError::Discovery("the document has no userinfo_endpoint".to_owned()))?;
    let http = context.http.sending(RequestKind::UserInfo);
    let answer = http
        .call(request(endpoint, token)?)
        .await
        .map_err(|error| no_answer("userinfo", &error))?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => return Err(AuthError::InvalidAccessToken),
        _ => return Err(Answer::of(&answer).into_error("userinfo")),
    }
    let claims = if media_type(answer.headers()).as_deref() == Some("application/jwt") {
        let token = String::from_utf8_lossy(answer.body());
        jwt::user_info::verify(context, token.trim()).await?
    } else {
        // The error repeats no claims: they are personal.
        json_object::parse(answer.body()).map_err(|reason| {
            let answer = Answer::of(&answer);
            AuthError::InvalidAnswer(format!("the userinfo answer: {reason} ({answer})"))
        })?
    };
    check_user(&claims, session.claims.str("sub"))?;
    Ok(UserInfo {
        claims: Claims::of_user(claims),
    })
}

/// Builds the request of OpenID Connect Core §5.3.1, with the token in the header,
/// never in the URL.
fn request(endpoint: &Url, token: &AccessToken) -> Result<HttpRequest, AuthError> {
    openidconnect::http::Request::builder()
        .method(Method::GET)
        .uri(endpoint.as_str())
        .header(ACCEPT, "application/json, application/jwt;q=0.9")
        .header(AUTHORIZATION, format!("Bearer {}", token.expose()))
        .body(Vec::new())
        .map_err(|error| AuthError::Discovery(error.to_string()))
}

/// "The sub Claim in the `UserInfo` Response MUST be verified to exactly match the
/// sub Claim in the ID Token" (OpenID Connect Core §5.3.2).
fn check_user(claims: &Map<String, Value>, sub: Option<&str>) -> Result<(), AuthError> {
    let reason = match claims.get("sub") {
        Some(Value::String(answered)) if !answered.is_empty() => {
            if Some(answered.as_str()) == sub {
                return Ok(());
            }
            "it is about another user (sub)"
        }
        Some(_) => "its sub is not a string",
        None => "it has no sub",
    };
    Err(AuthError::InvalidAnswer(format!(
        "the userinfo answer: {reason}"
    )))
}
