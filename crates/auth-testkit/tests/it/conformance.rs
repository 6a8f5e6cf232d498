//! The stores in memory keep the contract of `SessionStore`, and a store that
//! breaks it fails.

mod requests_only;

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
