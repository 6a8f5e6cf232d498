//! Requests to the provider's token endpoint, and the meaning of its errors.

use openidconnect::{AsyncHttpClient as _, http::StatusCode};
use time::OffsetDateTime;

use super::{
    answer::Answer,
    client_authentication::authenticated_post,
    http::{HttpError, ProviderHttp, no_answer},
    metadata::Provider,
    outage::OutageHint,
    token_response::TokenResponse,
};
use crate::{error::AuthError, oauth::client_authentication::Credentials};

/// Why a token request has no tokens.
pub(crate) enum TokenError {
    /// There is no usable answer.
    Request(HttpError),
    /// The endpoint answered with another status than 200.
    Refused(Answer),
    /// The request cannot be built, or its answer cannot be read.
    Other(AuthError),
}

/// Sends a token request (RFC 6749 §4.1.3, §6) and reads its answer.
pub(crate) async fn request_tokens(
    http: &ProviderHttp,
    provider: &Provider,
    credentials: &Credentials,
    parameters: &[(&str, &str)],
    now: OffsetDateTime,
) -> Result<TokenResponse, TokenError> {
    let endpoint = &provider.metadata.token_endpoint;
    let request =
        authenticated_post(endpoint, parameters, credentials, now).map_err(TokenError::Other)?;
    let answer = http.call(request).await.map_err(TokenError::Request)?;
    if answer.status() != StatusCode::OK {
        return Err(TokenError::Refused(Answer::of(&answer)));
    }
    TokenResponse::parse(&answer).map_err(|error| {
        TokenError::Other(match error {
            AuthError::InvalidAnswer(reason) => {
                AuthError::InvalidAnswer(format!("{reason} ({})", Answer::of(&answer)))
            }
            error => error,
        })
    })
}

/// Returns the error of a failed token request. `invalid_grant` (RFC 6749
/// §5.2) becomes `on_invalid_grant`: what it means depends on the grant.
pub(crate) fn token_request_failed(error: TokenError, on_invalid_grant: AuthError) -> AuthError {
    match error {
        TokenError::Refused(answer) if answer.is_error("invalid_grant") => {
            tracing::info!("the provider does not accept a code or refresh token: {answer}");
            on_invalid_grant
        }
        TokenError::Refused(answer) => answer.into_error("token"),
        TokenError::Request(error) => no_answer("token", &error),
        TokenError::Other(error) => error,
    }
}

/// Returns what a failed token request says about an outage.
pub(crate) fn outage_hint(error: &TokenError) -> OutageHint {
    match error {
        TokenError::Request(HttpError::Unavailable {
            answer,
            retry_after,
        }) => OutageHint {
            may_be_one_session: answer.status == StatusCode::INTERNAL_SERVER_ERROR,
            retry_after: *retry_after,
        },
        _ => OutageHint::default(),
    }
}
