//! Asks the application about a session whose claims were fetched again, and tells
//! it of the refresh.

use std::time::Duration;

use tokio::time::timeout;

use crate::{
    context::Context,
    error::AuthError,
    hooks::{
        event::{AuthEvent, SignedOutBy},
        refresh::{RefreshDecision, RefreshedSession},
    },
    session::{Session, load, renewed_claims},
    store::{handle::SessionHandle, ids::SessionIdHash, rows::EndedSession},
    tokens::{ended, revoke::revoke_in_background},
};

/// How long a refresh waits for the application: a guard waits three seconds in
/// all, and a refresh has one of few places.
const PATIENCE: Duration = Duration::from_secs(1);

/// Asks the application, carries out what it decides, and tells it of the refresh.
/// Fails with [`AuthError::SessionEnded`] if the application has ended the session.
///
/// Tokens and claims are stored already. So whatever the application does, they are
/// not lost.
pub(super) async fn tell(context: &Context, id_hash: SessionIdHash) -> Result<(), AuthError> {
    if !context.hooks.decides_refreshes() && !context.events.is_followed() {
        return Ok(());
    }
    let task = context.clone();
    let telling = context.tasks.spawn(async move {
        ask(&task, id_hash).await.unwrap_or_else(|error| {
            tracing::error!(session = ?id_hash, "{error}; the session goes on with the data that it has");
            Outcome::GoesOn
        })
    });
    match timeout(PATIENCE, telling).await {
        Ok(Ok(Outcome::Ended)) => Err(AuthError::SessionEnded),
        // It goes on without this request, or has panicked.
        Ok(_) | Err(_) => Ok(()),
    }
}

enum Outcome {
    GoesOn,
    Ended,
}

async fn ask(context: &Context, id_hash: SessionIdHash) -> Result<Outcome, AuthError> {
    let Some((session, _)) = load::stored(context, id_hash).await? else {
        return Ok(Outcome::GoesOn);
    };
    // Also if the hook fails.
    let decided = decide(context, &session).await;
    if !matches!(decided, Ok(Outcome::Ended)) {
        context.events.tell(|| AuthEvent::Refreshed {
            session: SessionHandle(id_hash),
            user: session.user,
            claims: session.claims,
        });
    }
    decided
}

async fn decide(context: &Context, session: &Session) -> Result<Outcome, AuthError> {
    if !context.hooks.decides_refreshes() {
        return Ok(Outcome::GoesOn);
    }
    let id_hash = session.id_hash;
    let refreshed = RefreshedSession {
        session: SessionHandle(id_hash),
        user: session.user.clone(),
        claims: session.claims.clone(),
        data: session.data.clone(),
    };
    match context.hooks.refresh(refreshed).await? {
        RefreshDecision::Keep => Ok(Outcome::GoesOn),
        RefreshDecision::Store(data) => {
            let data = data.into_data().map_err(|reason| AuthError::HookFailed {
                hook: "on_refresh",
                reason,
            })?;
            renewed_claims::write_data(context, session, data).await?;
            Ok(Outcome::GoesOn)
        }
        RefreshDecision::End => {
            if let Some(sealed_tokens) = context.store.delete(&id_hash).await? {
                let ended = vec![EndedSession::new(id_hash, sealed_tokens)];
                ended::tell(context, &ended, SignedOutBy::Application);
                revoke_in_background(context, ended);
            }
            Ok(Outcome::Ended)
        }
    }
}
