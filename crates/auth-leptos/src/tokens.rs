//! Access tokens and the user's data at Logto, for server functions: called
//! over HTTP, or directly while a page is rendered.
//!
//! Without a session layer they fail with [`AuthError::Internal`].

use std::sync::Arc;

use auth_core::{
    AccessToken, AccessTokenRequest, AuthError, Organization, OrganizationId, Session, UserInfo,
    VerifiedAccessToken,
};

use crate::request::{session_of_request, set_status_of};

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
/// [`AuthError::SessionEnded`], if the provider ended the session. Its kind is
/// [`ErrorKind::SessionRequired`](crate::ErrorKind::SessionRequired).
pub async fn access_token(wanted: impl Into<AccessTokenRequest>) -> Result<AccessToken, AuthError> {
    session_of_request()?
        .access_token(&wanted.into())
        .await
        .inspect_err(set_status_of)
}

/// Returns a token for an organization itself. Its scopes are the user's
/// permissions in the organization.
///
/// # Errors
///
/// Those of [`access_token`]. The most likely are [`AuthError::NotAMember`], and
/// [`AuthError::ScopeMissing`] if sign-ins do not ask for organizations.
pub async fn organization_token(id: impl Into<OrganizationId>) -> Result<AccessToken, AuthError> {
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
) -> Result<VerifiedAccessToken, AuthError> {
    session_of_request()?
        .access_token_claims(&wanted.into())
        .await
        .inspect_err(set_status_of)
}

/// Returns the user's claims from the userinfo endpoint: the claims that the ID
/// token does not contain, with their current values.
///
/// # Errors
///
/// Those of [`auth_core::Auth::user_info`].
pub async fn user_info() -> Result<UserInfo, AuthError> {
    session_of_request()?
        .user_info()
        .await
        .inspect_err(set_status_of)
}

/// Returns the user's organizations, with their current names and roles.
///
/// # Errors
///
/// Those of [`auth_core::Auth::organizations`].
pub async fn organizations() -> Result<Vec<Organization>, AuthError> {
    session_of_request()?
        .organizations()
        .await
        .inspect_err(set_status_of)
}

/// Fetches the user's claims from Logto again, after a membership or a role
/// changed. This request and all later ones see the new claims.
///
/// # Errors
///
/// Those of [`auth_core::Auth::refresh_claims`].
pub async fn refresh_claims() -> Result<Arc<Session>, AuthError> {
    session_of_request()?
        .refresh_claims()
        .await
        .inspect_err(set_status_of)
}
