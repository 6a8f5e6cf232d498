//! A store without lists and administration, and stores that break the contract.

use std::time::Duration;

use async_trait::async_trait;
use auth_core::{
    LeaseHolder, LeaseOutcome, LogoutTokenIdHash, MemoryStore, NewSession, ProviderLogout,
    ProviderLogoutOutcome, SealingKeyId, SessionAdmin, SessionIdHash, SessionStore, StoreError,
    StoredSession, StoredTokens, TokensVersion, UserChange, UserIdHash, UserSessions, WriteOutcome,
};
use auth_testkit::{
    StoreUnderTest,
    conformance::{Needs, contract, run},
};
use time::OffsetDateTime;

/// Where a store breaks the contract.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    None,
    /// `save_tokens` overwrites whatever version is there.
    SavesBlindly,
    /// Every lease is granted.
    LeasesToAll,
}

/// The smallest implementation: what each request needs.
#[derive(Debug)]
struct RequestsOnly(MemoryStore, Flaw);

impl SessionAdmin for RequestsOnly {}

macro_rules! delegate {
    ($($method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl SessionStore for RequestsOnly {
            async fn save_tokens(
                &self,
                key: &SessionIdHash,
                version: TokensVersion,
                sealed: &[u8],
            ) -> Result<WriteOutcome, StoreError> {
                let current = self.0.load_tokens(key).await?.map(|tokens| tokens.version);
                let version = match self.1 {
                    Flaw::SavesBlindly => current.unwrap_or(version),
                    _ => version,
                };
                self.0.save_tokens(key, version, sealed).await
            }

            async fn lease_tokens(
                &self,
                key: &SessionIdHash,
                version: TokensVersion,
                holder: LeaseHolder,
                length: Duration,
            ) -> Result<LeaseOutcome, StoreError> {
                if self.1 == Flaw::LeasesToAll {
                    return Ok(LeaseOutcome::Granted);
                }
                self.0.lease_tokens(key, version, holder, length).await
            }

            $(async fn $method(&self, $($argument: $type),*) -> Result<$answer, StoreError> {
                self.0.$method($($argument),*).await
            })*
        }
    };
}

delegate! {
    now() -> OffsetDateTime;
    create(session: NewSession) -> WriteOutcome;
    load(key: &SessionIdHash) -> Option<StoredSession>;
    extend(key: &SessionIdHash, from: OffsetDateTime, lifetime: Duration) -> Option<OffsetDateTime>;
    compare_and_swap(key: &SessionIdHash, old: &[u8], new: &[u8]) -> WriteOutcome;
    delete(key: &SessionIdHash) -> Option<Vec<u8>>;
    delete_if_version(key: &SessionIdHash, version: TokensVersion) -> WriteOutcome;
    load_tokens(key: &SessionIdHash) -> Option<StoredTokens>;
    release_tokens(key: &SessionIdHash, holder: LeaseHolder) -> ();
    apply_provider_logout(logout: &ProviderLogout) -> ProviderLogoutOutcome;
    apply_user_change(change: &UserChange) -> WriteOutcome;
    forget_report(key: &LogoutTokenIdHash) -> ();
    clear_claims_stale_since(key: &SessionIdHash, since: OffsetDateTime) -> ();
    id_hash_keys() -> Vec<(SealingKeyId, Vec<u8>)>;
    insert_id_hash_key(sealed_with: SealingKeyId, sealed: &[u8]) -> ();
}

async fn make_store() -> StoreUnderTest {
    StoreUnderTest::new(RequestsOnly(MemoryStore::new(), Flaw::None)).without_administration()
}

auth_testkit::store_conformance!(make_store);

#[test]
#[should_panic(expected = "NotApplied")]
fn a_store_that_saves_blindly_fails() {
    run(
        async || RequestsOnly(MemoryStore::new(), Flaw::SavesBlindly),
        Needs::Requests,
        "tokens::tokens_are_loaded_and_saved",
        contract::tokens::cases::tokens_are_loaded_and_saved,
    );
}

#[test]
#[should_panic(expected = "left == right")]
fn a_store_that_leases_to_all_fails() {
    run(
        async || RequestsOnly(MemoryStore::new(), Flaw::LeasesToAll),
        Needs::Requests,
        "leases::one_of_many_holders_gets_the_lease",
        contract::leases::cases::one_of_many_holders_gets_the_lease,
    );
}

#[test]
fn a_case_can_be_left_out() {
    run(
        async || {
            StoreUnderTest::new(RequestsOnly(MemoryStore::new(), Flaw::LeasesToAll))
                .without_cases(&["leases::one_of_many_holders_gets_the_lease"])
        },
        Needs::Requests,
        "leases::one_of_many_holders_gets_the_lease",
        contract::leases::cases::one_of_many_holders_gets_the_lease,
    );
}

#[test]
#[should_panic(expected = "there is no test leases::no_such_case")]
fn a_case_that_does_not_exist_cannot_be_left_out() {
    let _ = StoreUnderTest::skipped().without_cases(&["leases::no_such_case"]);
}

#[test]
#[should_panic(expected = "Unsupported(\"list_for_user\")")]
fn a_store_without_lists_fails_unless_it_says_so() {
    run(
        async || RequestsOnly(MemoryStore::new(), Flaw::None),
        Needs::Administration,
        "lists::a_row_holds_all_there_is",
        contract::lists::cases::a_row_holds_all_there_is,
    );
}

#[tokio::test]
async fn what_a_store_does_not_implement_says_its_name() {
    let store = RequestsOnly(MemoryStore::new(), Flaw::None);
    let user = UserIdHash::from_bytes([1; 16]);
    let error = store
        .delete_for_user(&user, UserSessions::All)
        .await
        .unwrap_err();
    assert!(error.is_unsupported());
    assert_eq!(
        error.to_string(),
        "the session store does not implement `SessionAdmin::delete_for_user`"
    );
    assert!(!StoreError::new("the database is down").is_unsupported());
}
