use auth_core::SessionInfo;
use auth_leptos::PublicError;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::signed_in::for_signed_in;

/// One of the user's sessions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ListedSession {
    /// Names the session, to end it. It is not secret.
    pub(crate) handle: String,
    pub(crate) is_current: bool,
    pub(crate) name: String,
    pub(crate) address: Option<String>,
    pub(crate) signed_in_at: OffsetDateTime,
    pub(crate) last_used_at: OffsetDateTime,
}

impl From<SessionInfo> for ListedSession {
    fn from(session: SessionInfo) -> Self {
        Self {
            handle: session.id.to_string(),
            is_current: session.is_current,
            name: session.name,
            address: session.address,
            signed_in_at: session.signed_in_at,
            last_used_at: session.last_used_at,
        }
    }
}

/// Returns the user's sessions, last used first.
#[server(endpoint = "sessions")]
pub(crate) async fn sessions() -> Result<Vec<ListedSession>, PublicError> {
    for_signed_in(async |session, _| {
        let sessions = session.sessions().await?;
        Ok(sessions.into_iter().map(ListedSession::from).collect())
    })
    .await
}
