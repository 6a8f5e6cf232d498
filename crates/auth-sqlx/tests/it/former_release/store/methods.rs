//! The methods of the session store, for every store of these tests.

/// Implements `SessionStore` and `SessionAdmin` for a store, by calls of methods
/// with the same names on `$target`. `$name` is the name of the method.
macro_rules! implement_store {
    ($store:ty, |$this:ident, $name:pat_param| $target:expr) => {
        implement_store! {
            @trait SessionStore, $store, |$this, $name| $target;
            now() -> time::OffsetDateTime;
            create(session: auth_core::NewSession) -> auth_core::WriteOutcome;
            load(key: &auth_core::SessionIdHash) -> Option<auth_core::StoredSession>;
            extend(
                key: &auth_core::SessionIdHash,
                from: time::OffsetDateTime,
                lifetime: std::time::Duration
            ) -> Option<time::OffsetDateTime>;
            compare_and_swap(key: &auth_core::SessionIdHash, old: &[u8], new: &[u8])
                -> auth_core::WriteOutcome;
            delete(key: &auth_core::SessionIdHash) -> Option<Vec<u8>>;
            delete_if_version(
                key: &auth_core::SessionIdHash,
                version: auth_core::TokensVersion
            ) -> auth_core::WriteOutcome;
            load_tokens(key: &auth_core::SessionIdHash) -> Option<auth_core::StoredTokens>;
            lease_tokens(
                key: &auth_core::SessionIdHash,
                version: auth_core::TokensVersion,
                holder: auth_core::LeaseHolder,
                length: std::time::Duration
            ) -> auth_core::LeaseOutcome;
            release_tokens(key: &auth_core::SessionIdHash, holder: auth_core::LeaseHolder) -> ();
            save_tokens(
                key: &auth_core::SessionIdHash,
                version: auth_core::TokensVersion,
                sealed: &[u8]
            ) -> auth_core::WriteOutcome;
            apply_provider_logout(logout: &auth_core::ProviderLogout)
                -> auth_core::ProviderLogoutOutcome;
            apply_user_change(change: &auth_core::UserChange) -> auth_core::WriteOutcome;
            forget_report(key: &auth_core::LogoutTokenIdHash) -> ();
            clear_claims_stale_since(
                key: &auth_core::SessionIdHash,
                since: time::OffsetDateTime
            ) -> ();
            id_hash_keys() -> Vec<(auth_core::SealingKeyId, Vec<u8>)>;
            insert_id_hash_key(sealed_with: auth_core::SealingKeyId, sealed: &[u8]) -> ();
        }
        implement_store! {
            @trait SessionAdmin, $store, |$this, $name| $target;
            list_for_user(user: &auth_core::UserIdHash, limit: u32)
                -> Vec<auth_core::SessionRow>;
            delete_for_user(user: &auth_core::UserIdHash, which: auth_core::UserSessions)
                -> Vec<auth_core::EndedSession>;
            list_page(after: Option<auth_core::SessionIdHash>, limit: u32)
                -> Vec<auth_core::SessionRow>;
            reseal(old: &auth_core::SessionRow, new: &auth_core::SessionRow) -> ();
            replace_id_hash_keys(sealed_with: auth_core::SealingKeyId, sealed: &[u8]) -> ();
        }
    };
    (
        @trait $trait:ident, $store:ty, |$this:ident, $name:pat_param| $target:expr;
        $($method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*
    ) => {
        #[async_trait::async_trait]
        impl auth_core::$trait for $store {
            $(async fn $method(
                &self,
                $($argument: $type),*
            ) -> Result<$answer, auth_core::StoreError> {
                let ($this, $name) = (self, stringify!($method));
                ($target)
                    .$method($($argument),*)
                    .await
                    .map_err(auth_core::StoreError::new)
            })*
        }
    };
}

pub(in crate::former_release) use implement_store;
