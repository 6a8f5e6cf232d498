//! The two routes by which the provider tells that it ended a session.

use auth_core::{Auth, Config};
use axum::{
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header::CONTENT_SECURITY_POLICY},
    response::{Html, IntoResponse as _, Response},
};
use serde::Deserialize;
use url::Url;

use crate::{
    response::no_store,
    routes::{MAX_BODY, is_form},
};

/// OpenID Connect Back-Channel Logout 1.0 §2.5.
#[derive(Deserialize)]
struct LogoutRequest {
    logout_token: String,
}

/// "If the logout succeeded, the RP MUST respond with HTTP 200 OK", and with
/// 400 if it did not (§2.8); nothing else is answered, and nothing may be
/// cached.
pub(crate) async fn back_channel(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let status = match logout_token(&parts.headers, body).await {
        Some(token) => match auth.back_channel_logout(&token).await {
            Ok(_) => StatusCode::OK,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a back-channel logout was refused: {error}"
                );
                StatusCode::BAD_REQUEST
            }
        },
        None => StatusCode::BAD_REQUEST,
    };
    no_store(status.into_response())
}

async fn logout_token(headers: &HeaderMap, body: Body) -> Option<String> {
    if !is_form(headers) {
        return None;
    }
    let body = to_bytes(body, MAX_BODY).await.ok()?;
    let request: LogoutRequest = serde_urlencoded::from_bytes(&body).ok()?;
    Some(request.logout_token)
}

/// OpenID Connect Front-Channel Logout 1.0 §3: a frame in the provider's
/// sign-out page, which shows nothing.
pub(crate) async fn front_channel(State(auth): State<Auth>, request: Request<Body>) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let status = match auth.front_channel_logout(query).await {
        Ok(_) => StatusCode::OK,
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a front-channel logout was refused: {error}"
            );
            StatusCode::BAD_REQUEST
        }
    };
    let page = Html("<!DOCTYPE html>\n<title>Signed out</title>\n");
    let mut response = no_store((status, page).into_response());
    if let Some(policy) = framed_by_provider(auth.config()) {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// Lets the provider's pages frame this one, which holds nothing to click on.
/// Browsers that know `frame-ancestors` take no notice of `X-Frame-Options`
/// beside it (Content Security Policy Level 3 §6.4.2).
fn framed_by_provider(config: &Config) -> Option<HeaderValue> {
    let provider = Url::parse(config.issuer()).ok()?.origin();
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors {}",
        provider.ascii_serialization()
    );
    HeaderValue::try_from(policy).ok()
}
