//! Requests to the provider's token endpoint, and the meaning of its errors.

use openidconnect::{
    EndpointMaybeSet, EndpointNotSet, EndpointSet, RedirectUrl, RequestTokenError,
    StandardErrorResponse,
    core::{CoreClient, CoreErrorResponseType},
    http::StatusCode,
};

use super::{
    http::{HttpError, no_answer},
    metadata::Provider,
    outage::OutageHint,
};
use crate::{config::Config, error::AuthError};

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Builds `openidconnect`'s client for this application.
pub(crate) fn client(provider: &Provider, config: &Config) -> Result<Client, AuthError> {
    let credentials = &config.credentials;
    let redirect_uri = RedirectUrl::new(config.redirect_uri())
        .map_err(|error| AuthError::Discovery(error.to_string()))?;
    Ok(CoreClient::from_provider_metadata(
        provider.metadata.clone(),
        credentials.client_id.clone(),
        credentials.client_secret.clone(),
    )
    .set_auth_type(credentials.method.auth_type())
    .set_redirect_uri(redirect_uri))
}

pub(crate) type ErrorResponse = StandardErrorResponse<CoreErrorResponseType>;
type TokenError = RequestTokenError<HttpError, ErrorResponse>;

/// Returns the error of a failed token request. `invalid_grant` (RFC 6749
/// §5.2) becomes `on_invalid_grant`: what it means depends on the grant.
pub(crate) fn token_request_failed(error: TokenError, on_invalid_grant: AuthError) -> AuthError {
    match error {
        RequestTokenError::ServerResponse(response) => match response.error() {
            CoreErrorResponseType::InvalidGrant => on_invalid_grant,
            _ => oauth_error(&response),
        },
        RequestTokenError::Request(error) => no_answer("token", &error),
        // The body may contain tokens, so it is not repeated.
        RequestTokenError::Parse(error, _body) => AuthError::InvalidAnswer(error.to_string()),
        RequestTokenError::Other(reason) => AuthError::InvalidAnswer(reason),
    }
}

/// Returns what a failed token request says about an outage.
pub(crate) fn outage_hint(error: &TokenError) -> OutageHint {
    match error {
        RequestTokenError::Request(HttpError::Unavailable {
            status,
            retry_after,
        }) => OutageHint {
            may_be_one_session: *status == StatusCode::INTERNAL_SERVER_ERROR,
            retry_after: *retry_after,
        },
        _ => OutageHint::default(),
    }
}

/// Returns the error for an OAuth error response (RFC 6749 §5.2).
pub(crate) fn oauth_error(response: &ErrorResponse) -> AuthError {
    match response.error() {
        CoreErrorResponseType::InvalidClient => AuthError::InvalidClient,
        other => AuthError::OAuth {
            error: other.to_string(),
            description: response.error_description().cloned().unwrap_or_default(),
        },
    }
}
