//! A store for one case, with what it needs to live.

use std::{any::Any, fmt, sync::Arc};

use auth_core::SessionStore;

use super::{Needs, Store, contract};

/// An empty store for one test of
/// [`store_conformance!`](crate::store_conformance), with what it needs.
///
/// ```
/// # use auth_core::MemoryStore;
/// use auth_testkit::StoreUnderTest;
/// # struct TemporaryFolder;
/// # impl TemporaryFolder { fn new() -> Self { Self } }
/// # async fn open(_: &TemporaryFolder) -> MemoryStore { MemoryStore::new() }
///
/// async fn make_store() -> StoreUnderTest {
///     let folder = TemporaryFolder::new();
///     let store = open(&folder).await;
///     // The folder is deleted after the test.
///     StoreUnderTest::new(store).keeping(folder)
/// }
/// # auth_testkit::store_conformance!(make_store);
/// ```
pub struct StoreUnderTest {
    // Dropped before `kept`: fields are dropped in order.
    store: Option<Store>,
    kept: Vec<Box<dyn Any>>,
    has_administration: bool,
    left_out: &'static [&'static str],
}

impl StoreUnderTest {
    /// Takes an empty store.
    pub fn new(store: impl SessionStore) -> Self {
        Self {
            store: Some(Arc::new(store)),
            kept: Vec::new(),
            has_administration: true,
            left_out: &[],
        }
    }

    /// Returns no store: the test passes without doing anything. For a store
    /// whose server is not there.
    pub fn skipped() -> Self {
        Self {
            store: None,
            kept: Vec::new(),
            has_administration: false,
            left_out: &[],
        }
    }

    /// Keeps a value until the test has ended, such as a guard that deletes the
    /// database.
    #[must_use]
    pub fn keeping(mut self, value: impl Any) -> Self {
        self.kept.push(Box::new(value));
        self
    }

    /// Leaves out the tests of [`SessionAdmin`](auth_core::SessionAdmin), for a
    /// store that does not implement its methods.
    #[must_use]
    pub fn without_administration(mut self) -> Self {
        self.has_administration = false;
        self
    }

    /// Leaves out tests that the store cannot pass. A name is the end of the test's
    /// path: the module and the function.
    ///
    /// Say why beside each name. [`Auth`](auth_core::Auth) relies on what a test
    /// checks, so leave out only what you know to be safe: for example, a store may
    /// let leases lapse instead of releasing them.
    ///
    /// ```
    /// # use auth_core::MemoryStore;
    /// # use auth_testkit::StoreUnderTest;
    /// async fn make_store() -> StoreUnderTest {
    ///     StoreUnderTest::new(MemoryStore::new())
    ///         // Leases lapse by themselves.
    ///         .without_cases(&["leases::a_lease_is_released_by_its_holder_only"])
    /// }
    /// # auth_testkit::store_conformance!(make_store);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if there is no test of a name.
    #[must_use]
    pub fn without_cases(mut self, names: &'static [&'static str]) -> Self {
        for name in names {
            assert!(
                contract::NAMES.iter().any(|names| names.contains(name)),
                "there is no test {name} of store_conformance!; use a name that it prints"
            );
        }
        self.left_out = names;
        self
    }

    pub(super) fn store_for(&self, needs: Needs, name: &str) -> Option<Store> {
        let has_it = needs == Needs::Requests || self.has_administration;
        let is_left_out = self.left_out.contains(&name);
        self.store.clone().filter(|_| has_it && !is_left_out)
    }
}

impl<S: SessionStore> From<S> for StoreUnderTest {
    fn from(store: S) -> Self {
        Self::new(store)
    }
}

impl fmt::Debug for StoreUnderTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreUnderTest")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}
