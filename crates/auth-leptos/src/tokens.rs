//! `access_token()`, `user_info()` and what else is asked of the provider: for
//! server functions, called over HTTP or directly while rendering.
//!
//! All of them count a missing layer as signed out, and log it.

use std::sync::Arc;

use auth_core::{
    AccessToken, AccessTokenRequest, AuthError, Organization, OrganizationId, Session, UserInfo,
    VerifiedAccessToken,
};

use crate::actions::{answer_unavailable, signed_in_request};

/// An access token, for requests of this server to an API:
/// `access_token("https://shopping.example.com/api")`, or whatever
/// [`AccessTokenRequest`] says; renewed if it has ended. Auth.js leaves this to its
/// reader, with a `jwt` callback and a `fetch`.
///
/// The token stays on the server.
///
/// # Errors
///
/// As [`auth_core::Auth::access_token`]: above all
/// [`AuthError::SessionEnded`] when the provider has ended the session, which
/// [`auth_core::ErrorKind::SessionRequired`] stands for.
pub async fn access_token(wanted: impl Into<AccessTokenRequest>) -> Result<AccessToken, AuthError> {
    signed_in_request()?
        .access_token(&wanted.into())
        .await
        .inspect_err(answer_unavailable)
}

/// A token for an organization itself: what the user may do in it.
///
/// # Errors
///
/// As [`access_token`]: above all [`AuthError::NotAMember`], and
/// [`AuthError::ScopeMissing`] when sign-ins do not ask for organizations.
pub async fn organization_token(id: impl Into<OrganizationId>) -> Result<AccessToken, AuthError> {
    access_token(AccessTokenRequest::organization(id)).await
}

/// What an access token of the user says: its scope, its end, claims of your
/// own. Pages may show it; the token itself stays on the server.
///
/// # Errors
///
/// As [`auth_core::Auth::access_token_claims`].
pub async fn access_token_claims(
    wanted: impl Into<AccessTokenRequest>,
) -> Result<VerifiedAccessToken, AuthError> {
    signed_in_request()?
        .access_token_claims(&wanted.into())
        .await
        .inspect_err(answer_unavailable)
}

/// What the userinfo endpoint says of the user: the claims that the ID token
/// leaves out, and what has changed since.
///
/// # Errors
///
/// As [`auth_core::Auth::user_info`].
pub async fn user_info() -> Result<UserInfo, AuthError> {
    signed_in_request()?
        .user_info()
        .await
        .inspect_err(answer_unavailable)
}

/// The organizations of the user, with names and roles, as they are now.
///
/// # Errors
///
/// As [`auth_core::Auth::organizations`].
pub async fn organizations() -> Result<Vec<Organization>, AuthError> {
    signed_in_request()?
        .organizations()
        .await
        .inspect_err(answer_unavailable)
}

/// Has the provider tell anew who the user is, after a membership or a role
/// changed; from here on this request and all later ones see the new claims.
///
/// # Errors
///
/// As [`auth_core::Auth::refresh_claims`].
pub async fn refresh_claims() -> Result<Arc<Session>, AuthError> {
    signed_in_request()?
        .refresh_claims()
        .await
        .inspect_err(answer_unavailable)
}
