//! The contract of `SessionStore` for both releases together: a store that calls
//! them in turn, on one database.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use auth_core::SessionStore;
use auth_testkit::{StoreUnderTest, store_conformance};

use super::store::{FormerRelease, implement_store};
use crate::stores::{Folder, Schema};

/// Calls the former release and this one in turn.
#[derive(Debug)]
struct InTurn {
    stores: [Arc<dyn SessionStore>; 2],
    is_second: AtomicBool,
}

impl InTurn {
    fn next(&self) -> &dyn SessionStore {
        let second = self.is_second.fetch_xor(true, Ordering::SeqCst);
        &*self.stores[usize::from(second)]
    }
}

implement_store!(InTurn, |stores| stores.next());

#[derive(Clone, Copy)]
enum First {
    Former,
    This,
}

async fn in_turn(database: impl FormerRelease + 'static, first: First) -> StoreUnderTest {
    let former = Arc::new(database.open_former().await);
    let this = Arc::new(database.open().await);
    let stores = InTurn {
        stores: [former, this],
        is_second: AtomicBool::new(matches!(first, First::This)),
    };
    StoreUnderTest::new(stores).keeping(database)
}

mod sqlite {
    use super::*;

    mod former_first {
        use super::*;

        store_conformance!(async || in_turn(Folder::new(), First::Former).await);
    }

    mod this_first {
        use super::*;

        store_conformance!(async || in_turn(Folder::new(), First::This).await);
    }
}

mod postgres {
    use super::*;

    mod former_first {
        use super::*;

        store_conformance!(async || sessions_in_postgres_stay_valid(First::Former).await);
    }

    mod this_first {
        use super::*;

        store_conformance!(async || sessions_in_postgres_stay_valid(First::This).await);
    }

    async fn sessions_in_postgres_stay_valid(first: First) -> StoreUnderTest {
        match Schema::new().await {
            Some(schema) => in_turn(schema, first).await,
            None => StoreUnderTest::skipped(),
        }
    }
}
