//! Replacing `AUTH_SECRET` while people are signed in, and envelopes that do
//! not open.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]

mod mock_provider;

use std::collections::HashMap;

use auth_core::{Auth, Config, ConfigBuilder, MemoryStore, SessionStore as _};
use mock_provider::{
    CLIENT_ID, CLIENT_SECRET, MockProvider, SUB,
    browser::{begin, complete, signed_in, user},
    settings,
};

const OLD: &str = "an old secret of more than thirty-two characters";
const NEW: &str = "a new secret of more than thirty-two characters";

fn auth(provider: &MockProvider, store: &MemoryStore, secrets: &[&str]) -> Auth {
    let mut settings = settings(provider, "http://localhost:3000").secret(secrets[0]);
    for former in &secrets[1..] {
        settings = settings.former_secret(*former);
    }
    Auth::new(settings.build().unwrap(), store.clone()).unwrap()
}

#[tokio::test]
async fn sessions_tokens_and_pending_sign_ins_survive_a_rotation() {
    let provider = MockProvider::start().await;
    let store = MemoryStore::new();
    let before = auth(&provider, &store, &[OLD]);
    let browser = signed_in(&before, &provider).await;
    let mut pending = mock_provider::browser::Browser::default();
    let url = begin(&before, &mut pending, "/").await;

    let during = auth(&provider, &store, &[NEW, OLD]);
    assert_eq!(user(&during, &browser).await.as_deref(), Some(SUB));
    during.access_token(&browser.cookies()).await.unwrap();
    complete(&during, &mut pending, &provider.authorize(&url))
        .await
        .unwrap();
    // A server that has not been restarted yet still knows its sessions.
    assert_eq!(user(&before, &browser).await.as_deref(), Some(SUB));
    let resealed = during.reseal_all().await.unwrap();
    assert_eq!((resealed.sessions, resealed.unreadable), (2, 0));

    let after = auth(&provider, &store, &[NEW]);
    for browser in [&browser, &pending] {
        assert_eq!(user(&after, browser).await.as_deref(), Some(SUB));
        after.access_token(&browser.cookies()).await.unwrap();
        let session = after.session(&browser.cookies()).await.unwrap().unwrap();
        assert_eq!(after.devices(&session).await.unwrap().len(), 2);
    }
    assert_eq!(user(&auth(&provider, &store, &[OLD]), &browser).await, None);
}

#[tokio::test]
async fn without_resealing_the_former_secret_is_still_needed() {
    let provider = MockProvider::start().await;
    let store = MemoryStore::new();
    let browser = signed_in(&auth(&provider, &store, &[OLD]), &provider).await;
    let during = auth(&provider, &store, &[NEW, OLD]);
    assert_eq!(user(&during, &browser).await.as_deref(), Some(SUB));
    let after = auth(&provider, &store, &[NEW]);
    assert_eq!(user(&after, &browser).await, None, "signed out, no error");
}

#[tokio::test]
async fn a_start_with_the_wrong_secret_loses_nothing() {
    let provider = MockProvider::start().await;
    let store = MemoryStore::new();
    let browser = signed_in(&auth(&provider, &store, &[OLD]), &provider).await;
    let wrong = auth(&provider, &store, &[NEW]);
    let stranger = signed_in(&wrong, &provider).await;
    assert_eq!(user(&wrong, &browser).await, None);
    let right = auth(&provider, &store, &[OLD]);
    assert_eq!(user(&right, &browser).await.as_deref(), Some(SUB));
    assert_eq!(user(&right, &stranger).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_agree_whatever_secrets_they_know_yet() {
    for _ in 0..20 {
        let provider = MockProvider::start().await;
        let store = MemoryStore::new();
        let old = auth(&provider, &store, &[OLD]);
        let new = auth(&provider, &store, &[NEW, OLD]);
        let (a, b) = tokio::join!(signed_in(&old, &provider), signed_in(&new, &provider));
        assert!(user(&new, &a).await.is_some());
        // Its envelopes are beyond the old server, its name is not.
        assert!(
            user(&auth(&provider, &store, &[NEW, OLD]), &b)
                .await
                .is_some()
        );
    }
}

#[tokio::test]
async fn the_highest_number_seals() {
    let provider = MockProvider::start().await;
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
    let both = with(read(&[("AUTH_SECRET", OLD), ("AUTH_SECRET_2", NEW)]).unwrap());
    let browser = signed_in(&both, &provider).await;
    let newest = with(read(&[("AUTH_SECRET_1", NEW)]).unwrap());
    assert_eq!(user(&newest, &browser).await.as_deref(), Some(SUB));

    let errors = read(&[("AUTH_SECRET", OLD), ("AUTH_SECRET_3", "short")]).unwrap_err();
    assert_eq!(errors.0[0].setting, "AUTH_SECRET_3");
    let errors = read(&[("AUTH_SECRET", "short"), ("AUTH_SECRET_3", NEW)]).unwrap_err();
    assert_eq!(errors.0[0].setting, "AUTH_SECRET");
}

/// What someone may do to a row, or to its envelope.
type Harm = fn(&mut Vec<u8>);

#[tokio::test]
async fn an_envelope_that_does_not_open_is_a_signed_out_visitor() {
    let harms: [(&str, Harm); 6] = [
        ("tampered with", |envelope| envelope[40] ^= 1),
        ("cut", |envelope| envelope.truncate(30)),
        ("cut short", |envelope| envelope.truncate(3)),
        ("empty", Vec::clear),
        ("of another secret", |envelope| envelope[2] ^= 1),
        ("of a later version", |envelope| envelope[0] = 9),
    ];
    for (harm, spoil) in harms {
        let provider = MockProvider::start().await;
        let store = MemoryStore::new();
        let auth = auth(&provider, &store, &[OLD]);
        let browser = signed_in(&auth, &provider).await;
        let session = auth.session(&browser.cookies()).await.unwrap().unwrap();
        let row = store.sessions_after(None, 10).await.unwrap().remove(0);
        let mut spoilt = row.clone();
        for envelope in [
            &mut spoilt.sealed,
            &mut spoilt.sealed_tokens,
            &mut spoilt.sealed_device,
        ] {
            spoil(envelope);
        }
        store.reseal(&row, &spoilt).await.unwrap();
        assert_eq!(user(&auth, &browser).await, None, "{harm}");
        assert!(auth.access_token(&browser.cookies()).await.is_err());
        assert_eq!(auth.devices(&session).await.unwrap().len(), 1, "{harm}");
        assert_eq!(
            auth.reseal_all().await.unwrap().unreadable,
            u64::from(harm != "tampered with" && harm != "cut" && harm != "of a later version"),
            "{harm}"
        );
    }
}
