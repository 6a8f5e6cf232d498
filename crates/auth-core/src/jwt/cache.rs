//! Recently verified access tokens. A caller sends the same token with every
//! request, and verifying a signature takes a millisecond.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Mutex, PoisonError},
};

use sha2::{Digest as _, Sha256};
use time::{Duration, OffsetDateTime};

use super::verified_access_token::VerifiedAccessToken;

/// The most tokens kept.
const MAX_TOKENS: usize = 4096;
/// How long a token is kept. It limits how long a key that the provider has
/// removed stays in use here.
const LIFETIME: Duration = Duration::seconds(60);

/// The hash of a token. Tokens themselves are not kept.
type Key = [u8; 32];

/// Keeps the newest [`MAX_TOKENS`] tokens for [`LIFETIME`].
#[derive(Default)]
pub(crate) struct TokenCache(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    tokens: HashMap<Key, (OffsetDateTime, VerifiedAccessToken)>,
    /// Oldest first. All are kept equally long, so the first one is removed
    /// first.
    order: VecDeque<(OffsetDateTime, Key)>,
}

/// Returns whether a token verified at `since` is still kept. A clock that was
/// set back must not prolong that.
fn is_kept(since: OffsetDateTime, now: OffsetDateTime) -> bool {
    since <= now && now - since < LIFETIME
}

impl TokenCache {
    pub(crate) fn key(token: &str) -> Key {
        Sha256::digest(token).into()
    }

    /// Returns a verified token. The caller has to check whether it has expired
    /// since.
    pub(crate) fn get(&self, key: &Key, now: OffsetDateTime) -> Option<VerifiedAccessToken> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, token) = remembered.tokens.get(key)?;
        is_kept(*since, now).then(|| token.clone())
    }

    pub(crate) fn put(&self, key: Key, token: VerifiedAccessToken, now: OffsetDateTime) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Remembered { tokens, order } = &mut *remembered;
        while let Some((since, oldest)) = order.front()
            && (order.len() >= MAX_TOKENS || !is_kept(*since, now))
        {
            // A token that was verified again has a later entry too.
            if tokens.get(oldest).is_some_and(|(at, _)| at == since) {
                tokens.remove(oldest);
            }
            order.pop_front();
        }
        tokens.insert(key, (now, token));
        order.push_back((now, key));
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;
    use crate::jwt::verified_access_token::Content;

    const START: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn token() -> VerifiedAccessToken {
        VerifiedAccessToken::new(Content {
            sub: "user-1".to_owned(),
            client_id: None,
            scope: Vec::new(),
            organization_id: None,
            expires_at: START,
            issued_at: START,
            jti: None,
            claims: Map::new(),
        })
    }

    fn sizes(tokens: &TokenCache) -> (usize, usize) {
        let remembered = tokens.0.lock().unwrap();
        (remembered.tokens.len(), remembered.order.len())
    }

    #[test]
    fn the_oldest_entry_is_evicted_first() {
        let tokens = TokenCache::default();
        let key = |number: usize| TokenCache::key(&number.to_string());
        for number in 0..MAX_TOKENS + 10 {
            tokens.put(key(number), token(), START);
        }
        assert_eq!(sizes(&tokens), (MAX_TOKENS, MAX_TOKENS));
        assert!(tokens.get(&key(9), START).is_none());
        assert!(tokens.get(&key(10), START).is_some());
        tokens.put(key(0), token(), START + LIFETIME);
        assert_eq!(sizes(&tokens), (1, 1), "those past their time go too");
    }

    #[test]
    fn verifying_a_token_again_renews_its_entry() {
        let tokens = TokenCache::default();
        let (first, other) = (TokenCache::key("a"), TokenCache::key("b"));
        tokens.put(first, token(), START);
        tokens.put(first, token(), START + LIFETIME / 2);
        tokens.put(other, token(), START + LIFETIME);
        assert!(tokens.get(&first, START + LIFETIME).is_some());
        assert_eq!(sizes(&tokens), (2, 2));
    }

    #[test]
    fn entries_expire_even_if_the_clock_is_set_back() {
        let tokens = TokenCache::default();
        let key = TokenCache::key("a");
        tokens.put(key, token(), START);
        assert!(tokens.get(&key, START - Duration::SECOND).is_none());
    }
}
