//! What the former release does not know.

/// Implements the operations of [`SessionStore`](auth_core::SessionStore) that
/// the former release does not have. In a deployment with both releases a server
/// of this release carries them out, or nobody does. So they fail, except `now`:
/// servers of that release asked the clock of their process.
macro_rules! unknown_operations {
    ($store:ident) => {
        impl $store {
            const UNKNOWN: &str = "the former release does not have this operation";

            pub(super) async fn now(&self) -> Result<OffsetDateTime, SqlError> {
                Ok(OffsetDateTime::now_utc())
            }

            pub(super) async fn apply_user_change(
                &self,
                _: &UserChange,
            ) -> Result<WriteOutcome, SqlError> {
                Err(Self::UNKNOWN.into())
            }

            pub(super) async fn forget_report(
                &self,
                _: &LogoutTokenIdHash,
            ) -> Result<(), SqlError> {
                Err(Self::UNKNOWN.into())
            }

            pub(super) async fn clear_claims_stale_since(
                &self,
                _: &SessionIdHash,
                _: OffsetDateTime,
            ) -> Result<(), SqlError> {
                Err(Self::UNKNOWN.into())
            }
        }
    };
}

pub(super) use unknown_operations;
