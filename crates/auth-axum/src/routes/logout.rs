//! The route at which the provider reports that it ended a session.

use std::time::Duration;

use auth_core::{Auth, AuthError, routes};
use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::CACHE_CONTROL},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::form::{MAX_BODY, is_form};
use crate::{
    RequestSession,
    address_limits::{ClientLimits, LimitExceeded, Limited},
    response::no_store,
};

/// When to send a token again, if too many wait for their verification.
const BUSY: Duration = Duration::from_secs(5);

/// OpenID Connect Back-Channel Logout 1.0 §2.5.
#[derive(Deserialize)]
struct LogoutRequest {
    logout_token: String,
}

/// Answers 200 if the logout succeeded and 400 if it failed, and forbids
/// caching (OpenID Connect Back-Channel Logout 1.0 §2.8). Answers 429 to a flood.
pub(super) async fn back_channel(State(auth): State<Auth>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let limits = RequestSession::of(&parts, &auth).limits().clone();
    let Some(token) = logout_token(&parts.headers, body).await else {
        return rejected(limits.take(Limited::ProviderCalls));
    };
    // On a task of its own: a provider that waits no longer does not send it again.
    let applied = tokio::spawn(async move { apply(&auth, &limits, &token).await });
    applied.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a back-channel logout panicked");
        rejected(Ok(()))
    })
}

/// Carries out what a logout token says, as soon as it is its turn.
async fn apply(auth: &Auth, limits: &ClientLimits, token: &str) -> Response {
    let admission = match limits.admit(Limited::ProviderCalls).await {
        Ok(admission) => admission,
        Err(exceeded) => return rejected(Err(exceeded)),
    };
    let failure = match auth.back_channel_logout(token).await {
        Ok(_) => {
            admission.was_valid();
            return no_store(StatusCode::OK.into_response());
        }
        Err(AuthError::VerificationBusy) => {
            admission.was_no_failure();
            return rejected(Err(LimitExceeded { retry_after: BUSY }));
        }
        Err(error) => error,
    };
    let counted = if matches!(failure, AuthError::InvalidLogoutToken(_)) {
        admission.was_a_failure()
    } else {
        // It says nothing of who sent it.
        admission.was_no_failure();
        Ok(())
    };
    if counted.is_ok() {
        tracing::warn!(
            error = &failure as &dyn std::error::Error,
            "a back-channel logout was rejected: {failure}"
        );
    }
    rejected(counted)
}

/// Answers 400, or 429 to who may not send more now.
fn rejected(counted: Result<(), LimitExceeded>) -> Response {
    let mut response = no_store(StatusCode::BAD_REQUEST.into_response());
    if let Err(exceeded) = counted {
        exceeded.set(&mut response);
    }
    response
}

async fn logout_token(headers: &HeaderMap, body: Body) -> Option<String> {
    if !is_form(headers) {
        return None;
    }
    let body = to_bytes(body, MAX_BODY).await.ok()?;
    let request: LogoutRequest = serde_urlencoded::from_bytes(&body).ok()?;
    Some(request.logout_token)
}

/// Middleware that turns every status of the back-channel logout route other
/// than 200 and 429 into 400, and forbids caching the response.
///
/// Layers around the route refuse requests too, with 403, 413 or 503. The
/// provider knows only 200 and 400 (OpenID Connect Back-Channel Logout 1.0
/// §2.8). Add this middleware outside of such layers, with
/// [`axum::middleware::from_fn_with_state`]:
///
/// ```
/// use auth_axum::{RequestLimits, auth_routes, logout_errors_as_400};
/// use auth_core::Auth;
/// use axum::{Router, middleware::from_fn_with_state};
///
/// fn router(auth: Auth) -> Router {
///     auth_routes(auth.clone())
///         .layer(RequestLimits::new())
///         .layer(from_fn_with_state(auth, logout_errors_as_400))
/// }
/// ```
pub async fn logout_errors_as_400(
    State(auth): State<Auth>,
    request: Request,
    next: Next,
) -> Response {
    let is_logout = {
        let base_path = auth.config().base_path();
        base_path.is_path_of(routes::BACK_CHANNEL_LOGOUT, request.uri().path())
    };
    let mut response = next.run(request).await;
    let is_right = matches!(
        response.status(),
        // To somebody who is not the provider, or if too many tokens wait.
        StatusCode::OK | StatusCode::BAD_REQUEST | StatusCode::TOO_MANY_REQUESTS
    );
    if is_logout && !is_right {
        *response.status_mut() = StatusCode::BAD_REQUEST;
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
