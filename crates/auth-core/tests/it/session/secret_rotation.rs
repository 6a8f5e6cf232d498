//! Replacing `AUTH_SECRET` while users are signed in, and sealed data that does
//! not open.

use std::collections::HashMap;

use auth_core::{Auth, Config, ConfigBuilder, MemoryStore, SessionAdmin as _};
use auth_testkit::{
    CLIENT_ID, CLIENT_SECRET, CookieJar, SUB, TestProvider, settings,
    steps::{access_token, begin, complete, signed_in, user},
};

const OLD: &str = "an old secret of more than thirty-two characters";
const NEW: &str = "a new secret of more than thirty-two characters";

fn auth(provider: &TestProvider, store: &MemoryStore, secrets: &[&str]) -> Auth {
    let mut settings = settings(provider, "http://localhost:3000").secret(secrets[0]);
    for former in &secrets[1..] {
        settings = settings.former_secret(*former);
    }
    Auth::new(settings.build().unwrap(), store.clone()).unwrap()
}

#[tokio::test]
async fn sessions_tokens_and_pending_sign_ins_survive_a_rotation() {
    let provider = TestProvider::start().await;
    let store = MemoryStore::new();
    let before = auth(&provider, &store, &[OLD]);
    let browser = signed_in(&before, &provider).await;
    let mut pending = CookieJar::default();
    let url = begin(&before, &mut pending, "/").await;

    let during = auth(&provider, &store, &[NEW, OLD]);
    assert_eq!(user(&during, &browser).await.as_deref(), Some(SUB));
    access_token(&during, &browser).await.unwrap();
    complete(&during, &mut pending, &provider.authorize(&url))
        .await
        .unwrap();
    // A server that has not been restarted yet still reads its sessions.
    assert_eq!(user(&before, &browser).await.as_deref(), Some(SUB));
    let resealed = during.reseal_all().await.unwrap();
    assert_eq!((resealed.sessions, resealed.unreadable), (2, 0));

    let after = auth(&provider, &store, &[NEW]);
    for browser in [&browser, &pending] {
        assert_eq!(user(&after, browser).await.as_deref(), Some(SUB));
        access_token(&after, browser).await.unwrap();
        let session = after.session(&browser.cookies()).await.unwrap().unwrap();
        assert_eq!(after.sessions(&session).await.unwrap().len(), 2);
    }
    assert_eq!(user(&auth(&provider, &store, &[OLD]), &browser).await, None);
}

#[tokio::test]
async fn the_former_secret_is_needed_until_sessions_are_resealed() {
    let provider = TestProvider::start().await;
    let store = MemoryStore::new();
    let browser = signed_in(&auth(&provider, &store, &[OLD]), &provider).await;
    let during = auth(&provider, &store, &[NEW, OLD]);
    assert_eq!(user(&during, &browser).await.as_deref(), Some(SUB));
    let after = auth(&provider, &store, &[NEW]);
    assert_eq!(user(&after, &browser).await, None, "signed out, no error");
}

#[tokio::test]
async fn a_start_with_the_wrong_secret_loses_no_session() {
    let provider = TestProvider::start().await;
    let store = MemoryStore::new();
    let browser = signed_in(&auth(&provider, &store, &[OLD]), &provider).await;
    let wrong = auth(&provider, &store, &[NEW]);
    let stranger = signed_in(&wrong, &provider).await;
    assert_eq!(user(&wrong, &browser).await, None);
    let right = auth(&provider, &store, &[OLD]);
    assert_eq!(user(&right, &browser).await.as_deref(), Some(SUB));
    assert_eq!(user(&right, &stranger).await, None);
}

#[tokio::test]
async fn a_start_without_the_former_secret_is_repaired_by_a_rotation() {
    let provider = TestProvider::start().await;
    let store = MemoryStore::new();
    let browser = signed_in(&auth(&provider, &store, &[OLD]), &provider).await;
    // The former secret is missing in the settings: this server creates its own
    // hash key.
    user(&auth(&provider, &store, &[NEW]), &browser).await;
    let during = auth(&provider, &store, &[NEW, OLD]);
    assert_eq!(user(&during, &browser).await.as_deref(), Some(SUB));
    during.reseal_all().await.unwrap();
    let after = auth(&provider, &store, &[NEW]);
    assert_eq!(user(&after, &browser).await.as_deref(), Some(SUB));
}

#[tokio::test]
async fn a_server_with_old_settings_breaks_nothing() {
    let provider = TestProvider::start().await;
    let store = MemoryStore::new();
    let browser = signed_in(&auth(&provider, &store, &[OLD]), &provider).await;
    let during = auth(&provider, &store, &[NEW, OLD]);
    during.reseal_all().await.unwrap();
    // A server that restarts with the old settings creates its own hash key.
    assert_eq!(user(&auth(&provider, &store, &[OLD]), &browser).await, None);
    for secrets in [&[NEW, OLD][..], &[NEW]] {
        let restarted = auth(&provider, &store, secrets);
        assert_eq!(user(&restarted, &browser).await.as_deref(), Some(SUB));
    }
}

#[tokio::test]
async fn a_rolling_restart_in_two_steps_keeps_all_sessions_readable() {
    let provider = TestProvider::start().await;
    let store = MemoryStore::new();
    for (one, other) in [
        (&[OLD][..], &[OLD, NEW][..]),
        (&[OLD, NEW], &[NEW, OLD]),
        (&[NEW, OLD], &[NEW]),
    ] {
        let (one, other) = (auth(&provider, &store, one), auth(&provider, &store, other));
        let (a, b) = (
            signed_in(&one, &provider).await,
            signed_in(&other, &provider).await,
        );
        assert!(user(&other, &a).await.is_some());
        assert!(user(&one, &b).await.is_some());
    }
}

#[tokio::test]
async fn sessions_of_another_issuer_are_not_found() {
    let (former, provider) = (TestProvider::start().await, TestProvider::start().await);
    let store = MemoryStore::new();
    let browser = signed_in(&auth(&former, &store, &[OLD]), &former).await;
    let moved = auth(&provider, &store, &[OLD]);
    assert_eq!(user(&moved, &browser).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_together_agree_on_one_hash_key() {
    for _ in 0..20 {
        let provider = TestProvider::start().await;
        let store = MemoryStore::new();
        let old = auth(&provider, &store, &[OLD]);
        let new = auth(&provider, &store, &[NEW, OLD]);
        let (a, b) = tokio::join!(signed_in(&old, &provider), signed_in(&new, &provider));
        assert!(user(&new, &a).await.is_some());
        // The old server cannot open what the new one seals, but both use the
        // same hash key.
        assert!(
            user(&auth(&provider, &store, &[NEW, OLD]), &b)
                .await
                .is_some()
        );
    }
}

#[tokio::test]
async fn the_secret_with_the_highest_number_seals() {
    let provider = TestProvider::start().await;
    let read = |secrets: &[(&str, &str)]| {
        let vars: HashMap<String, String> = [
            ("AUTH_LOGTO_ISSUER", provider.issuer()),
            ("AUTH_LOGTO_ID", CLIENT_ID.to_owned()),
            ("AUTH_LOGTO_SECRET", CLIENT_SECRET.to_owned()),
            ("AUTH_URL", "http://localhost:3000".to_owned()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .chain(
            secrets
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.to_owned())),
        )
        .collect();
        ConfigBuilder::from_vars(|name| vars.get(name).cloned()).build()
    };
    let store = MemoryStore::new();
    let with = |config: Config| Auth::new(config, store.clone()).unwrap();
    let other = "another secret of more than thirty-two characters";
    for secrets in [
        &[("AUTH_SECRET", OLD), ("AUTH_SECRET_1", NEW)][..],
        &[("AUTH_SECRET_1", OLD), ("AUTH_SECRET_2", NEW)],
        &[("AUTH_SECRET_2", OLD), ("AUTH_SECRET_3", NEW)],
        &[
            ("AUTH_SECRET_3", NEW),
            ("AUTH_SECRET", OLD),
            ("AUTH_SECRET_2", other),
        ],
    ] {
        let browser = signed_in(&with(read(secrets).unwrap()), &provider).await;
        let newest = with(read(&[("AUTH_SECRET", NEW)]).unwrap());
        let signed_in = user(&newest, &browser).await;
        assert_eq!(signed_in.as_deref(), Some(SUB), "{secrets:?}");
    }

    let errors = read(&[("AUTH_SECRET", OLD), ("AUTH_SECRET_3", "short")]).unwrap_err();
    assert_eq!(errors.0[0].setting, "AUTH_SECRET_3");
    let errors = read(&[("AUTH_SECRET", "short"), ("AUTH_SECRET_3", NEW)]).unwrap_err();
    assert_eq!(errors.0[0].setting, "AUTH_SECRET");
}

/// Damage to sealed data.
type Harm = fn(&mut Vec<u8>);

#[tokio::test]
async fn an_envelope_that_does_not_open_means_signed_out() {
    let harms: [(&str, Harm); 6] = [
        ("tampered with", |envelope| envelope[40] ^= 1),
        ("cut", |envelope| envelope.truncate(30)),
        ("cut short", |envelope| envelope.truncate(3)),
        ("empty", Vec::clear),
        ("of another secret", |envelope| envelope[2] ^= 1),
        ("of a later version", |envelope| envelope[0] = 9),
    ];
    for (harm, spoil) in harms {
        let provider = TestProvider::start().await;
        let store = MemoryStore::new();
        let auth = auth(&provider, &store, &[OLD]);
        let browser = signed_in(&auth, &provider).await;
        let session = auth.session(&browser.cookies()).await.unwrap().unwrap();
        let row = store.list_page(None, 10).await.unwrap().remove(0);
        let mut spoilt = row.clone();
        for envelope in [
            &mut spoilt.sealed,
            &mut spoilt.sealed_tokens,
            &mut spoilt.sealed_device,
        ] {
            spoil(envelope);
        }
        // Only the tokens: still signed in, but without a token.
        let mut tokens_only = row.clone();
        tokens_only.sealed_tokens = spoilt.sealed_tokens.clone();
        store.reseal(&row, &tokens_only).await.unwrap();
        assert_eq!(user(&auth, &browser).await.as_deref(), Some(SUB), "{harm}");
        assert!(access_token(&auth, &browser).await.is_err());
        // Only the session: a session that does not open has no token.
        let mut session_only = row.clone();
        session_only.sealed = spoilt.sealed.clone();
        store.reseal(&tokens_only, &session_only).await.unwrap();
        assert_eq!(user(&auth, &browser).await, None, "{harm}");
        assert!(access_token(&auth, &browser).await.is_err());
        store.reseal(&session_only, &spoilt).await.unwrap();
        assert_eq!(user(&auth, &browser).await, None, "{harm}");
        assert_eq!(auth.sessions(&session).await.unwrap().len(), 1, "{harm}");
        // Resealing does not change what it cannot open.
        auth.reseal_all().await.unwrap();
        let rows = store.list_page(None, 10).await.unwrap();
        assert_eq!(rows, [spoilt], "{harm}");
    }
}
