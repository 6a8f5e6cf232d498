//! Proxies before this server, and what they say about where a request comes
//! from.

use std::net::{IpAddr, SocketAddr};

use auth_core::ConfigProblem;
use auth_leptos::RemoteIp;
use axum::{
    extract::{ConnectInfo, Request},
    http::HeaderMap,
};
use ipnet::IpNet;

/// The proxies whose `X-Forwarded-For` is believed. Anybody else could write
/// anything there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub(crate) const SETTING: &str = "TRUSTED_PROXIES";

    /// Reads addresses and networks, separated by commas: `10.0.0.0/8,
    /// 192.0.2.7`.
    pub(crate) fn parse(list: &str) -> Result<Self, ConfigProblem> {
        list.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| {
                item.parse::<IpNet>()
                    .or_else(|_| item.parse::<IpAddr>().map(IpNet::from))
                    .map_err(|_| {
                        ConfigProblem::new(
                            Self::SETTING,
                            format!("{item:?} is neither an address nor a network"),
                            "write it like 10.0.0.0/8, 192.0.2.7",
                        )
                    })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Notes the client's address for the list of devices.
    pub(crate) fn note_address(&self, mut request: Request) -> Request {
        let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
        if let Some(ConnectInfo(peer)) = connection {
            let address = self.client(peer.ip(), request.headers());
            request.extensions_mut().insert(RemoteIp(address));
        }
        request
    }

    /// The last address that no trusted proxy has: what stands before it in
    /// the header, the client may have written itself.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut address = peer.to_canonical();
        let lines: Vec<_> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|line| line.to_str().ok())
            .collect();
        let mut told = lines.iter().rev().flat_map(|line| line.rsplit(','));
        while self.trusts(address) {
            let Some(before) = told.next().and_then(parse_address) else {
                break;
            };
            address = before;
        }
        address
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Some proxies add the port.
fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let proxies = TrustedProxies::parse(proxies).unwrap();
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        for (proxies, peer, forwarded, expected) in [
            // Nobody is trusted by default.
            ("", "127.0.0.1", vec!["203.0.113.9"], "127.0.0.1"),
            ("10.0.0.0/8", "10.0.0.1", vec!["203.0.113.9"], "203.0.113.9"),
            ("10.0.0.0/8", "192.0.2.1", vec!["203.0.113.9"], "192.0.2.1"),
            // What the client wrote itself stands first, and is not reached.
            (
                "10.0.0.0/8",
                "10.0.0.1",
                vec!["198.51.100.1, 203.0.113.9, 10.0.0.2"],
                "203.0.113.9",
            ),
            (
                "10.0.0.0/8",
                "10.0.0.1",
                vec!["198.51.100.1", "203.0.113.9"],
                "203.0.113.9",
            ),
            (
                "10.0.0.1",
                "10.0.0.1",
                vec!["203.0.113.9:4711"],
                "203.0.113.9",
            ),
            (
                "10.0.0.1",
                "::ffff:10.0.0.1",
                vec!["2001:db8::7"],
                "2001:db8::7",
            ),
            ("10.0.0.1", "10.0.0.1", vec!["unknown"], "10.0.0.1"),
            ("10.0.0.1", "10.0.0.1", vec![], "10.0.0.1"),
            (
                "::/0, 0.0.0.0/0",
                "10.0.0.1",
                vec!["192.0.2.1"],
                "192.0.2.1",
            ),
        ] {
            assert_eq!(
                client(proxies, peer, &forwarded),
                expected,
                "{proxies} {peer} {forwarded:?}"
            );
        }
    }

    #[test]
    fn what_is_no_network_is_said() {
        let problem = TrustedProxies::parse("10.0.0.0/8, proxy").unwrap_err();
        assert!(problem.to_string().contains("\"proxy\""), "{problem}");
    }
}
