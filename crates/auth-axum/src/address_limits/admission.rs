//! Who may have something done that costs time, and when.

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::OwnedSemaphorePermit;

use super::{
    ClientLimits, LimitExceeded, Limited,
    address::Network,
    places::{PlaceOfKey, Places, PlacesByKey},
};

/// An address, or a network, has sent nothing wrong for a while if at least this part of
/// what it is allowed is there: of 60, all but a few that are being verified at the moment.
const CLEAN: f64 = 0.875;
/// How many tokens of others are verified or carried out at the same time.
const SUSPECTS: usize = 8;
/// How many of them wait. The provider itself may send a great many at once.
const WAITING_SUSPECTS: usize = 1024;
/// How long they wait. A logout that is refused is lost: Logto does not send it again.
const PATIENCE_OF_SUSPECTS: Duration = Duration::from_secs(10);

/// How many sign-ins of one network begin at the same time: half of those that the
/// provider is asked for at the same time, if their requests are pushed.
const SIGN_INS: usize = 4;
/// How many of them wait. More than a network of 24 bits has addresses.
const WAITING_SIGN_INS: usize = 256;
/// How long they wait: as long as a request to the provider.
const PATIENCE_OF_SIGN_INS: Duration = Duration::from_secs(4);

/// The places that all clients share.
#[derive(Debug)]
pub(super) struct SharedPlaces {
    suspects: Places,
    sign_ins: Arc<PlacesByKey<Network>>,
}

impl SharedPlaces {
    pub(super) fn new() -> Self {
        Self {
            suspects: Places::new(SUSPECTS, WAITING_SUSPECTS, PATIENCE_OF_SUSPECTS),
            sign_ins: Arc::new(PlacesByKey::new(|| {
                Places::new(SIGN_INS, WAITING_SIGN_INS, PATIENCE_OF_SIGN_INS)
            })),
        }
    }
}

/// Something that is verified now. It counts as a failure until it is known to be
/// none.
#[must_use]
#[derive(Debug)]
pub(crate) struct Admission {
    limits: ClientLimits,
    limited: Limited,
    /// What to say if it turns out to be wrong: the client had used up what it is
    /// allowed.
    exceeded: Option<LimitExceeded>,
    is_taken_from_network: bool,
    _place: Option<OwnedSemaphorePermit>,
}

impl ClientLimits {
    /// Lets a client have something verified that may be valid. An address goes first if
    /// neither it nor another of its network has sent something wrong, others wait for a
    /// place: so a flood of forged tokens delays no valid one from another network, also
    /// if its sender has a network and each token comes from a new address. An address
    /// whose token was valid does not wait because of its network. Fails if too many wait,
    /// or for too long.
    pub(crate) async fn admit(&self, limited: Limited) -> Result<Admission, LimitExceeded> {
        let mut admission = Admission {
            limits: self.clone(),
            limited,
            exceeded: None,
            is_taken_from_network: false,
            _place: None,
        };
        let Some((shared, address)) = &self.0 else {
            return Ok(admission);
        };
        let of_address = shared.buckets.take(limited, *address);
        let of_network = shared.networks.take(limited, address.network());
        admission.exceeded = of_address.err();
        admission.is_taken_from_network = of_network.is_ok();
        let is_clean = |part: Result<f64, _>| part.is_ok_and(|part| part >= CLEAN);
        let is_trusted = is_clean(of_network) || shared.senders.contains(*address);
        if !(is_clean(of_address) && is_trusted) {
            admission._place = shared.places.suspects.take().await;
            if admission._place.is_none() {
                // Nobody knows whether it was wrong.
                admission.was_no_failure();
                return Err(LimitExceeded {
                    retry_after: PATIENCE_OF_SUSPECTS,
                });
            }
        }
        Ok(admission)
    }

    /// Waits for one of the places that the client's network has for sign-ins that
    /// begin.
    pub(crate) async fn sign_in_place(&self) -> Result<SignInPlace, LimitExceeded> {
        let Some((shared, address)) = &self.0 else {
            return Ok(SignInPlace(None));
        };
        let place = shared.places.sign_ins.take(address.network()).await;
        let place = place.ok_or(LimitExceeded {
            retry_after: PATIENCE_OF_SIGN_INS,
        })?;
        Ok(SignInPlace(Some(place)))
    }
}

impl Admission {
    /// Notes that it was valid: so the address is the provider's.
    pub(crate) fn was_valid(self) {
        if let Some((shared, address)) = &self.limits.0 {
            shared.senders.remember(*address);
        }
        self.was_no_failure();
    }

    /// Notes that it was valid, or that nobody knows.
    pub(crate) fn was_no_failure(self) {
        if self.exceeded.is_none() {
            self.limits.give_back(self.limited, 1);
        }
        if let (true, Some((shared, address))) = (self.is_taken_from_network, &self.limits.0) {
            (shared.networks).give_back(self.limited, address.network(), 1);
        }
    }

    /// Notes that it was wrong. Fails if the client had used up what it is allowed.
    pub(crate) fn was_a_failure(self) -> Result<(), LimitExceeded> {
        self.exceeded.map_or(Ok(()), Err)
    }
}

/// A place for a sign-in that begins, until it is dropped.
pub(crate) struct SignInPlace(#[allow(dead_code, reason = "held")] Option<PlaceOfKey<Network>>);

impl fmt::Debug for SignInPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInPlace")
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::{
        extract::ConnectInfo,
        http::{Extensions, HeaderMap},
    };

    use crate::address_limits::AddressLimits;

    use super::*;

    fn client(limits: &AddressLimits) -> ClientLimits {
        neighbour(limits, 9)
    }

    /// An address of one network.
    fn neighbour(limits: &AddressLimits, number: u8) -> ClientLimits {
        let mut extensions = Extensions::new();
        let peer = SocketAddr::from(([203, 0, 113, number], 50_000));
        extensions.insert(ConnectInfo(peer));
        limits.of_client(&HeaderMap::new(), &extensions)
    }

    #[tokio::test]
    async fn the_first_of_an_address_is_no_suspect_whatever_the_limit() {
        for per_minute in [1, 5, 7, 8, 60] {
            let limits = AddressLimits::per_minute(per_minute);
            let first = client(&limits).admit(Limited::ProviderCalls).await.unwrap();
            assert!(first._place.is_none(), "{per_minute}");
            let exceeded = first.was_a_failure();
            assert!(exceeded.is_ok(), "{per_minute}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_has_sent_several_wrong_ones_needs_a_place() {
        let limits = AddressLimits::per_minute(60);
        for number in 1..=60 {
            let admission = client(&limits).admit(Limited::ProviderCalls).await;
            let admission = admission.unwrap();
            assert_eq!(admission._place.is_some(), number > 8, "{number}");
            admission.was_a_failure().unwrap();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_sent_a_valid_one_does_not_wait_because_of_its_network() {
        let limits = AddressLimits::per_minute(60);
        let admit = async |number| {
            let client = neighbour(&limits, number);
            client.admit(Limited::ProviderCalls).await.unwrap()
        };
        admit(1).await.was_valid();
        for number in 100..109 {
            admit(number).await.was_a_failure().unwrap();
        }
        assert!(admit(1).await._place.is_none());
        assert!(admit(2).await._place.is_some());
        // What it has sent itself counts.
        for _ in 0..9 {
            admit(1).await.was_a_failure().unwrap();
        }
        assert!(admit(1).await._place.is_some());
    }

    /// They are not admitted, and count too.
    #[tokio::test(start_paused = true)]
    async fn malformed_ones_make_an_address_a_suspect() {
        let limits = AddressLimits::per_minute(60);
        for _ in 0..9 {
            client(&limits).take(Limited::ProviderCalls).unwrap();
        }
        let admission = client(&limits).admit(Limited::ProviderCalls).await;
        assert!(admission.unwrap()._place.is_some());
    }

    /// Nothing was taken for it.
    #[tokio::test(start_paused = true)]
    async fn a_valid_one_over_the_limit_gives_nothing_back() {
        let limits = AddressLimits::per_minute(1);
        let admit = async || client(&limits).admit(Limited::ProviderCalls).await.unwrap();
        admit().await.was_a_failure().unwrap();
        admit().await.was_no_failure();
        admit().await.was_a_failure().unwrap_err();
    }
}
