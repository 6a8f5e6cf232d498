//! What an operator does with all sessions: list them, end them, and seal them
//! anew after `AUTH_SECRET` was replaced.

use crate::{
    Auth, AuthError, EndedSession, SessionHandle, SessionIdHash, SessionInfo, SessionRow, User,
    UserSessions,
    seal::{Keyring, OpenError, Purpose},
    session,
};

/// How many rows are read at a time.
const PAGE: u32 = 500;
/// The most sessions listed of one user.
const MOST_OF_USER: u32 = 10_000;

/// A session as an operator sees it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListedSession {
    /// Whose it is; `None` when its envelope does not open with the secrets at
    /// hand.
    pub user: Option<User>,
    /// Where and when.
    pub device: SessionInfo,
}

/// Which sessions an operator ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionFilter {
    /// This one.
    One(SessionHandle),
    /// All of the user with this `sub`.
    OfUser(String),
    /// Everybody's.
    All,
}

/// What sealing anew came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResealReport {
    /// Sessions that are sealed with the newest secret now.
    pub sessions: u64,
    /// Sessions with an envelope that no secret at hand opens; they were left
    /// alone.
    pub unreadable: u64,
}

impl Auth {
    /// Sessions: all of the user with this `sub`, last used first (10,000 at
    /// most), or a page of everybody's, in the order of their ids, after `after`.
    ///
    /// # Errors
    ///
    /// When the store cannot be reached.
    pub async fn list_sessions(
        &self,
        sub: Option<&str>,
        after: Option<SessionHandle>,
    ) -> Result<Vec<ListedSession>, AuthError> {
        let store = &self.inner().store;
        let rows = match sub {
            Some(sub) => {
                let user = self.id_hasher().await?.user(sub);
                store.list_for_user(&user, MOST_OF_USER).await?
            }
            None => store.list_page(after.map(|id| id.0), PAGE).await?,
        };
        Ok(rows
            .iter()
            .map(|row| ListedSession {
                user: session::open(row.key, &row.sealed, row.expires_at, &self.inner().keyring)
                    .map(|session| session.user)
                    .ok(),
                device: self.device(row, None),
            })
            .collect())
    }

    /// Ends sessions and revokes their refresh tokens; gives how many.
    ///
    /// # Errors
    ///
    /// When the store cannot be reached; of *all*, some may then have been
    /// ended.
    pub async fn end_sessions(&self, which: &SessionFilter) -> Result<usize, AuthError> {
        let store = &self.inner().store;
        let ended: Vec<_> = match which {
            SessionFilter::One(id) => store
                .delete(&id.0)
                .await?
                .map(|sealed| (id.0, sealed))
                .into_iter()
                .collect(),
            SessionFilter::OfUser(sub) => {
                let user = self.id_hasher().await?.user(sub);
                let ended = store.delete_for_user(&user, UserSessions::All).await?;
                ended.into_iter().map(EndedSession::into_parts).collect()
            }
            SessionFilter::All => self.end_all().await?,
        };
        let count = ended.len();
        self.revoke_ended(ended).await;
        Ok(count)
    }

    /// Ends all before any token is revoked: the provider may be slow.
    async fn end_all(&self) -> Result<Vec<(SessionIdHash, Vec<u8>)>, AuthError> {
        let store = &self.inner().store;
        let mut ended = Vec::new();
        let mut after = None;
        loop {
            let rows = store.list_page(after, PAGE).await?;
            let Some(last) = rows.last() else {
                return Ok(ended);
            };
            after = Some(last.key);
            for row in &rows {
                if let Some(sealed) = store.delete(&row.key).await? {
                    ended.push((row.key, sealed));
                }
            }
        }
    }

    /// Seals everything with the newest secret, so that former ones can be
    /// dropped. Servers may run meanwhile, if all of them know the newest
    /// secret.
    ///
    /// # Errors
    ///
    /// When the store cannot be reached. It can be run again.
    pub async fn reseal_all(&self) -> Result<ResealReport, AuthError> {
        let store = &self.inner().store;
        let id_hasher = self.id_hasher().await?;
        let mut done = ResealReport::default();
        let mut after = None;
        loop {
            let rows = store.list_page(after, PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.key);
            for row in &rows {
                match resealed(row, &self.inner().keyring) {
                    Ok(Some(new)) => {
                        store.reseal(row, &new).await?;
                        done.sessions += 1;
                    }
                    Ok(None) => done.sessions += 1,
                    Err(reason) => {
                        tracing::warn!(key = ?row.key, %reason, "a session cannot be sealed anew");
                        done.unreadable += 1;
                    }
                }
            }
        }
        // Last: as long as the others are there, nothing is lost by breaking
        // off.
        id_hasher.reseal(&**store, &self.inner().keyring).await?;
        Ok(done)
    }
}

/// The row with its envelopes sealed with the newest secret; `None` when they
/// are.
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
