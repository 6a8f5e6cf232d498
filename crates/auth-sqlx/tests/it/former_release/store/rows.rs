//! Converts sessions to rows and back.

use std::{error::Error, time::Duration};

use auth_core::{NewSession, SessionIdHash, SessionRow, UserIdHash};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use time::{OffsetDateTime, error::ComponentRange};
use tower_sessions_core::session::{Id, Record};

const SEALED: &str = "sealed";

pub(super) type SqlError = Box<dyn Error + Send + Sync>;

pub(super) type Columns = (
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    i64,
    i64,
    OffsetDateTime,
);

pub(super) fn row_id(key: &SessionIdHash) -> Id {
    Id(i128::from_le_bytes(*key.as_bytes()))
}

pub(super) fn key_of(id: &str) -> Result<SessionIdHash, SqlError> {
    Ok(SessionIdHash::from_bytes(id.parse::<Id>()?.0.to_le_bytes()))
}

pub(super) fn packed(
    id: Id,
    sealed: &[u8],
    expiry_date: OffsetDateTime,
) -> Result<Vec<u8>, SqlError> {
    let sealed = serde_json::Value::String(STANDARD_NO_PAD.encode(sealed));
    let record = Record {
        id,
        data: [(SEALED.to_owned(), sealed)].into(),
        expiry_date,
    };
    Ok(rmp_serde::to_vec(&record)?)
}

pub(super) fn unpacked(data: &[u8]) -> Vec<u8> {
    rmp_serde::from_slice(data)
        .map(|record| sealed_in(&record))
        .unwrap_or_default()
}

pub(super) fn sealed_in(record: &Record) -> Vec<u8> {
    record
        .data
        .get(SEALED)
        .and_then(|sealed| STANDARD_NO_PAD.decode(sealed.as_str()?).ok())
        .unwrap_or_default()
}

/// Returns the time of the process's clock, in whole seconds.
pub(super) fn now() -> Result<OffsetDateTime, ComponentRange> {
    OffsetDateTime::now_utc().replace_nanosecond(0)
}

pub(super) fn session_row(
    (key, user, data, tokens, device, begun_at, used_at, expires_at): Columns,
) -> Option<SessionRow> {
    let begun_at = OffsetDateTime::from_unix_timestamp(begun_at).ok()?;
    let mut session = NewSession::new(
        SessionIdHash::from_bytes(key.try_into().ok()?),
        UserIdHash::from_bytes(user.try_into().ok()?),
        unpacked(&data),
        tokens,
        Duration::ZERO,
    );
    session.sealed_device = device;
    let mut row = SessionRow::of(session, begun_at);
    row.expires_at = expires_at;
    row.used_at = OffsetDateTime::from_unix_timestamp(used_at).ok()?;
    Some(row)
}
