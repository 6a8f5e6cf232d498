//! Checks who may call a server function, by claims that are fresh enough:
//! suspended users and roles that were taken away are noticed. Use them with
//! `?` before anything else in the function.
//!
//! They also answer the request, by what sent it:
//!
//! - A script, such as the browser's part of Leptos, gets the status 401 if the
//!   user has to sign in, 403 without the role or scope, 503 with `Retry-After` if
//!   that cannot be known now; and the error that the function returns.
//! - A form without JavaScript is sent to sign in and returns to its page, or
//!   returns at once to its page, which shows the error.
//! - A page that is being rendered is refused as a whole, as the layers do. For that
//!   the response must not have begun: call the function in a
//!   [`Resource::new_blocking`](leptos::prelude::Resource::new_blocking). For a part
//!   of a page that everybody may see, use [`auth`](crate::auth()) instead.

use std::{sync::Arc, time::Duration};

use auth_core::{AccessTokenRequest, AuthError, GUARD_MAX_AGE, Session};

use crate::{PublicError, public_error::failure::refuse, request::request_session};

/// Returns the session if the user is signed in, with claims that are at most ten
/// minutes old. The counterpart of the layer
/// [`RequireSession`](crate::RequireSession).
///
/// ```
/// use auth_leptos::{PublicError, require_session};
/// use leptos::prelude::*;
///
/// #[server]
/// async fn my_orders() -> Result<Vec<String>, PublicError> {
///     let session = require_session().await?;
///     Ok(vec![format!("the first order of {}", session.sub())])
/// }
/// ```
///
/// # Errors
///
/// As [`require_fresh`].
pub async fn require_session() -> Result<Arc<Session>, PublicError> {
    require_fresh(GUARD_MAX_AGE).await
}

/// Returns the session if its claims are at most `max_age` old; waits for three
/// seconds at most if they have to be fetched. The counterpart of the layer
/// [`RequireFresh`](crate::RequireFresh).
///
/// If Logto is down, claims up to `AUTH_CLAIMS_MAX_STALE` are accepted.
///
/// # Errors
///
/// Those of [`auth_core::Auth::fresh_claims`], and [`AuthError::NotSignedIn`].
pub async fn require_fresh(max_age: Duration) -> Result<Arc<Session>, PublicError> {
    fresh(max_age).await.map_err(refuse)
}

/// Returns the session if the user has this role, by claims that are at most ten
/// minutes old. The counterpart of the layer [`RequireRole`](crate::RequireRole).
///
/// For another age, ask the session that [`require_fresh`] returns.
///
/// ```
/// use auth_leptos::{PublicError, require_role};
/// use leptos::prelude::*;
///
/// #[server]
/// async fn delete_everything() -> Result<(), PublicError> {
///     let admin = require_role("admin").await?;
///     println!("{} deletes everything", admin.sub());
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// [`AuthError::Forbidden`] without the role; otherwise as [`require_fresh`].
pub async fn require_role(role: &str) -> Result<Arc<Session>, PublicError> {
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
) -> Result<Arc<Session>, PublicError> {
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
) -> Result<Arc<Session>, PublicError> {
    scoped(scope, &at.into()).await.map_err(refuse)
}

async fn fresh(max_age: Duration) -> Result<Arc<Session>, AuthError> {
    request_session()?.fresh_claims(max_age).await
}

async fn require(
    is_met: impl FnOnce(&Session) -> bool,
    what: impl FnOnce() -> String,
) -> Result<Arc<Session>, PublicError> {
    let session = require_fresh(GUARD_MAX_AGE).await?;
    if is_met(&session) {
        return Ok(session);
    }
    Err(refuse(AuthError::Forbidden { what: what() }))
}

async fn scoped(scope: &str, at: &AccessTokenRequest) -> Result<Arc<Session>, AuthError> {
    let session = request_session()?;
    let token = session.fresh_access_token(at, GUARD_MAX_AGE).await?;
    if !token.scope().iter().any(|granted| granted == scope) {
        return Err(AuthError::Forbidden {
            what: format!("the scope {scope}"),
        });
    }
    session.get().await?.ok_or(AuthError::NotSignedIn)
}
