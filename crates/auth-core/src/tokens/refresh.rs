//! Refreshes access tokens before they end. Concurrent requests and servers
//! refresh a token only once, and never lose a new refresh token.
//!
//! Logto tolerates a second use of a refresh token for three seconds. After
//! that it revokes the whole grant, and the user is signed out. Therefore:
//!
//! 1. In this process, all requests for a session's token share one refresh
//!    ([`Refreshes`]). It runs on a task that no closed connection cancels.
//! 2. Across processes, a lease in the token row admits one refresh. The others
//!    wait until the row changes.
//! 3. After the lease is granted, the row is read again: tokens that another
//!    server has refreshed meanwhile are not refreshed again.
//! 4. The new tokens are stored, by compare-and-swap on the row's version,
//!    before any request gets them.
//! 5. If the session ended meanwhile, the new refresh token is revoked.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use time::OffsetDateTime;
use tokio_util::task::TaskTracker;

use super::{
    grant, lease,
    request::RefreshPurpose,
    revoke,
    set::{AccessToken, IssuedToken, TokenSet},
    stored,
};
use crate::{
    context::Context,
    error::AuthError,
    jwt::id_token::VerifiedIdToken,
    sealing::Purpose,
    session::renewed_claims,
    single_flight::SingleFlight,
    store::{
        ids::SessionIdHash,
        rows::{LeaseHolder, LeaseOutcome, StoredTokens, TokensVersion, WriteOutcome},
    },
};

/// How long a refresh's answer is kept, so that a provider that is down does
/// not get a request for every request here. Later callers read the store
/// first and find the new tokens there.
const ANSWER_LIFETIME: Duration = Duration::from_secs(1);
/// How long a request waits for another process's refresh: longer than the
/// lease of a process that died.
const WAIT_LIMIT: Duration = Duration::from_secs(10);
/// How long storing new tokens is tried. They exist nowhere else.
const STORE_LIMIT: Duration = Duration::from_secs(12);
/// The pause between two tries.
const STORE_RETRY: Duration = Duration::from_millis(250);

/// Refreshes under way: by session, the version of the tokens they replace, and
/// their purpose. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Refreshes(
    SingleFlight<(SessionIdHash, TokensVersion, RefreshPurpose), Result<AccessToken, AuthError>>,
);

impl Refreshes {
    pub(crate) fn new(tasks: &TaskTracker) -> Self {
        Self(SingleFlight::new(ANSWER_LIFETIME, tasks))
    }
}

/// Fetches the user's claims, and a new access token for the userinfo endpoint,
/// even if the stored tokens are still valid.
pub(crate) async fn refresh_claims(
    context: &Context,
    refreshes: &Refreshes,
    id_hash: SessionIdHash,
) -> Result<AccessToken, AuthError> {
    let (tokens, stored) = stored::load(context, id_hash)
        .await?
        .ok_or(AuthError::NotSignedIn)?;
    if tokens.refresh_token.is_none() {
        return Err(AuthError::NoRefreshToken);
    }
    let purpose = RefreshPurpose::Claims;
    start(context, refreshes, id_hash, stored.version, purpose).await
}

/// Starts a refresh, or joins the one under way. It continues if nobody waits
/// for it.
pub(crate) fn start(
    context: &Context,
    refreshes: &Refreshes,
    id_hash: SessionIdHash,
    version: TokensVersion,
    purpose: RefreshPurpose,
) -> impl Future<Output = Result<AccessToken, AuthError>> + use<> {
    let refresh = refreshes.0.run((id_hash, version, purpose.clone()), || {
        let context = context.clone();
        async move { run(&context, id_hash, &purpose).await }
    });
    async move {
        refresh.await.unwrap_or_else(|| {
            Err(AuthError::Internal(
                "the task that refreshes an access token panicked".to_owned(),
            ))
        })
    }
}

/// Refreshes a session's tokens, or waits for the server that does.
async fn run(
    context: &Context,
    id_hash: SessionIdHash,
    purpose: &RefreshPurpose,
) -> Result<AccessToken, AuthError> {
    let started = Instant::now();
    let holder = lease::new_holder();
    loop {
        let (tokens, stored) = stored::load(context, id_hash)
            .await?
            .ok_or(AuthError::NotSignedIn)?;
        if let RefreshPurpose::Token(wanted) = purpose
            && let Some(issued) = tokens.issued(wanted)
            && !issued.is_due(context.now())
        {
            return Ok(issued.to_access_token());
        }
        let version = stored.version;
        let leased = lease::acquire(context, id_hash, version, holder).await?;
        if leased == LeaseOutcome::Granted {
            let refreshed = tokio::select! {
                answer = refresh_leased(context, id_hash, purpose, tokens, stored, holder) => answer?,
                never = lease::keep_renewing(context, id_hash, version, holder) => match never {},
            };
            if let Some(token) = refreshed {
                return Ok(token);
            }
        }
        if started.elapsed() > WAIT_LIMIT {
            return Err(AuthError::RefreshBusy);
        }
        tokio::time::sleep(lease::POLL_INTERVAL).await;
    }
}

/// Sends the refresh request. The caller holds the lease. Returns `None` if the
/// lease lapsed and another server refreshed the tokens for another purpose.
async fn refresh_leased(
    context: &Context,
    id_hash: SessionIdHash,
    purpose: &RefreshPurpose,
    old: TokenSet,
    stored: StoredTokens,
    holder: LeaseHolder,
) -> Result<Option<AccessToken>, AuthError> {
    match grant::refresh(context, &old, purpose).await {
        Ok((new, id_token)) => {
            let stale_since = stored.claims_stale_since;
            let token = store(context, id_hash, purpose, new, stored).await?;
            if let Some(id_token) = id_token {
                write_claims(context, id_hash, &id_token, purpose, stale_since).await?;
            }
            Ok(token)
        }
        Err(AuthError::SessionEnded) => {
            tracing::info!(session = ?id_hash, "the provider ended the grant; ending the session");
            let store = &context.store;
            match store.delete_if_version(&id_hash, stored.version).await? {
                WriteOutcome::Applied => Err(AuthError::SessionEnded),
                // A former holder of the lease refreshed the tokens after all.
                WriteOutcome::NotApplied => match stored::load(context, id_hash).await? {
                    Some((tokens, _)) => Ok(tokens
                        .issued(&purpose.request())
                        .filter(|issued| issued.is_valid(context.now()))
                        .map(IssuedToken::to_access_token)),
                    None => Err(AuthError::SessionEnded),
                },
            }
        }
        Err(error) => {
            tracing::warn!(session = ?id_hash, %error, "cannot refresh an access token");
            // After a time-out the provider may still be working on the
            // request: the lease keeps other servers from sending the same
            // refresh token.
            if !matches!(error, AuthError::TimedOut { .. }) {
                lease::release(context, id_hash, holder).await;
            }
            Err(error)
        }
    }
}

/// Stores new tokens, before any request gets them.
async fn store(
    context: &Context,
    id_hash: SessionIdHash,
    purpose: &RefreshPurpose,
    new: TokenSet,
    stored: StoredTokens,
) -> Result<Option<AccessToken>, AuthError> {
    let wanted = purpose.request();
    let access_token = |tokens: &TokenSet| {
        let issued = tokens.issued(&wanted);
        Ok(issued.map(IssuedToken::to_access_token))
    };
    let sealed = context
        .keyring
        .seal(Purpose::Tokens, id_hash.as_bytes(), &new)?;
    let started = Instant::now();
    let store = &context.store;
    let written = loop {
        match store.save_tokens(&id_hash, stored.version, &sealed).await {
            Ok(written) => break written,
            Err(error) if started.elapsed() < STORE_LIMIT => {
                tracing::warn!(session = ?id_hash, %error, "cannot store new tokens yet; trying again");
                tokio::time::sleep(STORE_RETRY).await;
            }
            Err(error) => {
                tracing::error!(session = ?id_hash, %error, "cannot store new tokens; they are lost");
                return Err(error.into());
            }
        }
    };
    if written == WriteOutcome::Applied {
        return access_token(&new);
    }
    match stored::load(context, id_hash).await? {
        Some((tokens, newer)) if newer.version > stored.version => {
            // Possible only after a lease lapsed. The stored tokens are the
            // ones that the other servers use.
            tracing::warn!(session = ?id_hash, "two servers refreshed the same tokens");
            access_token(&tokens)
        }
        _ => {
            tracing::info!(session = ?id_hash, "the session ended while its tokens were refreshed");
            revoke::revoke(context, &new).await;
            Err(AuthError::NotSignedIn)
        }
    }
}

/// Writes the claims of a refresh's ID token into the session. If the refresh
/// had another purpose, a failure is not a failure of the refresh.
///
/// `stale_since` was read before the request was sent. A change that the provider
/// reported later is not in these claims: they stay marked.
async fn write_claims(
    context: &Context,
    id_hash: SessionIdHash,
    id_token: &VerifiedIdToken,
    purpose: &RefreshPurpose,
    stale_since: Option<OffsetDateTime>,
) -> Result<(), AuthError> {
    let written = async {
        renewed_claims::write(context, id_hash, id_token).await?;
        if let Some(since) = stale_since {
            let store = &context.store;
            store.clear_claims_stale_since(&id_hash, since).await?;
        }
        Ok(())
    }
    .await;
    match (written, purpose) {
        (Err(error), RefreshPurpose::Token(_)) => {
            tracing::warn!(session = ?id_hash, %error, "cannot store the new claims of a session");
            Ok(())
        }
        (written, _) => written,
    }
}
