//! Limits for each address: what only somebody does who guesses, forges or floods.

mod address;
mod admission;
mod buckets;
mod places;
mod senders;

use std::{
    net::IpAddr,
    sync::{Arc, Once},
    time::Duration,
};

use axum::http::{
    Extensions, HeaderMap, HeaderValue, Response, StatusCode,
    header::{FORWARDED, RETRY_AFTER},
};

use self::{
    address::{Address, Network, Origin},
    admission::SharedPlaces,
    buckets::Buckets,
    senders::Senders,
};

/// Limits, for each address, what fails or is not finished.
///
/// | what counts | who is not limited |
/// |---|---|
/// | sign-ins that were begun and not completed | a sign-in that is completed gives back what it took |
/// | callbacks that failed | callbacks that complete a sign-in, never |
/// | back-channel logouts and webhooks that are not valid | valid ones never: Logto does not send them again |
/// | access tokens that are not valid, at a [`ProtectedApi`](crate::ProtectedApi) | valid and expired ones never |
///
/// An address may have 60 of each at once and 60 more in each minute, enough for people
/// who share one address. More is answered with 429 and `Retry-After`. The addresses of
/// one IPv6 network of 64 bits count as one, because one client has them all.
///
/// Of one network (IPv4: 24 bits, IPv6: 48) four sign-ins begin at the same time, and the
/// others wait, so that a network cannot take all places for requests to the provider
/// where sign-ins are pushed. Logout tokens of an address are verified first if neither it
/// nor another of its network has sent wrong ones, or if it has not and a token of its own
/// was valid; those of others wait, and are answered 429 if more than a thousand do.
///
/// The limits are per process, and at most 20,000 addresses and as many networks are remembered.
///
/// # Behind a proxy
///
/// The address is that of [`RemoteIp`](crate::RemoteIp), which
/// [`TrustedProxies`](crate::TrustedProxies) finds, otherwise the peer of the
/// connection. A peer with a private address is perhaps a proxy that is not listed, and
/// everybody would share its limits: so there are none then, and a warning in the log
/// names `TRUSTED_PROXIES`. One with a public address counts as a client; if it sends
/// `X-Forwarded-For` or `Forwarded`, a warning says so. Without the peer's address
/// ([`serve`](crate::serve) tells it) there are none either.
///
/// [`with_auth`](crate::WithAuth::with_auth) and [`ProtectedApi`](crate::ProtectedApi)
/// have the default limits; `with_address_limits` changes them.
#[derive(Clone, Debug)]
#[must_use]
pub struct AddressLimits(Option<Arc<Shared>>);

/// What all clients share.
#[derive(Debug)]
struct Shared {
    buckets: Buckets<Address>,
    /// What is admitted counts for the networks too.
    networks: Buckets<Network>,
    senders: Senders,
    places: SharedPlaces,
    /// Whether there was a warning of a peer that is perhaps a proxy.
    warned_of_public_peer: Once,
}

/// The default of [`AddressLimits::per_minute`].
const PER_MINUTE: u32 = 60;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Limited {
    /// Sign-ins that are not completed.
    SignIns,
    /// Callbacks that failed.
    Callbacks,
    /// Back-channel logouts and webhooks that are not valid.
    ProviderCalls,
    /// Access tokens that are not valid.
    AccessTokens,
}

impl AddressLimits {
    /// Allows an address this many at once, and as many more in each minute. Zero
    /// counts as one.
    pub fn per_minute(number: u32) -> Self {
        let number = number.max(1);
        Self(Some(Arc::new(Shared {
            buckets: Buckets::new(number),
            networks: Buckets::new(number),
            senders: Senders::new(),
            places: SharedPlaces::new(),
            warned_of_public_peer: Once::new(),
        })))
    }

    /// Limits nothing.
    pub const fn off() -> Self {
        Self(None)
    }

    /// Returns the limits of the client that sent a request.
    pub(crate) fn of_client(&self, headers: &HeaderMap, extensions: &Extensions) -> ClientLimits {
        let limits = self.0.as_ref().and_then(|shared| {
            let is_forwarded =
                || headers.contains_key("x-forwarded-for") || headers.contains_key(FORWARDED);
            let address = match Origin::of(extensions) {
                Origin::Client(address) => address,
                Origin::Peer(peer) => {
                    if is_forwarded() {
                        let warned = &shared.warned_of_public_peer;
                        warned.call_once(|| warn_of_public_peer(peer));
                    }
                    Address::new(peer)
                }
                Origin::Unknown => return None,
                Origin::Private(peer) => {
                    if !peer.is_loopback() || is_forwarded() {
                        warn_of_private_peer(peer);
                    }
                    return None;
                }
            };
            Some((Arc::clone(shared), address))
        });
        ClientLimits(limits)
    }
}

impl Default for AddressLimits {
    fn default() -> Self {
        Self::per_minute(PER_MINUTE)
    }
}

fn warn_of_private_peer(peer: IpAddr) {
    static WARNED: Once = Once::new();

    WARNED.call_once(|| {
        tracing::warn!(
            %peer,
            "requests come from a private address that is not in TRUSTED_PROXIES (the layer \
             TrustedProxies): if it is a proxy, the addresses of its clients are unknown, so \
             nothing is limited by address. Add the proxy to TRUSTED_PROXIES, or switch the limits \
             off (ADDRESS_LIMIT=off, AddressLimits::off)"
        );
    });
}

/// Anybody can send the header, so it is perhaps no proxy.
fn warn_of_public_peer(peer: IpAddr) {
    tracing::warn!(
        %peer,
        "a request that names the address of a client (X-Forwarded-For, Forwarded) comes from an \
         address that is not in TRUSTED_PROXIES (the layer TrustedProxies): if it is your proxy, \
         all of its users share the limits of one address. Add the proxy to TRUSTED_PROXIES; if \
         it is not yours, ignore this warning"
    );
}

/// The limits of the client that sent a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClientLimits(Option<(Arc<Shared>, Address)>);

/// The client has used up what it is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LimitExceeded {
    /// When to try again.
    pub(crate) retry_after: Duration,
}

impl ClientLimits {
    /// Takes one.
    pub(crate) fn take(&self, limited: Limited) -> Result<(), LimitExceeded> {
        match &self.0 {
            Some((shared, address)) => shared.buckets.take(limited, *address).map(drop),
            None => Ok(()),
        }
    }

    /// Gives back what was not a failure after all.
    pub(crate) fn give_back(&self, limited: Limited, number: u32) {
        if let Some((shared, address)) = &self.0 {
            shared.buckets.give_back(limited, *address, number);
        }
    }
}

impl LimitExceeded {
    /// Makes a response that of a client that has used up what it is allowed (RFC 6585
    /// §4).
    pub(crate) fn set<B>(self, response: &mut Response<B>) {
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        let seconds = self.retry_after.as_secs().saturating_add(1);
        let seconds = HeaderValue::from(seconds);
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
}
