//! Addresses whose logout tokens were valid: the provider's.

use std::sync::{Mutex, PoisonError};

use lru::LruCache;

use super::address::Address;

/// The most addresses that are remembered; the one whose token is longest ago is
/// forgotten. A provider has a few.
const MAX: usize = 256;

#[derive(Debug)]
pub(super) struct Senders(Mutex<LruCache<Address, ()>>);

impl Senders {
    pub(super) fn new() -> Self {
        // It allocates all its memory at once if it has a limit.
        Self(Mutex::new(LruCache::unbounded()))
    }

    pub(super) fn remember(&self, address: Address) {
        let mut senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        senders.put(address, ());
        while senders.len() > MAX {
            senders.pop_lru();
        }
    }

    pub(super) fn contains(&self, address: Address) -> bool {
        let senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        senders.contains(&address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_whose_token_is_longest_ago_is_forgotten() {
        let senders = Senders::new();
        let address = |number: usize| {
            let ip = std::net::Ipv4Addr::from(u32::try_from(number).unwrap());
            Address::new(ip.into())
        };
        for number in 0..MAX {
            senders.remember(address(number));
        }
        senders.remember(address(0));
        senders.remember(address(MAX));
        assert!(senders.contains(address(0)) && senders.contains(address(MAX)));
        assert!(!senders.contains(address(1)));
    }
}
