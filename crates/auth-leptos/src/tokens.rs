//! Access tokens and the user's data at Logto, for server functions: called
//! over HTTP, or directly while a page is rendered.
//!
//! Without a session layer they fail with [`auth_core::AuthError::Internal`].

use std::sync::Arc;

use auth_core::{
    AccessToken, AccessTokenRequest, Organization, OrganizationId, Session, UserInfo,
    VerifiedAccessToken,
};

use crate::{PublicError, request::request_session};

/// Returns an access token for requests of this server to an API. Refreshes it
/// if it has expired.
///
/// `access_token("https://shopping.example.com/api")` is a token for that API;
/// an [`AccessTokenRequest`] can ask for an organization or for fewer scopes.
/// The token must stay on the server.
///
/// # Errors
///
/// Those of [`auth_core::Auth::access_token`]. The most likely is
/// [`auth_core::AuthError::SessionEnded`], if the provider ended the session. Its kind is
/// [`ErrorKind::SessionRequired`](crate::ErrorKind::SessionRequired).
pub async fn access_token(
    wanted: impl Into<AccessTokenRequest>,
) -> Result<AccessToken, PublicError> {
    Ok(request_session()?.access_token(&wanted.into()).await?)
}

/// Returns a token for an organization itself. Its scopes are the user's
/// permissions in the organization.
///
/// # Errors
///
/// Those of [`access_token`]. The most likely are [`auth_core::AuthError::NotAMember`], and
/// [`auth_core::AuthError::ScopeMissing`] if sign-ins do not ask for organizations.
pub async fn organization_token(id: impl Into<OrganizationId>) -> Result<AccessToken, PublicError> {
    access_token(AccessTokenRequest::organization(id)).await
}

/// Returns the verified claims of an access token: its scope, its expiry and
/// custom claims. A page may show them; the token itself stays on the server.
///
/// # Errors
///
/// Those of [`auth_core::Auth::access_token_claims`].
pub async fn access_token_claims(
    wanted: impl Into<AccessTokenRequest>,
) -> Result<VerifiedAccessToken, PublicError> {
    Ok(request_session()?
        .access_token_claims(&wanted.into())
        .await?)
}

/// Returns the user's claims from the userinfo endpoint: the claims that the ID
/// token does not contain, with their current values.
///
/// # Errors
///
/// Those of [`auth_core::Auth::user_info`].
pub async fn user_info() -> Result<UserInfo, PublicError> {
    Ok(request_session()?.user_info().await?)
}

/// Returns the user's organizations, with their current names and roles.
///
/// # Errors
///
/// Those of [`auth_core::Auth::organizations`].
pub async fn organizations() -> Result<Vec<Organization>, PublicError> {
    Ok(request_session()?.organizations().await?)
}

/// Fetches the user's claims from Logto again, after a membership or a role
/// changed. This request and all later ones see the new claims.
///
/// # Errors
///
/// Those of [`auth_core::Auth::refresh_claims`].
pub async fn refresh_claims() -> Result<Arc<Session>, PublicError> {
    Ok(request_session()?.refresh_claims().await?)
}
