//! The session that a browser had before it signed in again. The new session
//! replaces it: without its cookie nobody could end it.

use std::time::{Duration, Instant};

use crate::{
    context::Context,
    error::AuthError,
    hooks::event::SignedOutBy,
    jwt::id_token::VerifiedIdToken,
    session::Session,
    store::{
        error::StoreError,
        ids::SessionIdHash,
        rows::{EndedSession, LeaseHolder, LeaseOutcome, TokensVersion},
    },
    tokens::{
        ended, lease,
        revoke::{revoke, revoke_in_background},
        set::TokenSet,
        stored,
    },
};

/// How long a sign-in waits for a refresh of the replaced session: longer than
/// the lease of a server that died, and than a refresh tries to store its
/// tokens.
const WAIT_LIMIT: Duration = Duration::from_secs(15);

/// How often the deletion of a replaced session is tried again, with a pause before.
const ATTEMPTS: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// The session that a new session replaces.
#[derive(Clone, Copy)]
pub(super) enum ReplacedSession {
    /// There is none.
    None,
    /// Its tokens come from the same grant as the new ones. This sign-in holds
    /// the lease on them.
    SameGrant(Lease),
    /// Its tokens come from another grant.
    OtherGrant(SessionIdHash),
}

/// The lease on the tokens of the replaced session.
#[derive(Clone, Copy)]
pub(super) struct Lease {
    id_hash: SessionIdHash,
    version: TokensVersion,
    holder: LeaseHolder,
}

impl ReplacedSession {
    /// Prepares the replacement of `former`.
    ///
    /// A user who signs in again within one session of the provider (for a
    /// step-up, or silently) gets tokens of the same grant. Logto revokes the
    /// whole grant with any of its refresh tokens, so the former refresh token
    /// must not be revoked. A silent sign-in gets no refresh token: the new
    /// session takes over the former one.
    ///
    /// Fails if another server refreshes the former tokens for longer than
    /// [`WAIT_LIMIT`]. The former session then stays: once it were gone, that
    /// server would revoke what it gets, and the whole grant with it.
    pub(super) async fn prepare(
        context: &Context,
        former: Option<Session>,
        id_token: &VerifiedIdToken,
        tokens: &mut TokenSet,
    ) -> Result<Self, AuthError> {
        let Some(former) = former else {
            return Ok(Self::None);
        };
        let id_hash = former.id_hash;
        if !is_same_grant(&former, id_token) {
            return Ok(Self::OtherGrant(id_hash));
        }
        // Under the lease, so that no refresh is running: it would revoke its
        // new tokens once it finds its session gone.
        let holder = lease::new_holder();
        let started = Instant::now();
        loop {
            let Some((former, stored)) = stored::load(context, id_hash).await? else {
                return Ok(Self::None);
            };
            let leased = lease::acquire(context, id_hash, stored.version, holder).await?;
            if leased == LeaseOutcome::Granted {
                tokens.take_over(&former);
                return Ok(Self::SameGrant(Lease {
                    id_hash,
                    version: stored.version,
                    holder,
                }));
            }
            if started.elapsed() > WAIT_LIMIT {
                return Err(AuthError::RefreshBusy);
            }
            tokio::time::sleep(lease::POLL_INTERVAL).await;
        }
    }

    /// Does `work` and keeps the lease meanwhile, however long the store takes.
    pub(super) async fn while_leased<T>(
        &self,
        context: &Context,
        work: impl Future<Output = T>,
    ) -> T {
        let Self::SameGrant(lease) = self else {
            return work.await;
        };
        tokio::select! {
            result = work => result,
            never = lease::keep_renewing(context, lease.id_hash, lease.version, lease.holder) => match never {},
        }
    }

    /// Ends the replaced session, after the new one was stored. Without the lease
    /// it stays: another server refreshes its tokens, and would revoke them, and
    /// with them the whole grant, once it finds its session gone.
    pub(super) async fn end(self, context: &Context) {
        let (id_hash, has_own_grant) = match self {
            Self::None => return,
            Self::SameGrant(lease) => {
                // Renewals may have failed while the store was slow.
                let Lease {
                    id_hash,
                    version,
                    holder,
                } = lease;
                match lease::acquire(context, id_hash, version, holder).await {
                    Ok(LeaseOutcome::Granted) => (id_hash, false),
                    Ok(LeaseOutcome::Denied) => {
                        tracing::warn!(session = ?id_hash, "a replaced session stays: its tokens are being refreshed");
                        return;
                    }
                    Err(error) => {
                        tracing::warn!(%error, session = ?id_hash, "a replaced session stays: its lease cannot be renewed");
                        return;
                    }
                }
            }
            Self::OtherGrant(id_hash) => (id_hash, true),
        };
        match delete(context, id_hash, has_own_grant).await {
            Ok(()) => {}
            Err(error) if has_own_grant => {
                tracing::warn!(%error, session = ?id_hash, "cannot delete a replaced session; trying again");
                let task = context.clone();
                let later = async move { delete_later(&task, id_hash).await };
                context.tasks.spawn(later);
            }
            // Without the lease it must stay.
            Err(error) => {
                tracing::warn!(%error, session = ?id_hash, "cannot delete a replaced session");
            }
        }
    }

    /// Keeps the session, because the new one could not be stored for `reason`.
    /// Nobody will use the new tokens, so they are revoked, unless that would
    /// also revoke those of the kept session.
    pub(super) async fn keep(self, context: &Context, new: TokenSet, reason: &AuthError) {
        match self {
            Self::SameGrant(lease) if !matches!(reason, AuthError::LoggedOutDuringSignIn) => {
                lease::release(context, lease.id_hash, lease.holder).await;
            }
            _ => revoke_new(context, new),
        }
    }
}

/// Deletes a replaced session and, unless the new session has them, revokes its tokens.
async fn delete(
    context: &Context,
    id_hash: SessionIdHash,
    has_own_grant: bool,
) -> Result<(), StoreError> {
    if let Some(sealed_tokens) = context.store.delete(&id_hash).await? {
        let ended = vec![EndedSession::new(id_hash, sealed_tokens)];
        ended::tell(context, &ended, SignedOutBy::NewSignIn);
        if has_own_grant {
            revoke_in_background(context, ended);
        }
    }
    Ok(())
}

/// Deletes a replaced session as soon as the store answers again: the browser has its
/// cookie no more, so nobody else would end it.
async fn delete_later(context: &Context, id_hash: SessionIdHash) {
    for _ in 0..ATTEMPTS {
        tokio::time::sleep(PAUSE).await;
        if delete(context, id_hash, true).await.is_ok() {
            return;
        }
    }
    tracing::warn!(session = ?id_hash, "a replaced session stays: the session store does not answer");
}

/// Revokes the tokens of a sign-in that the application refuses, unless that would
/// also revoke those of the session that the browser keeps.
pub(super) fn discard(
    context: &Context,
    former: Option<&Session>,
    id_token: &VerifiedIdToken,
    new: TokenSet,
) {
    if !former.is_some_and(|former| is_same_grant(former, id_token)) {
        revoke_new(context, new);
    }
}

fn revoke_new(context: &Context, new: TokenSet) {
    let task = context.clone();
    let revoke = async move { revoke(&task, &new).await };
    context.tasks.spawn(revoke);
}

/// Returns whether a sign-in got tokens of the grant that the former session has:
/// the same user in the same session of the provider.
fn is_same_grant(former: &Session, id_token: &VerifiedIdToken) -> bool {
    former.sid.is_some()
        && former.sid == id_token.sid
        && former.claims.str("sub") == Some(id_token.sub.as_str())
}
