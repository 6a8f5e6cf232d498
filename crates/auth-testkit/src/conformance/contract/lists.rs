//! Lists of a user's sessions and of all sessions.

use auth_core::{EndedSession, SessionIdHash, SessionRow, UserIdHash, UserSessions};

use crate::conformance::{
    Store,
    rows::{EXPIRED, end_of, key, put, seconds, session_of, user},
};

cases! {
    $ __lists_conform of lists {
        requests:;
        administration:
            a_row_holds_all_there_is,
            a_list_holds_ones_own_sessions_last_used_first,
            one_all_but_one_or_all_are_ended,
            nobody_ends_anothers_session,
            all_sessions_are_paged_by_key;
    }
}

fn keys(rows: &[SessionRow]) -> Vec<SessionIdHash> {
    rows.iter().map(|row| row.key).collect()
}

async fn keys_of(store: &Store, user: UserIdHash, most: u32) -> Vec<SessionIdHash> {
    keys(&store.list_for_user(&user, most).await.unwrap())
}

async fn a_row_holds_all_there_is(store: Store) {
    let session = session_of(3, 1, seconds(3600));
    store.create(session.clone()).await.unwrap();
    let listed = store.list_for_user(&user(3), 9).await.unwrap();
    let expected = vec![SessionRow::of(session, listed[0].begun_at)];
    assert_eq!(listed, expected);
    assert_eq!(store.list_page(None, 9).await.unwrap(), expected);
}

async fn a_list_holds_ones_own_sessions_last_used_first(store: Store) {
    for (owner, number) in [(1, 1), (1, 2), (1, 3), (2, 4)] {
        let session = session_of(owner, number, seconds(3600));
        store.create(session).await.unwrap();
    }
    store.create(session_of(1, 5, EXPIRED)).await.unwrap();
    for number in [2, 3, 1] {
        // *Last used* is kept in whole seconds.
        tokio::time::sleep(seconds(1)).await;
        let from = end_of(&store, key(number)).await;
        let extended = store.extend(&key(number), from, seconds(7200)).await;
        assert!(extended.unwrap().is_some());
    }
    assert_eq!(keys_of(&store, user(1), 9).await, [key(1), key(3), key(2)]);
    assert_eq!(keys_of(&store, user(1), 2).await, [key(1), key(3)]);
    assert_eq!(keys_of(&store, user(2), 9).await, [key(4)]);
    assert_eq!(keys_of(&store, user(9), 9).await, []);
}

async fn ended(store: &Store, owner: u8, which: UserSessions) -> Vec<EndedSession> {
    let mut ended = store.delete_for_user(&user(owner), which).await.unwrap();
    ended.sort_by_key(|session| session.key);
    ended
}

fn with_tokens(number: u8, tokens: &str) -> EndedSession {
    EndedSession::new(key(number), tokens.into())
}

async fn one_all_but_one_or_all_are_ended(store: Store) {
    for number in 1..=6 {
        put(&store, number).await;
    }
    store.save_tokens(&key(2), 1, b"newer").await.unwrap();
    assert_eq!(
        ended(&store, 1, UserSessions::One(key(1))).await,
        [with_tokens(1, "tokens 1")]
    );
    assert_eq!(ended(&store, 1, UserSessions::One(key(1))).await, []);
    store.delete(&key(6)).await.unwrap().unwrap();
    assert_eq!(
        ended(&store, 1, UserSessions::AllExcept(key(3))).await,
        [
            with_tokens(2, "newer"),
            with_tokens(4, "tokens 4"),
            with_tokens(5, "tokens 5"),
        ]
    );
    assert!(store.load_tokens(&key(2)).await.unwrap().is_none());
    assert_eq!(keys_of(&store, user(1), 9).await, [key(3)]);
    assert_eq!(ended(&store, 1, UserSessions::AllExcept(key(3))).await, []);
    assert_eq!(
        ended(&store, 1, UserSessions::All).await,
        [with_tokens(3, "tokens 3")]
    );
    assert!(store.list_page(None, 9).await.unwrap().is_empty());
    assert_eq!(ended(&store, 1, UserSessions::All).await, []);
}

async fn nobody_ends_anothers_session(store: Store) {
    put(&store, 1).await;
    for which in [
        UserSessions::One(key(1)),
        UserSessions::AllExcept(key(2)),
        UserSessions::AllExcept(key(1)),
        UserSessions::All,
    ] {
        assert_eq!(ended(&store, 2, which).await, [], "{which:?}");
    }
    assert!(store.load(&key(1)).await.unwrap().is_some());
    assert!(store.load_tokens(&key(1)).await.unwrap().is_some());
}

async fn all_sessions_are_paged_by_key(store: Store) {
    // Keys of all kinds, inserted out of order; some have expired.
    let number = |step: u8| step.wrapping_mul(37);
    let mut expected = Vec::new();
    for step in 0..=u8::MAX {
        let session_key = SessionIdHash::from_bytes([number(step); 16]);
        let has_expired = step % 10 == 0;
        let lifetime = if has_expired { EXPIRED } else { seconds(3600) };
        let mut session = session_of(step % 3, step, lifetime);
        session.key = session_key;
        store.create(session).await.unwrap();
        if !has_expired {
            expected.push(session_key);
        }
    }
    expected.sort();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_page(after, 20).await.unwrap();
        assert!(page.len() <= 20);
        let Some(last) = page.last() else { break };
        after = Some(last.key);
        found.extend(keys(&page));
    }
    assert_eq!(found, expected);
}
