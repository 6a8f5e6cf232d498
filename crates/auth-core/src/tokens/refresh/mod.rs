//! Refreshes access tokens before they end. Concurrent requests and servers
//! refresh a token only once, and never lose a new refresh token.
//!
//! Logto tolerates a second use of a refresh token for three seconds. After
//! that it revokes the whole grant, and the user is signed out. Therefore:
//!
//! 1. In this process, all requests for a session's token share one refresh
//!    ([`Refreshes`]). It runs on a task that no closed connection cancels.
//!    Refreshes of one session for different tokens take turns ([`Turns`]).
//! 2. Across processes, a lease in the token row admits one refresh. The others
//!    wait until the row changes.
//! 3. After the lease is granted, the row is read again: tokens that another
//!    server has refreshed meanwhile are not refreshed again.
//! 4. The new tokens are stored, by compare-and-swap on the row's version,
//!    before any request gets them.
//! 5. If the session ended meanwhile, the new refresh token is revoked.

mod application;
mod elsewhere;
mod storing;

use std::{
    future::Future,
    time::{Duration, Instant},
};

use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use self::{
    elsewhere::{Elsewhere, done_elsewhere},
    storing::{store, write_claims},
};
use super::{
    ended,
    grant::{self, Refreshed, RefreshedClaims},
    lease,
    places::{Places, Urgency},
    request::RefreshPurpose,
    set::{IssuedToken, TokenSet},
    stored,
    turns::Turns,
};
use crate::{
    context::Context,
    error::AuthError,
    hooks::event::SignedOutBy,
    oauth::access_token::AccessToken,
    provider::outage::{Admission, Attempt, is_down, still_down},
    session::{
        Renewal,
        claims_age::Seen,
        renewed_claims::{self, ClaimsChange},
    },
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
/// How long the failure of a refresh in the background is kept, so that not every
/// page of an active session repeats what keeps failing.
const FAILURE_LIFETIME: Duration = Duration::from_secs(30);
/// How long a request waits for another process's refresh: longer than the
/// lease of a process that died.
const WAIT_LIMIT: Duration = Duration::from_secs(10);
/// How long a refresh waits for claims whose tokens are stored already, before it
/// asks for them: the server that writes them may have died.
const SOON_LIMIT: Duration = Duration::from_secs(2);
/// How long a request waits for the attempt that shows whether the provider
/// answers again.
const PROBE_LIMIT: Duration = Duration::from_secs(1);
/// How long new tokens wait until the claims that came with them are written.
const CLAIMS_LIMIT: Duration = Duration::from_secs(1);

type Answer = Result<AccessToken, AuthError>;

/// Refreshes under way. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Refreshes {
    /// By session, the version of the tokens that are replaced, and the purpose.
    tokens: SingleFlight<(SessionIdHash, TokensVersion, RefreshPurpose), Answer>,
    /// By session and what a request saw of its claims' age: a request knows no
    /// version, because it does not read the tokens.
    claims: SingleFlight<(SessionIdHash, Seen), Answer>,
    /// The same, for pages, which do not wait.
    background: SingleFlight<(SessionIdHash, Seen), Answer>,
    queues: Queues,
}

/// Where a refresh waits: for its turn in its session, and for a place in this process.
#[derive(Clone, Debug)]
struct Queues {
    turns: Turns,
    places: Places,
}

impl Refreshes {
    pub(crate) fn new(tasks: &TaskTracker) -> Self {
        Self {
            tokens: SingleFlight::new(|_| ANSWER_LIFETIME, tasks),
            claims: SingleFlight::new(|_| ANSWER_LIFETIME, tasks),
            background: SingleFlight::new(background_lifetime, tasks),
            queues: Queues {
                turns: Turns::default(),
                places: Places::new(),
            },
        }
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
    let key = (id_hash, version, purpose.clone());
    let refresh = refreshes.tokens.run(key, || {
        let (context, queues) = (context.clone(), refreshes.queues.clone());
        async move { run(&context, &queues, Urgency::Awaited, id_hash, &purpose).await }
    });
    async move { refresh.await.unwrap_or_else(|| Err(panicked())) }
}

/// Starts a refresh of claims that are old, or joins the one under way. `before`
/// is what the request saw of their age.
pub(crate) fn start_for_claims(
    context: &Context,
    refreshes: &Refreshes,
    id_hash: SessionIdHash,
    before: Seen,
    urgency: Urgency,
) -> impl Future<Output = Result<(), AuthError>> + use<> {
    let flights = match urgency {
        Urgency::Awaited => &refreshes.claims,
        Urgency::Background => &refreshes.background,
    };
    let refresh = flights.run((id_hash, before), || {
        let (context, queues) = (context.clone(), refreshes.queues.clone());
        let purpose = RefreshPurpose::NewerClaims(before);
        async move { run(&context, &queues, urgency, id_hash, &purpose).await }
    });
    async move { refresh.await.unwrap_or_else(|| Err(panicked())).map(drop) }
}

/// Returns how long the answer of a refresh in the background is kept. While the
/// provider is down, its pauses decide.
fn background_lifetime(answer: &Answer) -> Duration {
    match answer {
        Err(error) if !is_down(error) => FAILURE_LIFETIME,
        _ => ANSWER_LIFETIME,
    }
}

fn panicked() -> AuthError {
    AuthError::Internal("the task that refreshes an access token panicked".to_owned())
}

/// Refreshes a session's tokens, or waits for the server that does.
async fn run(
    context: &Context,
    queues: &Queues,
    urgency: Urgency,
    id_hash: SessionIdHash,
    purpose: &RefreshPurpose,
) -> Result<AccessToken, AuthError> {
    // In the background a place may be long in coming, and a turn that waits for it
    // would keep those of the same session waiting whom a user awaits.
    let early = match urgency {
        Urgency::Background => Some(queues.places.take(urgency).await?),
        Urgency::Awaited => None,
    };
    let mut turn = Some(queues.turns.take(id_hash).await?);
    let _place = match early {
        Some(place) => place,
        None => queues.places.take(urgency).await?,
    };
    let started = Instant::now();
    let holder = lease::new_holder();
    let mut soon_since = None;
    loop {
        let (tokens, stored) = stored::load(context, id_hash)
            .await?
            .ok_or(AuthError::NotSignedIn)?;
        match done_elsewhere(context, id_hash, purpose, &tokens).await? {
            Elsewhere::Done(token) => return Ok(token),
            Elsewhere::Soon
                if soon_since.get_or_insert_with(Instant::now).elapsed() < SOON_LIMIT =>
            {
                tokio::time::sleep(lease::POLL_INTERVAL).await;
                continue;
            }
            Elsewhere::Soon | Elsewhere::NotDone => {}
        }
        if tokens.renewal() == Renewal::Impossible {
            if matches!(purpose, RefreshPurpose::NewerClaims(_)) {
                renewed_claims::write_no_refresh_token(context, id_hash).await?;
            }
            return Err(AuthError::NoRefreshToken);
        }
        let attempt = match context.outage.admit(id_hash) {
            Admission::Granted(attempt) => attempt,
            Admission::Probing
                if urgency == Urgency::Awaited && started.elapsed() < PROBE_LIMIT =>
            {
                tokio::time::sleep(lease::POLL_INTERVAL).await;
                continue;
            }
            Admission::Probing | Admission::Paused => return Err(still_down()),
        };
        let version = stored.version;
        let leased = lease::acquire(context, id_hash, version, holder).await?;
        if leased == LeaseOutcome::Granted {
            let refreshed = tokio::select! {
                answer = refresh_leased(context, id_hash, purpose, tokens, stored, holder, attempt) => answer?,
                never = lease::keep_renewing(context, id_hash, version, holder) => match never {},
            };
            let (token, claims) = refreshed;
            // The application's own code may ask for another token.
            drop(turn.take());
            if claims == Claims::Renewed {
                application::tell(context, id_hash).await?;
            }
            if let Some(token) = token {
                return Ok(token);
            }
        } else {
            drop(attempt);
        }
        if started.elapsed() > WAIT_LIMIT {
            return Err(AuthError::RefreshBusy);
        }
        tokio::time::sleep(lease::POLL_INTERVAL).await;
    }
}

/// Whether a refresh has renewed the claims of its session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Claims {
    Renewed,
    Kept,
}

/// Sends the refresh request. The caller holds the lease. Returns no token if the
/// lease lapsed and another server refreshed the tokens for another purpose.
async fn refresh_leased(
    context: &Context,
    id_hash: SessionIdHash,
    purpose: &RefreshPurpose,
    old: TokenSet,
    stored: StoredTokens,
    holder: LeaseHolder,
    mut attempt: Attempt,
) -> Result<(Option<AccessToken>, Claims), AuthError> {
    let stale_since = stored.claims_stale_since;
    let refreshed = grant::refresh(context, &old, purpose, &mut attempt).await;
    match &refreshed {
        Ok(Refreshed {
            claims: RefreshedClaims::NoKeys(error),
            ..
        }) => attempt.end_without_keys(error),
        refreshed => attempt.end(refreshed.as_ref()),
    }
    match refreshed {
        Ok(Refreshed { tokens, claims }) => {
            // Before the tokens, because storing them releases the lease: the next
            // holder has to see that these claims are new. But tokens that a slow
            // database keeps waiting may get lost, so not for long.
            let mut new = tokens;
            let written = match &claims {
                RefreshedClaims::Renewed(renewed) => {
                    new.claims_asked_at = Some(renewed.asked_at);
                    let write = renewed_claims::write(context, id_hash, renewed, stale_since);
                    timeout(CLAIMS_LIMIT, write).await.ok().and_then(Result::ok)
                }
                _ => None,
            };
            // What the user may do has perhaps changed since the other tokens were
            // issued. Writing the claims clears the mark that says so.
            if matches!(claims, RefreshedClaims::Renewed(_))
                && (stale_since.is_some() || written != Some(ClaimsChange::Same))
            {
                new.drop_all_but(&purpose.request());
            }
            let token = store(context, id_hash, purpose, new, stored).await?;
            let outcome = match claims {
                RefreshedClaims::Renewed(_) => Claims::Renewed,
                _ => Claims::Kept,
            };
            match claims {
                RefreshedClaims::Renewed(renewed) if written.is_none() => {
                    write_claims(context, id_hash, &renewed, purpose, stale_since).await?;
                }
                RefreshedClaims::Renewed(_) => {}
                _ if !matches!(purpose, RefreshPurpose::NewerClaims(_)) => {}
                RefreshedClaims::NoKeys(error) | RefreshedClaims::OutOfTime(error) => {
                    return Err(error);
                }
                RefreshedClaims::Missing => {
                    return Err(AuthError::InvalidAnswer(
                        "the answer to a refresh has no ID token".to_owned(),
                    ));
                }
            }
            Ok((token, outcome))
        }
        Err(AuthError::SessionEnded) => {
            tracing::info!(session = ?id_hash, "the provider ended the grant; ending the session");
            let store = &context.store;
            match store.delete_if_version(&id_hash, stored.version).await? {
                WriteOutcome::Applied => {
                    ended::tell_one(context, id_hash, Some(old.sub), SignedOutBy::Provider);
                    Err(AuthError::SessionEnded)
                }
                // A former holder of the lease refreshed the tokens after all.
                WriteOutcome::NotApplied => match stored::load(context, id_hash).await? {
                    Some((tokens, _)) => {
                        let issued = tokens
                            .issued(&purpose.request())
                            .filter(|issued| issued.is_valid(context.store_now()))
                            .filter(|_| !purpose.is_for_something_newer());
                        Ok((issued.map(IssuedToken::to_access_token), Claims::Kept))
                    }
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
