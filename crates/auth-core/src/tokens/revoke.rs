//! Revokes refresh tokens (RFC 7009).

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::stream::{self, StreamExt as _};
use openidconnect::{AsyncHttpClient as _, HttpRequest};
use time::OffsetDateTime;

use super::{ended, set::TokenSet, stored};
use crate::{
    context::Context,
    error::AuthError,
    hooks::event::{AuthEvent, SignedOutBy},
    oauth::client_authentication::Credentials,
    provider::{
        client_authentication::authenticated_post,
        http::{HttpError, no_answer},
        metadata::Provider,
        queue::RequestKind,
    },
    store::{
        expired::{ExpiredRevocation, RevokeExpired},
        rows::{EndedSession, GrantUse},
    },
};

/// How many tokens are revoked at the same time.
const CONCURRENCY: usize = 16;

/// Revokes the tokens of ended sessions on a task of its own.
pub(crate) fn revoke_in_background(context: &Context, ended: Vec<EndedSession>) {
    let context_of_task = context.clone();
    let revoke = async move { revoke_ended(&context_of_task, ended).await };
    context.tasks.spawn(revoke);
}

/// Revokes the tokens of ended sessions.
pub(crate) async fn revoke_ended(context: &Context, ended: Vec<EndedSession>) {
    stream::iter(ended)
        .for_each_concurrent(CONCURRENCY, async |ended| {
            if let Some(tokens) = stored::of_ended(context, &ended) {
                revoke(context, &tokens).await;
            }
        })
        .await;
}

/// Gives the store what revokes the refresh tokens of sessions that it deletes
/// because they have expired.
pub(crate) fn with_expired_sessions(context: &Context) {
    let weak = context.downgrade();
    let revoke = RevokeExpired::new(move |ended| {
        let context = weak.upgrade();
        async move {
            let Some(context) = context else {
                return ExpiredRevocation::Done;
            };
            // On a task of its own: the rows are deleted, so the tokens have to be
            // revoked although the store is closed meanwhile.
            ended::tell(&context, &ended, SignedOutBy::Expiry);
            let task = context.clone();
            let own = |ended: &EndedSession| ended.grant == GrantUse::Own;
            let ended = ended.into_iter().filter(own).collect();
            let revoking = async move { revoke_while_reachable(&task, ended).await };
            let done = context.tasks.spawn(revoking).await;
            done.unwrap_or(ExpiredRevocation::ProviderDown)
        }
    });
    context.store.revoke_expired_with(revoke);
}

/// Revokes refresh tokens until the provider is down. Sends nothing during a pause
/// that refreshes make because of an outage: the provider asked for it, or has to
/// recover.
async fn revoke_while_reachable(context: &Context, ended: Vec<EndedSession>) -> ExpiredRevocation {
    let is_down = AtomicBool::new(false);
    let must_stop = || is_down.load(Ordering::Relaxed) || context.outage.is_paused();
    stream::iter(ended)
        .for_each_concurrent(CONCURRENCY, async |ended| {
            if must_stop() {
                return;
            }
            if let Some(tokens) = stored::of_ended(context, &ended)
                && let Err(error) = revoke_unless_down(context, &tokens).await
                && !is_down.swap(true, Ordering::Relaxed)
            {
                tracing::warn!(
                    %error,
                    "the refresh tokens of some expired sessions are not revoked; they end by \
                     themselves"
                );
            }
        })
        .await;
    if must_stop() {
        ExpiredRevocation::ProviderDown
    } else {
        ExpiredRevocation::Done
    }
}

/// Revokes a refresh token. A failure is logged.
pub(crate) async fn revoke(context: &Context, tokens: &TokenSet) {
    if let Err(error) = try_revoke(context, tokens).await {
        tracing::warn!(%error, "cannot revoke a refresh token");
    }
}

/// Revokes a refresh token, because it stays valid after a sign-out at Logto
/// (RFC 9700 §4.14.2). Fails if the provider does not answer. Other failures are
/// logged: they must not keep the user from signing out at the provider.
pub(crate) async fn try_revoke(context: &Context, tokens: &TokenSet) -> Result<(), AuthError> {
    match send(context, tokens).await? {
        Err(error @ (HttpError::Transport(_) | HttpError::TimedOut)) => {
            Err(no_answer("revocation", &error))
        }
        Err(error) => {
            tracing::warn!(%error, "cannot revoke a refresh token");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Revokes a refresh token. Fails if the provider is down: it does not answer, or
/// with a status 5xx or 429.
async fn revoke_unless_down(context: &Context, tokens: &TokenSet) -> Result<(), AuthError> {
    match send(context, tokens).await? {
        Err(error @ HttpError::TooLong) => {
            tracing::warn!(%error, "cannot revoke a refresh token");
            Ok(())
        }
        Err(error) => Err(no_answer("revocation", &error)),
        Ok(()) => Ok(()),
    }
}

/// Sends the request, if there is a refresh token and an endpoint. Returns why it
/// has no usable answer.
async fn send(context: &Context, tokens: &TokenSet) -> Result<Result<(), HttpError>, AuthError> {
    let Some(refresh_token) = tokens.refresh_token.as_deref() else {
        return Ok(Ok(()));
    };
    let provider = context.provider.get().await?;
    let credentials = &context.config.credentials;
    let Some(request) = request(refresh_token, &provider, credentials, context.now())? else {
        return Ok(Ok(()));
    };
    let http = context.http.sending(RequestKind::Revocation);
    Ok(http.call(request).await.map(|answer| {
        let status = answer.status();
        if status.is_success() {
            context.events.tell(|| AuthEvent::Revoked {
                sub: tokens.sub.clone(),
            });
        } else {
            tracing::warn!(%status, "cannot revoke a refresh token");
        }
    }))
}

/// Builds the request of RFC 7009 §2.1; `None` if the provider has no
/// revocation endpoint.
fn request(
    refresh_token: &str,
    provider: &Provider,
    credentials: &Credentials,
    now: OffsetDateTime,
) -> Result<Option<HttpRequest>, AuthError> {
    let Some(endpoint) = &provider.metadata.revocation_endpoint else {
        return Ok(None);
    };
    let parameters = [
        ("token", refresh_token),
        ("token_type_hint", "refresh_token"),
    ];
    authenticated_post(endpoint, &parameters, credentials, now).map(Some)
}
