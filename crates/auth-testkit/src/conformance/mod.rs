//! The contract of [`SessionStore`] as tests for any store.
//!
//! Other crates call [`store_conformance!`](crate::store_conformance), which names
//! what else is public here.

#[macro_use]
mod cases;

pub mod contract;
pub mod rows;
mod store_under_test;

use std::sync::Arc;

use auth_core::SessionStore;

pub use self::store_under_test::StoreUnderTest;

/// Any store.
pub type Store = Arc<dyn SessionStore>;

/// What a case calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Only [`SessionStore`] itself.
    Requests,
    /// [`SessionAdmin`](auth_core::SessionAdmin), too.
    Administration,
}

/// Runs a case on a new store, in a runtime of its own. Its name is as in
/// [`StoreUnderTest::without_cases`].
pub fn run<S: Into<StoreUnderTest>>(
    make_store: impl AsyncFnOnce() -> S,
    needs: Needs,
    name: &str,
    case: impl AsyncFnOnce(Store),
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let under_test: StoreUnderTest = make_store().await.into();
        if let Some(store) = under_test.store_for(needs, name) {
            case(store).await;
        }
        // What the store needs is dropped inside the runtime, after the store.
        drop(under_test);
    });
}
