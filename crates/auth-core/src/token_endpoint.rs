//! Requests to the provider's token endpoint, and what its errors mean.

use openidconnect::{
    EndpointMaybeSet, EndpointNotSet, EndpointSet, RedirectUrl, RequestTokenError,
    StandardErrorResponse,
    core::{CoreClient, CoreErrorResponseType},
};

use crate::{AuthError, Config, provider::Provider, provider_http::HttpError};

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// This application, as a client of the provider.
pub(crate) fn client(provider: &Provider, config: &Config) -> Result<Client, AuthError> {
    let redirect_uri = RedirectUrl::new(config.redirect_uri())
        .map_err(|error| AuthError::Discovery(error.to_string()))?;
    Ok(CoreClient::from_provider_metadata(
        provider.metadata.clone(),
        config.client_id.clone(),
        config.client_secret.clone(),
    )
    .set_auth_type(config.client_authentication.auth_type())
    .set_redirect_uri(redirect_uri))
}

type ErrorResponse = StandardErrorResponse<CoreErrorResponseType>;
type TokenError = RequestTokenError<HttpError, ErrorResponse>;

/// What a failed token request means, `invalid_grant` (RFC 6749 §5.2) being
/// `grant_refused`.
pub(crate) fn token_request_failed(error: TokenError, grant_refused: AuthError) -> AuthError {
    match error {
        RequestTokenError::ServerResponse(response) => match response.error() {
            CoreErrorResponseType::InvalidGrant => grant_refused,
            _ => refused(&response),
        },
        RequestTokenError::Request(error) => unreachable("token", &error),
        // The body may hold tokens, so it is not told.
        RequestTokenError::Parse(error, _body) => AuthError::InvalidAnswer(error.to_string()),
        RequestTokenError::Other(reason) => AuthError::InvalidAnswer(reason),
    }
}

/// What an OAuth error means (RFC 6749 §5.2).
pub(crate) fn refused(response: &ErrorResponse) -> AuthError {
    match response.error() {
        CoreErrorResponseType::InvalidClient => AuthError::InvalidClient,
        other => AuthError::OAuth {
            error: other.to_string(),
            description: response.error_description().cloned().unwrap_or_default(),
        },
    }
}

/// What it means that an endpoint gave no answer.
pub(crate) fn unreachable(endpoint: &'static str, error: &HttpError) -> AuthError {
    match error {
        HttpError::TimedOut => AuthError::TimedOut { endpoint },
        error => AuthError::Unreachable {
            endpoint,
            reason: error.to_string(),
        },
    }
}
