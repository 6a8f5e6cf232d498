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

/// What the former release does not know, so that only this one does it.
const UNKNOWN: &[&str] = &[
    "now",
    "apply_user_change",
    "forget_report",
    "clear_claims_stale_since",
];

/// Where the former release knows less: it refuses no sign-in after a logout of a
/// user, does not compare when ID tokens were issued, and reads no mark of stale
/// claims.
const KNOWN_IN_PART: &[&str] = &["create", "load", "load_tokens", "apply_provider_logout"];

/// It extends a row that still has this expiry, also if that time has passed. Its
/// servers load a session before they extend it, so they do this only if their
/// clock is slow: see the crate's documentation, *Both releases at once*.
const EXTENDS_EXPIRED: &str = "sessions::extending_brings_no_expired_session_back";

/// The cases that need what the former release does not know. All of them except
/// the first run in `sign_ins_and_reads_by_this`.
const LEFT_OUT_IN_TURN: &[&str] = &[
    EXTENDS_EXPIRED,
    // On SQLite it compares the text of an expiry with one of the present time that
    // has fractions, so it loads a session until the next second begins. `sweep.rs`
    // tests both releases after that.
    "sessions::an_ended_session_is_none",
    // It ends all sessions of the user, also later ones, and refuses none.
    "provider_logout::a_users_logout_ends_what_began_before_it_and_nothing_later",
    "provider_logout::the_later_of_two_logouts_counts",
    // With a `sid` and a `sub` it ends only the sessions of that `sid`.
    "provider_logout::a_logout_ends_sessions_that_do_not_know_their_provider_session",
    // They read marks of stale claims.
    "user_changes::claims_of_all_sessions_of_the_users_are_marked",
    "user_changes::a_session_that_begins_with_claims_from_before_a_change_is_marked",
    "user_changes::a_sign_in_and_a_change_do_not_miss_each_other",
    "user_changes::changes_of_the_same_users_do_not_wait_in_a_circle",
    "user_changes::a_mark_is_cleared_by_who_has_read_it",
    "user_changes::a_report_is_carried_out_once",
    // A sign-in is refused until the user is reinstated.
    "user_changes::a_reinstated_user_signs_in_at_once",
    "user_changes::an_old_reinstatement_does_not_undo_a_later_logout",
];

/// Calls the former release and this one in turn.
#[derive(Debug)]
struct InTurn {
    former: Arc<dyn SessionStore>,
    this: Arc<dyn SessionStore>,
    division: Division,
    is_turn_of_this: AtomicBool,
}

/// Which calls the former release makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Division {
    /// Every second one of those that it knows.
    InTurn,
    /// Every second one of those that it knows completely.
    SignInsAndReadsByThis,
}

impl InTurn {
    fn of(&self, method: &str) -> &dyn SessionStore {
        let is_of_this = UNKNOWN.contains(&method)
            || self.division == Division::SignInsAndReadsByThis && KNOWN_IN_PART.contains(&method);
        if is_of_this || self.is_turn_of_this.fetch_xor(true, Ordering::SeqCst) {
            &*self.this
        } else {
            &*self.former
        }
    }
}

implement_store!(InTurn, |stores, method| stores.of(method));

#[derive(Clone, Copy)]
enum First {
    Former,
    This,
}

async fn both(
    database: impl FormerRelease + 'static,
    division: Division,
    first: First,
) -> StoreUnderTest {
    let stores = InTurn {
        former: Arc::new(database.open_former().await),
        this: Arc::new(database.open().await),
        division,
        is_turn_of_this: AtomicBool::new(matches!(first, First::This)),
    };
    let left_out = match division {
        Division::InTurn => LEFT_OUT_IN_TURN,
        Division::SignInsAndReadsByThis => &[EXTENDS_EXPIRED],
    };
    StoreUnderTest::new(stores)
        .keeping(database)
        .without_cases(left_out)
}

async fn in_sqlite(division: Division, first: First) -> StoreUnderTest {
    both(Folder::new(), division, first).await
}

async fn in_postgres(division: Division, first: First) -> StoreUnderTest {
    match Schema::new().await {
        Some(schema) => both(schema, division, first).await,
        None => StoreUnderTest::skipped(),
    }
}

/// Makes tests for each release as the first, on each database.
macro_rules! conformance_of {
    ($division:expr) => {
        mod sqlite {
            use super::*;

            mod former_first {
                use super::*;

                store_conformance!(async || in_sqlite($division, First::Former).await);
            }

            mod this_first {
                use super::*;

                store_conformance!(async || in_sqlite($division, First::This).await);
            }
        }

        mod postgres {
            use super::*;

            mod former_first {
                use super::*;

                store_conformance!(async || in_postgres($division, First::Former).await);
            }

            mod this_first {
                use super::*;

                store_conformance!(async || in_postgres($division, First::This).await);
            }
        }
    };
}

mod in_turn {
    use super::*;

    conformance_of!(Division::InTurn);
}

mod sign_ins_and_reads_by_this {
    use super::*;

    conformance_of!(Division::SignInsAndReadsByThis);
}
