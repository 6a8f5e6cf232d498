//! Who a request comes from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::{extract::ConnectInfo, http::Extensions};

use crate::RemoteIp;

/// A client as it is limited: an IPv4 address, or an IPv6 network of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address(IpAddr);

impl Address {
    pub(super) fn new(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
        })
    }
}

/// The network of a client, as it may be one sender's: an IPv4 network of 24 bits, or
/// an IPv6 network of 48.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Network(IpAddr);

impl Address {
    pub(super) fn network(self) -> Network {
        Network(match self.0 {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Ipv4Addr::new(a, b, c, 0).into()
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
            }
        })
    }
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A client, through a proxy that is listed.
    Client(Address),
    /// A client, directly. Or it is a proxy with a public address that is not listed.
    Peer(IpAddr),
    /// A private address that is not that of a listed proxy. Perhaps it is a proxy.
    Private(IpAddr),
    /// The server does not say.
    Unknown,
}

impl Origin {
    pub(super) fn of(extensions: &Extensions) -> Self {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(peer)| peer.ip().to_canonical());
        let remote = extensions.get::<RemoteIp>();
        match remote.map(|RemoteIp(remote)| remote.to_canonical()) {
            // `TrustedProxies` says the peer's own address if it lists none.
            Some(remote) if Some(remote) != peer => Self::Client(Address::new(remote)),
            _ => match peer {
                Some(peer) if is_private(peer) => Self::Private(peer),
                Some(peer) => Self::Peer(peer),
                None => Self::Unknown,
            },
        }
    }
}

/// Returns whether an address is not one of the public internet.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || is_shared(address)
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unique_local()
                || address.is_unicast_link_local()
                || address.is_unspecified()
        }
    }
}

/// Returns whether an address is one that carriers use inside of their networks (RFC
/// 6598), and some platforms between a load balancer and the application.
fn is_shared(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    a == 100 && (64..128).contains(&b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(peer: Option<&str>, remote: Option<&str>) -> Origin {
        let mut extensions = Extensions::new();
        if let Some(peer) = peer {
            let peer = SocketAddr::new(peer.parse().unwrap(), 1234);
            extensions.insert(ConnectInfo(peer));
        }
        if let Some(remote) = remote {
            extensions.insert(RemoteIp(remote.parse().unwrap()));
        }
        Origin::of(&extensions)
    }

    fn client(address: &str) -> Origin {
        Origin::Client(Address::new(address.parse().unwrap()))
    }

    #[test]
    fn a_client_is_who_is_not_perhaps_a_proxy() {
        assert_eq!(origin(None, None), Origin::Unknown);
        let direct = Origin::Peer("203.0.113.9".parse().unwrap());
        assert_eq!(origin(Some("203.0.113.9"), None), direct);
        assert_eq!(origin(Some("::ffff:203.0.113.9"), None), direct);
        // Through a listed proxy.
        let via = origin(Some("10.0.0.1"), Some("203.0.113.9"));
        assert_eq!(via, client("203.0.113.9"));
        let intranet = origin(Some("10.0.0.1"), Some("10.1.2.3"));
        assert_eq!(intranet, client("10.1.2.3"));
        for peer in [
            "10.0.0.1",
            "127.0.0.1",
            "100.64.0.1",
            "fd00::1",
            "::1",
            "fe80::1",
        ] {
            let private = Origin::Private(peer.parse().unwrap());
            assert_eq!(origin(Some(peer), None), private, "{peer}");
            assert_eq!(origin(Some(peer), Some(peer)), private, "{peer}");
        }
    }

    #[test]
    fn a_network_of_64_bits_is_one_client() {
        let [one, same, other] = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"]
            .map(|address| Address::new(address.parse().unwrap()));
        assert_eq!(one, same);
        assert_ne!(one, other);
        assert_eq!(one.network(), other.network());
    }
}
