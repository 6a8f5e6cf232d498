//! What happens to the tokens of sessions that a store deletes because they have
//! expired.

use std::{fmt, pin::Pin, sync::Arc};

use super::rows::EndedSession;

type Revoking = Pin<Box<dyn Future<Output = ExpiredRevocation> + Send>>;

/// Revokes the refresh tokens of expired sessions: see
/// [`SessionStore::revoke_expired_with`](crate::SessionStore::revoke_expired_with).
#[derive(Clone)]
pub struct RevokeExpired(Arc<dyn Fn(Vec<EndedSession>) -> Revoking + Send + Sync>);

impl fmt::Debug for RevokeExpired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RevokeExpired")
    }
}

/// Whether refresh tokens were revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiredRevocation {
    /// The provider has answered.
    Done,
    /// The provider is down. Delete no further sessions now: their tokens would stay
    /// valid.
    ProviderDown,
}

impl RevokeExpired {
    /// Wraps a function.
    pub fn new<R>(revoke: impl Fn(Vec<EndedSession>) -> R + Send + Sync + 'static) -> Self
    where
        R: Future<Output = ExpiredRevocation> + Send + 'static,
    {
        Self(Arc::new(move |ended| -> Revoking {
            Box::pin(revoke(ended))
        }))
    }

    /// Tells the application of these sessions, which have been deleted, and revokes
    /// their refresh tokens, except of grants that may be shared. If there are none,
    /// only says whether the provider may be asked now: call it so before sessions are
    /// deleted.
    pub async fn revoke(&self, ended: Vec<EndedSession>) -> ExpiredRevocation {
        (self.0)(ended).await
    }
}
