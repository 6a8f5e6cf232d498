//! Hooks that fail, panic or hang.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use auth_core::{AllowSignIn, Hooks, RefreshDecision, SignInDecision};
use auth_testkit::{Browser, REFRESH_TOKEN};

use super::{Customer, Site};

const LIMIT: Duration = Duration::from_millis(300);

#[derive(Clone, Copy, Debug)]
enum Fault {
    Error,
    Panic,
    PanicAtOnce,
    Hang,
    BlockedThread,
    Data,
}

/// Breaks the sign-ins of alice.
fn breaking(fault: Fault) -> Hooks {
    Hooks::new().time_limit(LIMIT).on_sign_in(move |sign_in| {
        let is_broken = sign_in.sub() == "alice";
        assert!(
            !is_broken || !matches!(fault, Fault::PanicAtOnce),
            "the test panics"
        );
        async move {
            match fault {
                _ if !is_broken => {}
                Fault::Error => Err(std::io::Error::other("no such table: customers"))?,
                Fault::Panic => panic!("the test panics"),
                Fault::Hang => std::future::pending().await,
                // A minute is too long for a test, which waits for its threads.
                Fault::BlockedThread => std::thread::sleep(LIMIT * 10),
                Fault::Data => {
                    let no_json = std::collections::HashMap::from([((1, 2), 3)]);
                    return Ok(AllowSignIn::new().data(&no_json).into());
                }
                Fault::PanicAtOnce => {}
            }
            Ok(SignInDecision::allow())
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_broken_hook_breaks_its_own_sign_in_only() {
    for fault in [
        Fault::Error,
        Fault::Panic,
        Fault::PanicAtOnce,
        Fault::Hang,
        Fault::BlockedThread,
        Fault::Data,
    ] {
        let site = Site::new(breaking(fault)).await;
        let (mut alice, mut bob, mut carol) = (
            Browser::new(&site.here),
            site.signed_in("bob").await,
            Browser::new(&site.here),
        );
        let started = Instant::now();
        let (of_alice, of_bob, of_carol) = tokio::join!(
            site.try_sign_in(&mut alice, "alice"),
            async {
                tokio::time::sleep(LIMIT / 2).await;
                let answer = bob.get("/customer").await;
                (answer, started.elapsed())
            },
            async {
                tokio::time::sleep(LIMIT / 2).await;
                let answer = site.try_sign_in(&mut carol, "carol").await;
                (answer, started.elapsed())
            },
        );
        let took = started.elapsed();
        assert!(took < LIMIT * 5, "{fault:?}: {took:?}");
        let location = of_alice.location();
        assert!(
            location.starts_with("/api/auth/error?error=Internal&"),
            "{fault:?}: {location}"
        );
        assert!(alice.is_signed_out(), "{fault:?}");
        assert_eq!(of_bob.0.body, "bob is no customer", "{fault:?}");
        assert_eq!(of_carol.0.location(), "/orders", "{fault:?}");
        assert!(of_bob.1.max(of_carol.1) < LIMIT * 5, "{fault:?}");
        assert_eq!(site.count_sessions().await, 2, "{fault:?}");
        // Nobody will use the tokens of that sign-in.
        site.app.auth.finish().await;
        assert_eq!(site.provider.state().revoked.len(), 1, "{fault:?}");
        // Alice's next sign-in asks the hook again.
        assert!(alice.get("/reason").await.status.is_success(), "{fault:?}");
        let again = site.try_sign_in(&mut alice, "alice").await;
        assert!(again.location().starts_with("/api/auth/error"), "{fault:?}");
    }
}

#[tokio::test]
async fn a_hook_that_has_recovered_signs_in() {
    let fails = Arc::new(AtomicBool::new(true));
    let site = Site::new(Hooks::new().on_sign_in({
        let fails = Arc::clone(&fails);
        move |_| {
            let fails = fails.load(Ordering::Relaxed);
            async move {
                if fails {
                    return Err("the database is down".into());
                }
                Ok(AllowSignIn::new().data(&Customer { number: 1 }).into())
            }
        }
    }))
    .await;
    let mut browser = Browser::new(&site.here);
    let failed = site.try_sign_in(&mut browser, "alice").await;
    assert!(failed.location().contains("error=Internal"));
    fails.store(false, Ordering::Relaxed);
    let answer = site.try_sign_in(&mut browser, "alice").await;
    assert_eq!(answer.location(), "/orders");
    assert_eq!(browser.get("/customer").await.body, "alice is customer 1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_broken_handler_of_events_breaks_nothing() {
    for fault in [
        Fault::Error,
        Fault::Panic,
        Fault::PanicAtOnce,
        Fault::Hang,
        Fault::BlockedThread,
    ] {
        let hooks = Hooks::new().time_limit(LIMIT).on_event(move |_| {
            assert!(!matches!(fault, Fault::PanicAtOnce), "the test panics");
            async move {
                match fault {
                    Fault::Error => return Err("no such table".into()),
                    Fault::Panic => panic!("the test panics"),
                    Fault::Hang => std::future::pending().await,
                    Fault::BlockedThread => std::thread::sleep(LIMIT * 2),
                    _ => {}
                }
                Ok(())
            }
        });
        let site = Site::new(hooks).await;
        let started = Instant::now();
        let mut browser = site.signed_in("alice").await;
        assert_eq!(browser.get("/customer").await.status, 200, "{fault:?}");
        let signed_out = browser.post("/api/auth/signout", "").await;
        assert_eq!(signed_out.status, 303, "{fault:?}");
        assert!(browser.is_signed_out(), "{fault:?}");
        let took = started.elapsed();
        assert!(took < LIMIT * 3, "no request waits, {fault:?}: {took:?}");
        site.app.auth.finish().await;
        assert_eq!(site.provider.state().revoked, [REFRESH_TOKEN]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_broken_hook_of_refreshes_loses_neither_tokens_nor_the_session() {
    for fault in [
        Fault::Error,
        Fault::Panic,
        Fault::PanicAtOnce,
        Fault::Hang,
        Fault::BlockedThread,
    ] {
        let hooks = Hooks::new()
            .time_limit(Duration::from_secs(3))
            .on_sign_in(|_| async { Ok(AllowSignIn::new().data(&Customer { number: 1 }).into()) })
            .on_refresh(move |_| {
                assert!(!matches!(fault, Fault::PanicAtOnce), "the test panics");
                async move {
                    match fault {
                        Fault::Error => return Err("no such table".into()),
                        Fault::Panic => panic!("the test panics"),
                        Fault::Hang => std::future::pending().await,
                        Fault::BlockedThread => std::thread::sleep(Duration::from_secs(2)),
                        _ => {}
                    }
                    Ok(RefreshDecision::Keep)
                }
            });
        let site = Site::new(hooks).await;
        site.provider.state().refresh.rotates = true;
        let mut browser = site.signed_in("alice").await;
        site.app.clock.advance(Duration::from_secs(3600));
        let started = Instant::now();
        assert_eq!(browser.post("/call", "").await.status, 200, "{fault:?}");
        let took = started.elapsed();
        assert!(took < Duration::from_millis(1700), "{fault:?}: {took:?}");
        assert_eq!(browser.get("/customer").await.body, "alice is customer 1");
        // The rotated token was stored.
        site.app.clock.advance(Duration::from_secs(3600));
        assert_eq!(browser.post("/call", "").await.status, 200, "{fault:?}");
    }
}
