//! Loads the session of a request, and extends it.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use super::{
    Session, content, id,
    lifetime::{absolute_end, remaining},
};
use crate::{
    clock::whole_seconds,
    context::{Context, Shared},
    cookies::RequestCookies,
    error::AuthError,
    single_flight::SingleFlight,
    store::{error::StoreError, ids::SessionIdHash, rows::StoredSession},
};

/// How long a request waits until its session is extended: a read must not wait
/// for a locked database.
const EXTENSION_TIMEOUT: Duration = Duration::from_millis(100);
/// How soon an extension is tried again.
const EXTENSION_RETRY: Duration = Duration::from_secs(1);

/// Extends a session once for concurrent requests: by session and the end that
/// is replaced.
#[derive(Clone, Debug)]
pub(crate) struct Extensions(
    SingleFlight<(SessionIdHash, OffsetDateTime), Result<Option<OffsetDateTime>, StoreError>>,
);

impl Extensions {
    pub(crate) fn new(tasks: &TaskTracker) -> Self {
        Self(SingleFlight::new(|_| EXTENSION_RETRY, tasks))
    }
}

/// Returns the session of a request and extends it.
pub(crate) async fn current(
    context: &Context,
    extensions: &Extensions,
    cookies: &RequestCookies,
) -> Result<Option<Session>, AuthError> {
    let Shared { config, store, .. } = &**context;
    let Some(id_hash) = id::hash_of_cookie(context, cookies).await? else {
        return Ok(None);
    };
    let Some((mut session, stored)) = stored(context, id_hash).await? else {
        return Ok(None);
    };
    // Not the time of this server: its clock may be wrong.
    let now = stored.read_at;
    // The configured limit may be lower than when the session was stored.
    if absolute_end(session.signed_in_at, config) <= now {
        return Ok(None);
    }
    let from = stored.expires_at;
    let lifetime = remaining(now, session.signed_in_at, config);
    let change = whole_seconds(now) + lifetime - from;
    // The end may also have to move back, after the limit was lowered.
    if change.abs() >= config.extend_after {
        let extension = extensions.0.run((id_hash, from), || {
            let store = Arc::clone(store);
            async move {
                let done = store.extend(&id_hash, from, lifetime).await;
                if let Err(error) = &done {
                    tracing::warn!(%error, session = ?id_hash, "cannot extend a session");
                }
                done
            }
        });
        if let Ok(Some(Ok(Some(to)))) = timeout(EXTENSION_TIMEOUT, extension).await {
            session.expires_at = to;
        }
    }
    let former = id::hash_of_former_cookie(context, cookies).await?;
    session.former_cookie = former.map(|(_, id_hash)| id_hash);
    Ok(Some(session))
}

/// Returns a session that a request has, as the store has it now.
pub(crate) async fn reload(
    context: &Context,
    session: &Session,
) -> Result<Option<Session>, AuthError> {
    let stored = stored(context, session.id_hash).await?;
    Ok(stored.map(|(stored, _)| Session {
        former_cookie: session.former_cookie,
        ..stored
    }))
}

/// Returns a session and its row, as the store has them.
pub(crate) async fn stored(
    context: &Context,
    id_hash: SessionIdHash,
) -> Result<Option<(Session, StoredSession)>, AuthError> {
    let before = context.now();
    let Some(stored) = context.store.load(&id_hash).await? else {
        return Ok(None);
    };
    let store_clock = &context.store_clock;
    store_clock.observe(stored.read_at, before, context.now());
    match content::open(id_hash, &stored.sealed, stored.expires_at, &context.keyring) {
        Ok(mut session) => {
            session.claims_stale_since = stored.claims_stale_since;
            session.public_session = context.hooks.shapes_public_sessions();
            Ok(Some((session, stored)))
        }
        Err(reason) => {
            tracing::warn!(session = ?id_hash, %reason, "cannot open a stored session; ignoring it");
            Ok(None)
        }
    }
}
