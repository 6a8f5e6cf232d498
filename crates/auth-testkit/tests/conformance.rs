//! The stores in memory keep the contract of `SessionStore`; a store that does
//! not keep it fails.

#![allow(
    clippy::unwrap_used,
    reason = "a test states what it expects by unwrapping"
)]

mod memory {
    auth_testkit::store_conformance!(async || auth_core::MemoryStore::new());
}

mod test_store {
    use auth_testkit::TestStore;

    auth_testkit::store_conformance!(make_store);

    async fn make_store() -> TestStore {
        TestStore::default()
    }
}
