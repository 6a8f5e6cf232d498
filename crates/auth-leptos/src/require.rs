//! Checks who may call a server function, by claims that are fresh enough:
//! suspended users and roles that were taken away are noticed. Use them with
//! `?` before anything else in the function.
//!
//! They set the status of the response: 401 if the user has to sign in, 403
//! without the role or scope, 503 with `Retry-After` if that cannot be known now.

use std::{sync::Arc, time::Duration};

use auth_core::{AccessTokenRequest, AuthError, GUARD_MAX_AGE, Session};

use crate::request::{session_of_request, set_status_of_refusal};

/// Returns the session if its claims are at most `max_age` old; waits for three
/// seconds at most if they have to be fetched. The counterpart of the layer
/// [`RequireFresh`](crate::RequireFresh).
///
/// If Logto is down, claims up to `AUTH_CLAIMS_MAX_STALE` are accepted.
///
/// # Errors
///
/// Those of [`auth_core::Auth::fresh_claims`], and [`AuthError::NotSignedIn`].
pub async fn require_fresh(max_age: Duration) -> Result<Arc<Session>, AuthError> {
    fresh(max_age).await.inspect_err(set_status_of_refusal)
}

/// Returns the session if the user has this role, by claims that are at most ten
/// minutes old. The counterpart of the layer [`RequireRole`](crate::RequireRole).
///
/// For another age, ask the session that [`require_fresh`] returns.
///
/// ```
/// use auth_leptos::require_role;
/// use leptos::prelude::*;
///
/// #[server]
/// async fn delete_everything() -> Result<(), ServerFnError> {
///     let admin = require_role("admin").await?;
///     println!("{} deletes everything", admin.sub());
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// [`AuthError::Forbidden`] without the role; otherwise as [`require_fresh`].
pub async fn require_role(role: &str) -> Result<Arc<Session>, AuthError> {
    require(
        |session| session.has_role(role),
        || format!("the role {role}"),
    )
    .await
}

/// Returns the session if the user has this role in the organization with this
/// id, by claims that are at most ten minutes old.
///
/// # Errors
///
/// As [`require_role`].
pub async fn require_organization_role(
    organization: &str,
    role: &str,
) -> Result<Arc<Session>, AuthError> {
    require(
        |session| session.has_organization_role(organization, role),
        || format!("the role {role} in the organization {organization}"),
    )
    .await
}

/// Returns the session if the user has this scope at an API or organization, by
/// an access token for it that is at most ten minutes old. The counterpart of the
/// layer [`RequireScope`](crate::RequireScope).
///
/// # Errors
///
/// [`AuthError::Forbidden`] without the scope; otherwise those of
/// [`auth_core::Auth::fresh_access_token`].
pub async fn require_scope(
    scope: &str,
    at: impl Into<AccessTokenRequest>,
) -> Result<Arc<Session>, AuthError> {
    scoped(scope, &at.into())
        .await
        .inspect_err(set_status_of_refusal)
}

async fn fresh(max_age: Duration) -> Result<Arc<Session>, AuthError> {
    session_of_request()?.fresh_claims(max_age).await
}

async fn require(
    is_met: impl FnOnce(&Session) -> bool,
    what: impl FnOnce() -> String,
) -> Result<Arc<Session>, AuthError> {
    let session = require_fresh(GUARD_MAX_AGE).await?;
    if is_met(&session) {
        return Ok(session);
    }
    let error = AuthError::Forbidden { what: what() };
    set_status_of_refusal(&error);
    Err(error)
}

async fn scoped(scope: &str, at: &AccessTokenRequest) -> Result<Arc<Session>, AuthError> {
    let session = session_of_request()?;
    let token = session.fresh_access_token(at, GUARD_MAX_AGE).await?;
    if !token.scope().iter().any(|granted| granted == scope) {
        return Err(AuthError::Forbidden {
            what: format!("the scope {scope}"),
        });
    }
    session.get().await?.ok_or(AuthError::NotSignedIn)
}
