//! The operator's commands: list sessions, end them, and seal them again after
//! `AUTH_SECRET` was replaced.

use auth_types::User;

use super::list::{SessionInfo, info};
use crate::{
    context::Context,
    error::AuthError,
    hooks::event::SignedOutBy,
    sealing::{Keyring, OpenError, Purpose},
    session::content,
    store::{
        handle::SessionHandle,
        rows::{EndedSession, SessionRow, UserSessions},
    },
    tokens::{ended, revoke::revoke_ended},
};

/// How many rows are read at a time.
const PAGE_SIZE: u32 = 500;
/// The most sessions listed of one user.
const MAX_OF_USER: u32 = 10_000;

/// A session as an operator sees it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListedSession {
    /// The session's user; `None` if no configured secret opens the session.
    pub user: Option<User>,
    /// Where and when the user signed in.
    pub info: SessionInfo,
}

/// Which sessions an operator ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionFilter {
    /// The session with this handle.
    One(SessionHandle),
    /// All sessions of the user with this `sub`.
    OfUser(String),
    /// All sessions of all users.
    All,
}

/// The result of sealing all sessions again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResealReport {
    /// How many sessions are now sealed with the newest secret.
    pub sessions: u64,
    /// How many sessions no configured secret opens. They are unchanged.
    pub unreadable: u64,
}

/// Returns the sessions of one user, or a page of all sessions.
pub(crate) async fn list(
    context: &Context,
    sub: Option<&str>,
    after: Option<SessionHandle>,
) -> Result<Vec<ListedSession>, AuthError> {
    let store = &context.store;
    let rows = match sub {
        Some(sub) => {
            let user = context.id_hasher().await?.user(sub);
            store.list_for_user(&user, MAX_OF_USER).await?
        }
        None => {
            let after = after.map(|handle| handle.0);
            store.list_page(after, PAGE_SIZE).await?
        }
    };
    Ok(rows
        .iter()
        .map(|row| ListedSession {
            user: content::open(row.key, &row.sealed, row.expires_at, &context.keyring)
                .map(|session| session.user)
                .ok(),
            info: info(context, row, None),
        })
        .collect())
}

/// Ends sessions, revokes their refresh tokens, and returns how many were
/// ended.
pub(crate) async fn end(context: &Context, which: &SessionFilter) -> Result<usize, AuthError> {
    let store = &context.store;
    let ended = match which {
        SessionFilter::One(handle) => store
            .delete(&handle.0)
            .await?
            .map(|sealed_tokens| EndedSession::new(handle.0, sealed_tokens))
            .into_iter()
            .collect(),
        SessionFilter::OfUser(sub) => {
            let user = context.id_hasher().await?.user(sub);
            store.delete_for_user(&user, UserSessions::All).await?
        }
        SessionFilter::All => end_all(context).await?,
    };
    let count = ended.len();
    ended::tell(context, &ended, SignedOutBy::Operator);
    revoke_ended(context, ended).await;
    Ok(count)
}

/// Ends all sessions before any token is revoked: the provider may be slow.
async fn end_all(context: &Context) -> Result<Vec<EndedSession>, AuthError> {
    let store = &context.store;
    let mut ended = Vec::new();
    let mut after = None;
    loop {
        let rows = store.list_page(after, PAGE_SIZE).await?;
        let Some(last) = rows.last() else {
            return Ok(ended);
        };
        after = Some(last.key);
        for row in &rows {
            if let Some(sealed_tokens) = store.delete(&row.key).await? {
                ended.push(EndedSession::new(row.key, sealed_tokens));
            }
        }
    }
}

/// Seals all rows with the newest secret.
pub(crate) async fn reseal_all(context: &Context) -> Result<ResealReport, AuthError> {
    let store = &context.store;
    // Loads the hash key before anything changes: it may not open.
    context.id_hasher().await?;
    let mut report = ResealReport::default();
    let mut after = None;
    loop {
        let rows = store.list_page(after, PAGE_SIZE).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.key);
        for row in &rows {
            match resealed(row, &context.keyring) {
                Ok(Some(new)) => {
                    store.reseal(row, &new).await?;
                    report.sessions += 1;
                }
                Ok(None) => report.sessions += 1,
                Err(reason) => {
                    tracing::warn!(session = ?row.key, %reason, "cannot seal a session again");
                    report.unreadable += 1;
                }
            }
        }
    }
    // Last, so that an interrupted run loses nothing: until then the hash key
    // is still stored under the other secrets.
    context.reseal_hash_key().await?;
    Ok(report)
}

/// Returns the row with its envelopes sealed with the newest secret; `None` if
/// they are already.
fn resealed(row: &SessionRow, keyring: &Keyring) -> Result<Option<SessionRow>, OpenError> {
    let mut new = row.clone();
    let mut is_new = false;
    for (purpose, envelope) in [
        (Purpose::Session, &mut new.sealed),
        (Purpose::Tokens, &mut new.sealed_tokens),
        (Purpose::Device, &mut new.sealed_device),
    ] {
        if let Some(sealed) = keyring.reseal(purpose, row.key.as_bytes(), envelope)? {
            *envelope = sealed;
            is_new = true;
        }
    }
    Ok(is_new.then_some(new))
}
