//! The contract of `SessionStore`, for both databases.

use auth_testkit::{StoreUnderTest, store_conformance};

use crate::stores::{Folder, Fresh as _, Schema};

mod sqlite {
    use super::*;

    store_conformance!(make_store);

    async fn make_store() -> StoreUnderTest {
        let folder = Folder::new();
        let store = folder.open().await;
        StoreUnderTest::new(store).keeping(folder)
    }
}

mod postgres {
    use super::*;

    store_conformance!(make_store);

    async fn make_store() -> StoreUnderTest {
        let Some(schema) = Schema::new().await else {
            return StoreUnderTest::skipped();
        };
        let store = schema.open().await;
        StoreUnderTest::new(store).keeping(schema)
    }
}
