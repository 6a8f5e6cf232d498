//! Claims and access tokens that are not older than allowed. Pages do not wait
//! for them; guards do, for a limited time.

use std::{borrow::Cow, future::Future, time::Duration};

use time::OffsetDateTime;
use tokio::time::{Instant, timeout_at};

use crate::{
    context::Context,
    cookies::RequestCookies,
    error::AuthError,
    oauth::access_token::AccessToken,
    provider::outage::{is_down, still_down},
    session::{
        Renewal, Session, claims_age,
        load::{self, Extensions},
    },
    store::ids::SessionIdHash,
    tokens::{
        access_token::{self, Stored},
        places::Urgency,
        refresh::{self, Refreshes},
        request::{AccessTokenRequest, RefreshPurpose},
        set::IssuedToken,
    },
};

/// How long a request waits for fresh claims.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long a request to the provider has no answer until it counts as down,
/// when the [`PATIENCE`] of the request here ends.
const NO_ANSWER: Duration = Duration::from_secs(2);
/// How old claims may always be in a session that cannot renew them. A shorter
/// age would send its user to sign in again and again.
const LEAST_AGE_WITHOUT_REFRESH: Duration = Duration::from_secs(60);

/// Returns the session of a request. If its claims are old, they are renewed in
/// the background.
pub(crate) async fn current(
    context: &Context,
    extensions: &Extensions,
    refreshes: &Refreshes,
    cookies: &RequestCookies,
) -> Result<Option<Session>, AuthError> {
    let session = load::current(context, extensions, cookies).await?;
    if let Some(session) = &session {
        renew_if_old(context, refreshes, session);
    }
    Ok(session)
}

fn renew_if_old(context: &Context, refreshes: &Refreshes, session: &Session) {
    let max_age = claims_age::spread(context.config.claims_max_age, session);
    if session.renewal == Renewal::Impossible
        || !claims_age::are_old(session, context.store_now(), max_age)
        || context.outage.is_paused()
        || context.outage.is_probing()
    {
        return;
    }
    // It runs on a task of its own.
    drop(start(context, refreshes, session, Urgency::Background));
}

fn start(
    context: &Context,
    refreshes: &Refreshes,
    session: &Session,
    urgency: Urgency,
) -> impl Future<Output = Result<(), AuthError>> + use<> {
    let before = claims_age::seen(session);
    refresh::start_for_claims(context, refreshes, session.id_hash, before, urgency)
}

/// Returns the session with claims that are not older than `max_age`; waits for
/// them if they have to be renewed.
pub(crate) async fn fresh<'a>(
    context: &Context,
    refreshes: &Refreshes,
    session: &'a Session,
    max_age: Duration,
) -> Result<Cow<'a, Session>, AuthError> {
    // What the provider is asked from now on is fresh, however long it takes.
    let now = context.store_now();
    let deadline = Instant::now() + PATIENCE;
    let mut session = Cow::Borrowed(session);
    while claims_age::are_old(&session, now, max_age) {
        if session.renewal == Renewal::Impossible {
            return without_refresh(session, now, max_age);
        }
        let renewed = if context.outage.is_paused() {
            Err(still_down())
        } else {
            let renewal = start(context, refreshes, &session, Urgency::Awaited);
            wait(context, session.id_hash, deadline, renewal).await
        };
        match renewed {
            Ok(()) => {
                let stored = load::reload(context, &session);
                let stored = timeout_at(deadline, stored)
                    .await
                    .map_err(|_| AuthError::RefreshBusy)??;
                let stored = stored.ok_or(AuthError::NotSignedIn)?;
                if claims_age::seen(&stored) == claims_age::seen(&session) {
                    return Err(AuthError::RefreshBusy);
                }
                session = Cow::Owned(stored);
            }
            Err(AuthError::NoRefreshToken) => return without_refresh(session, now, max_age),
            Err(error) if is_down(&error) => {
                let limit = max_age.max(context.config.claims_max_stale);
                if claims_age::are_old(&session, now, limit) {
                    return Err(unconfirmed(context));
                }
                tracing::debug!(
                    session = ?session.id_hash,
                    %error,
                    "the provider is down; using claims that are older than required"
                );
                return Ok(session);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(session)
}

/// Returns an access token that was asked for not longer than `max_age` ago;
/// waits for a new one if necessary.
pub(crate) async fn fresh_access_token(
    context: &Context,
    refreshes: &Refreshes,
    session: &Session,
    request: &AccessTokenRequest,
    max_age: Duration,
) -> Result<AccessToken, AuthError> {
    let now = context.store_now();
    let deadline = Instant::now() + PATIENCE;
    let id_hash = session.id_hash;
    let Stored {
        issued,
        version,
        renewal,
    } = access_token::stored(context, id_hash, request).await?;
    let age_exceeds = |max_age| {
        issued
            .as_ref()
            .is_none_or(|issued| claims_age::is_old_token(session, issued.asked_at(), now, max_age))
    };
    if let Some(issued) = &issued
        && !issued.is_due(now)
        && !age_exceeds(max_age)
    {
        return Ok(issued.to_access_token());
    }
    if renewal == Renewal::Impossible {
        return match &issued {
            Some(issued) if !age_exceeds(max_age.max(LEAST_AGE_WITHOUT_REFRESH)) => {
                Ok(issued.to_access_token())
            }
            Some(_) => Err(AuthError::ClaimsOutdated),
            None => Err(AuthError::NoRefreshToken),
        };
    }
    let before = issued.as_ref().map(IssuedToken::asked_at);
    let purpose = RefreshPurpose::NewerToken(request.clone(), before);
    let refresh = refresh::start(context, refreshes, id_hash, version, purpose);
    match wait(context, id_hash, deadline, refresh).await {
        Err(error) if is_down(&error) => match &issued {
            Some(issued) if !age_exceeds(max_age.max(context.config.claims_max_stale)) => {
                Ok(issued.to_access_token())
            }
            _ => Err(unconfirmed(context)),
        },
        answer => answer,
    }
}

/// Waits for a refresh until `deadline`.
///
/// If the provider does not answer in this time, fails like a refresh of a
/// provider that is down. Everything else that takes too long is a limit of this
/// application.
async fn wait<T>(
    context: &Context,
    id_hash: SessionIdHash,
    deadline: Instant,
    refresh: impl Future<Output = Result<T, AuthError>>,
) -> Result<T, AuthError> {
    match timeout_at(deadline, refresh).await {
        Ok(answer) => answer,
        Err(_) if context.outage.is_unanswered_for(id_hash, NO_ANSWER) => {
            Err(AuthError::TimedOut { endpoint: "token" })
        }
        Err(_) => Err(AuthError::RefreshBusy),
    }
}

fn without_refresh(
    session: Cow<'_, Session>,
    now: OffsetDateTime,
    max_age: Duration,
) -> Result<Cow<'_, Session>, AuthError> {
    if claims_age::are_old(&session, now, max_age.max(LEAST_AGE_WITHOUT_REFRESH)) {
        return Err(AuthError::ClaimsOutdated);
    }
    Ok(session)
}

fn unconfirmed(context: &Context) -> AuthError {
    AuthError::ClaimsUnconfirmed {
        retry_after: context.outage.pause(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::{
        clock::SystemClock,
        config::Config,
        hooks::Hooks,
        sealing::Purpose,
        session::content,
        store::{
            ids::UserIdHash,
            memory::MemoryStore,
            rows::{NewSession, WriteOutcome},
        },
        tokens::set::TokenSet,
    };

    /// The former release does not store whether there is a refresh token. It is
    /// looked for once.
    #[tokio::test]
    async fn a_session_of_the_former_release_without_a_refresh_token_is_asked_once() {
        let config = Config::builder()
            .issuer("http://localhost:9/oidc")
            .client_id("client")
            .client_secret("secret")
            .secret("a secret of more than thirty-two characters")
            .base_url("http://localhost:3000")
            .build()
            .unwrap();
        let context = Context::new(
            config,
            Arc::new(MemoryStore::new()),
            Arc::new(SystemClock),
            Hooks::new(),
        )
        .unwrap();
        let refreshes = Refreshes::new(&TaskTracker::new());
        let id_hash = SessionIdHash::from_bytes([7; 16]);
        let now = this_second(&context);
        let session = Session {
            expires_at: now + Duration::from_secs(3600),
            ..Session::of_user_1(id_hash, now)
        };
        let tokens: TokenSet = serde_json::from_value(json!({
            "access_token": "token", "received_at": now.unix_timestamp(), "expires_at": null,
            "scope": [], "refresh_token": null, "id_token": null,
            "sub": "user-1", "nonce": "nonce",
        }))
        .unwrap();
        let keyring = &context.keyring;
        let row = NewSession::new(
            id_hash,
            UserIdHash::from_bytes([7; 16]),
            content::seal(&session, keyring).unwrap(),
            keyring
                .seal(Purpose::Tokens, id_hash.as_bytes(), &tokens)
                .unwrap(),
            Duration::from_secs(3600),
        );
        assert_eq!(
            context.store.create(row).await.unwrap(),
            WriteOutcome::Applied
        );

        let refused = fresh(&context, &refreshes, &session, Duration::MAX).await;
        assert!(
            matches!(refused, Err(AuthError::ClaimsOutdated)),
            "{refused:?}"
        );
        let (stored, _) = load::stored(&context, id_hash).await.unwrap().unwrap();
        assert_eq!(stored.renewal, Renewal::Impossible, "known from now on");
    }

    fn this_second(context: &Context) -> OffsetDateTime {
        context.now().replace_nanosecond(0).unwrap()
    }
}
