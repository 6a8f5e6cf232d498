//! From the cases of a file to tests in another crate.

/// Declares the cases of a file, and exports a macro that makes a test of each.
///
/// Cases under `administration` need more than
/// [`SessionStore`](auth_core::SessionStore) itself. A case that is missing here
/// is unused code, which the compiler reports.
macro_rules! cases {
    (
        $dollar:tt $tests:ident of $room:ident {
            requests: $($case:ident),*;
            administration: $($admin:ident),*;
        }
    ) => {
        /// The cases, for other crates.
        pub mod cases {
            use $crate::conformance::Store;

            /// The names of the cases, as
            /// [`StoreUnderTest::without_cases`](crate::StoreUnderTest::without_cases)
            /// takes them.
            pub const NAMES: &[&str] = &[
                $(concat!(stringify!($room), "::", stringify!($case)),)*
                $(concat!(stringify!($room), "::", stringify!($admin)),)*
            ];

            $(
                #[allow(missing_docs)]
                pub async fn $case(store: Store) {
                    super::$case(store).await;
                }
            )*
            $(
                #[allow(missing_docs)]
                pub async fn $admin(store: Store) {
                    super::$admin(store).await;
                }
            )*
        }

        #[doc(hidden)]
        #[macro_export]
        macro_rules! $tests {
            ($dollar make:expr) => {
                mod $room {
                    #[allow(unused_imports)]
                    use super::*;
                    use $dollar crate::conformance::{Needs, contract, run};

                    $(
                        #[test]
                        fn $case() {
                            run(
                                $dollar make,
                                Needs::Requests,
                                concat!(stringify!($room), "::", stringify!($case)),
                                contract::$room::cases::$case,
                            );
                        }
                    )*
                    $(
                        #[test]
                        fn $admin() {
                            run(
                                $dollar make,
                                Needs::Administration,
                                concat!(stringify!($room), "::", stringify!($admin)),
                                contract::$room::cases::$admin,
                            );
                        }
                    )*
                }
            };
        }
    };
}

/// Makes tests of the contract of
/// [`SessionStore`](auth_core::SessionStore) and
/// [`SessionAdmin`](auth_core::SessionAdmin), about sixty, for your own store.
///
/// The argument is called once per test: a function or closure, `async`, that
/// returns an empty store or a [`StoreUnderTest`](crate::StoreUnderTest). The
/// tests write to the store from many tasks at once, and take a few seconds
/// together.
///
/// ```
/// # extern crate auth_core;
/// use auth_core::MemoryStore;
///
/// async fn make_store() -> MemoryStore {
///     MemoryStore::new()
/// }
///
/// auth_testkit::store_conformance!(make_store);
/// # fn main() {}
/// ```
///
/// Put the call into a module of its own if you test more than one store: the
/// macro makes modules named `sessions`, `tokens`, `leases` and so on.
#[macro_export]
macro_rules! store_conformance {
    ($make_store:expr) => {
        $crate::__sessions_conform!($make_store);
        $crate::__compare_and_swap_conforms!($make_store);
        $crate::__tokens_conform!($make_store);
        $crate::__leases_conform!($make_store);
        $crate::__lists_conform!($make_store);
        $crate::__reseal_conforms!($make_store);
        $crate::__races_conform!($make_store);
        $crate::__provider_logout_conforms!($make_store);
        $crate::__provider_logout_races_conform!($make_store);
        $crate::__user_changes_conform!($make_store);
        $crate::__id_hash_keys_conform!($make_store);
    };
}
