//! Converts sessions to rows and back, for both databases.

use auth_core::{NewSession, SessionIdHash, SessionRow, StoredSession, UserIdHash};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use time::OffsetDateTime;
use tower_sessions_core::session::{Id, Record};

use crate::error::SqlError;

/// The name of the sealed session among the data of a tower-sessions record.
const SEALED: &str = "sealed";

/// The columns of one session that [`stored_session`] reads.
#[derive(Clone, Debug)]
pub(crate) struct SessionColumns {
    pub(crate) data: Vec<u8>,
    pub(crate) expires_at: OffsetDateTime,
    /// In milliseconds since 1970, as `now`, the time of the database's clock.
    pub(crate) claims_stale_since: Option<i64>,
    pub(crate) now: i64,
}

/// The columns that [`session_row`] reads.
pub(crate) type Columns = (
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    i64,
    i64,
    OffsetDateTime,
);

/// Returns the primary key of a session's rows: its id hash, as a tower-sessions
/// id.
pub(crate) fn row_id(key: &SessionIdHash) -> Id {
    Id(i128::from_le_bytes(*key.as_bytes()))
}

/// Reverses [`row_id`].
pub(crate) fn key_of(id: &str) -> Result<SessionIdHash, SqlError> {
    Ok(SessionIdHash::from_bytes(id.parse::<Id>()?.0.to_le_bytes()))
}

/// Encodes a session as tower-sessions does: a `MessagePack` record.
pub(crate) fn encode_record(
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

/// Returns the sealed session of an encoded record.
///
/// Returns an empty vector if the record cannot be decoded. No sealed session
/// is empty, so a damaged row is a session that does not unseal, and not a
/// failure of the database.
pub(crate) fn decode_sealed(record: &[u8]) -> Vec<u8> {
    rmp_serde::from_slice(record)
        .map(|record| sealed_in(&record))
        .unwrap_or_default()
}

/// Returns the sealed session of a record, or an empty vector if it has none.
pub(crate) fn sealed_in(record: &Record) -> Vec<u8> {
    record
        .data
        .get(SEALED)
        .and_then(|sealed| STANDARD_NO_PAD.decode(sealed.as_str()?).ok())
        .unwrap_or_default()
}

/// Returns the time that a column holds, in milliseconds since 1970.
pub(crate) fn time_of(milliseconds: i64) -> Result<OffsetDateTime, SqlError> {
    let nanoseconds = i128::from(milliseconds) * 1_000_000;
    Ok(OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)?)
}

/// Reverses [`time_of`].
pub(crate) fn milliseconds(time: OffsetDateTime) -> Result<i64, SqlError> {
    Ok(i64::try_from(
        time.unix_timestamp_nanos().div_euclid(1_000_000),
    )?)
}

/// Builds the session of a request from selected columns.
pub(crate) fn stored_session(
    key: &SessionIdHash,
    columns: &SessionColumns,
) -> Result<StoredSession, SqlError> {
    let sealed = decode_sealed(&columns.data);
    if sealed.is_empty() {
        tracing::error!(
            ?key,
            "a row of tower_sessions cannot be decoded; its user has to sign in again"
        );
    }
    let session = StoredSession::new(sealed, columns.expires_at, time_of(columns.now)?);
    Ok(session.claims_stale_since(columns.claims_stale_since.map(time_of).transpose()?))
}

/// Builds a session from selected columns. Returns `None` if a hash has the
/// wrong length, which the tables' `check` constraints prevent.
pub(crate) fn session_row(
    (key, user, data, tokens, device, begun_at, used_at, expires_at): Columns,
) -> Option<SessionRow> {
    let begun_at = OffsetDateTime::from_unix_timestamp(begun_at).ok()?;
    let mut session = NewSession::new(
        SessionIdHash::from_bytes(key.try_into().ok()?),
        UserIdHash::from_bytes(user.try_into().ok()?),
        decode_sealed(&data),
        tokens,
        std::time::Duration::ZERO,
    );
    session.sealed_device = device;
    let mut row = SessionRow::of(session, begun_at);
    row.expires_at = expires_at;
    row.used_at = OffsetDateTime::from_unix_timestamp(used_at).ok()?;
    Some(row)
}
