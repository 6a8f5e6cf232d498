//! The route of Logto's webhooks.

use auth_core::{Auth, AuthError};
use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderValue, StatusCode},
    response::{IntoResponse as _, Response},
};

use crate::{
    RequestSession,
    address_limits::{ClientLimits, Limited},
    response::no_store,
    unavailable::session_unavailable,
};

/// The longest body, in bytes. Logto names up to 5,000 users in each of four
/// lists, which take about 120 KB each.
pub(crate) const MAX_BODY: usize = 1024 * 1024;
/// The header with the signature of the body.
const SIGNATURE: &str = "logto-signature-sha-256";

/// Answers 2xx to a webhook that was carried out, was carried out before, or
/// reports nothing that concerns sessions. There is no cross-site check: the
/// signature says who sent it.
pub(super) async fn webhook(State(auth): State<Auth>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let webhooks = auth.webhooks();
    let session = RequestSession::of(&parts, &auth);
    let limits = session.limits();
    if !webhooks.are_configured() {
        if limits.take(Limited::ProviderCalls).is_ok() {
            tracing::warn!(
                "a webhook was refused: AUTH_LOGTO_WEBHOOK_KEY is not set; set it to the signing \
                 key of the webhook in Logto's console"
            );
        }
        return answer(StatusCode::NOT_FOUND);
    }
    // Before the body is read, which may be long.
    let signature = parts.headers.get(SIGNATURE).map(HeaderValue::to_str);
    let Some(Ok(signature)) = signature else {
        return invalid(limits, None);
    };
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return answer(StatusCode::PAYLOAD_TOO_LARGE);
    };
    match webhooks.receive(&body, signature).await {
        Ok(outcome) => {
            tracing::debug!(?outcome, "a webhook was received");
            answer(StatusCode::NO_CONTENT)
        }
        Err(error @ AuthError::Store(_)) => session_unavailable(&error, &session.language()),
        Err(error @ AuthError::InvalidWebhook(_)) => invalid(limits, Some(&error)),
        Err(error) => {
            log(&error);
            answer(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Answers a webhook that is not Logto's: 400, or 429 if the address sends many.
fn invalid(limits: &ClientLimits, error: Option<&AuthError>) -> Response {
    let mut response = answer(StatusCode::BAD_REQUEST);
    match limits.take(Limited::ProviderCalls) {
        Ok(()) => {
            if let Some(error) = error {
                log(error);
            }
        }
        Err(exceeded) => exceeded.set(&mut response),
    }
    response
}

fn log(error: &AuthError) {
    tracing::warn!(
        error = error as &dyn std::error::Error,
        "a webhook was refused: {error}"
    );
}

fn answer(status: StatusCode) -> Response {
    no_store(status.into_response())
}
