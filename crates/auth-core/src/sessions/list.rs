//! Lists the user's sessions: where and when they are signed in.

use time::OffsetDateTime;

use crate::{
    context::Context,
    device_info::StoredDevice,
    error::AuthError,
    sealing::Purpose,
    session::{Session, lifetime::absolute_end},
    store::{handle::SessionHandle, ids::SessionIdHash, rows::SessionRow},
};

/// The most sessions listed.
const MAX_LISTED: u32 = 100;

/// One of the user's sessions: where and when they are signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionInfo {
    /// Names the session, to end it.
    pub id: SessionHandle,
    /// Whether it is the session of this request.
    pub is_current: bool,
    /// The names of browser and operating system, as in *Firefox on Linux*.
    pub name: String,
    /// The IP address from which the user signed in, or its network, if known: see
    /// [`ClientAddress`](crate::ClientAddress).
    pub address: Option<String>,
    /// When the user signed in.
    pub signed_in_at: OffsetDateTime,
    /// When the session was last used, within
    /// [`extend_after`](crate::ConfigBuilder::extend_after).
    pub last_used_at: OffsetDateTime,
    /// When the session ends if it is not used again.
    pub expires_at: OffsetDateTime,
}

/// Returns the sessions of the user of this session, last used first.
pub(crate) async fn sessions(
    context: &Context,
    session: &Session,
) -> Result<Vec<SessionInfo>, AuthError> {
    let user = context.id_hasher().await?.user(session.sub());
    let rows = context.store.list_for_user(&user, MAX_LISTED).await?;
    let now = context.store.now().await?;
    Ok(rows
        .iter()
        .filter(|row| absolute_end(row.begun_at, &context.config) > now)
        .map(|row| info(context, row, Some(session.id_hash)))
        .collect())
}

/// Returns what a session's row says.
pub(super) fn info(
    context: &Context,
    row: &SessionRow,
    current: Option<SessionIdHash>,
) -> SessionInfo {
    let id_hash = row.key;
    let device = context
        .keyring
        .open(Purpose::Device, id_hash.as_bytes(), &row.sealed_device)
        .unwrap_or_else(|reason| {
            tracing::warn!(session = ?id_hash, %reason, "cannot open the device of a session");
            StoredDevice::unknown()
        });
    SessionInfo {
        id: SessionHandle(id_hash),
        is_current: current == Some(id_hash),
        name: device.to_string(),
        address: device.address_text(context.config.client_address),
        signed_in_at: row.begun_at,
        last_used_at: row.used_at,
        expires_at: row.expires_at,
    }
}
