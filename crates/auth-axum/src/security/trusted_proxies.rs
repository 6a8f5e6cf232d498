//! Proxies in front of the server, and the client address that they report.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, Request},
};
use ipnet::IpNet;
use tower::{Layer, Service};

use crate::RemoteIp;

/// Layer that finds the client's address behind proxies, and inserts it into the
/// request's extensions as [`RemoteIp`].
///
/// It reads `X-Forwarded-For` only if the request comes from one of these
/// proxies: anybody else can write anything into that header. By default no
/// proxy is trusted, and the address is the peer of the connection.
///
/// The server has to be made with
/// [`into_make_service_with_connect_info`](axum::Router::into_make_service_with_connect_info),
/// which tells the peer. Add the layer outside of
/// [`SessionLayer`](crate::SessionLayer).
///
/// ```
/// use auth_axum::TrustedProxies;
/// use axum::Router;
///
/// let proxies: TrustedProxies = "10.0.0.0/8, 192.0.2.7".parse()?;
/// let app: Router = Router::new().layer(proxies);
/// # Ok::<_, auth_axum::InvalidTrustedProxies>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl FromStr for TrustedProxies {
    type Err = InvalidTrustedProxies;

    /// Parses addresses and networks, separated by commas.
    fn from_str(list: &str) -> Result<Self, Self::Err> {
        list.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| {
                item.parse::<IpNet>()
                    .or_else(|_| item.parse::<IpAddr>().map(IpNet::from))
                    .map_err(|_| InvalidTrustedProxies {
                        item: item.to_owned(),
                    })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// A list of proxies has an item that is not an address or a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{item:?} is neither an address nor a network")]
#[non_exhaustive]
pub struct InvalidTrustedProxies {
    /// The item.
    pub item: String,
}

impl TrustedProxies {
    /// Returns the last address that does not belong to a trusted proxy. The
    /// client itself may have written what comes before it in the header.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut address = peer.to_canonical();
        let lines: Vec<_> = headers
            .get_all("x-forwarded-for")
            .iter()
            // A byte that is no text spoils only its own part of the line: a client can
            // send one, and the proxy writes behind it.
            .map(|line| String::from_utf8_lossy(line.as_bytes()))
            .collect();
        let mut forwarded = lines.iter().rev().flat_map(|line| line.rsplit(','));
        while self.trusts(address) {
            let Some(before) = forwarded.next().and_then(parse_address) else {
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

impl<S> Layer<S> for TrustedProxies {
    type Service = TrustedProxiesService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TrustedProxiesService {
            proxies: self.clone(),
            inner,
        }
    }
}

/// The service of [`TrustedProxies`].
#[derive(Clone, Debug)]
pub struct TrustedProxiesService<S> {
    proxies: TrustedProxies,
    inner: S,
}

impl<S, B> Service<Request<B>> for TrustedProxiesService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        if let Some(ConnectInfo(peer)) = peer {
            let address = self.proxies.client(peer.ip(), request.headers());
            request.extensions_mut().insert(RemoteIp(address));
        }
        self.inner.call(request)
    }
}

/// Parses an address, with or without a port, brackets, quotes or an IPv6 zone: some
/// proxies write them.
fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let (bare, _zone) = bare.split_once('%').unwrap_or((bare, ""));
    bare.parse::<IpAddr>()
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
            let line = axum::http::HeaderValue::from_bytes(line.as_bytes()).unwrap();
            headers.append("x-forwarded-for", line);
        }
        let proxies = proxies.parse::<TrustedProxies>().unwrap();
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
            ("10.0.0.1", "10.0.0.1", vec!["[2001:db8::1]"], "2001:db8::1"),
            (
                "10.0.0.1",
                "10.0.0.1",
                vec!["\"[2001:db8::1]:4711\""],
                "2001:db8::1",
            ),
            ("10.0.0.1", "10.0.0.1", vec!["fe80::7%eth0"], "fe80::7"),
            ("10.0.0.1", "10.0.0.1", vec!["[fe80::7%25eth0]"], "fe80::7"),
            (
                "10.0.0.1",
                "10.0.0.1",
                vec!["caf\u{e9}, 203.0.113.9"],
                "203.0.113.9",
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
        let error = "10.0.0.0/8, proxy".parse::<TrustedProxies>().unwrap_err();
        assert!(error.to_string().contains("\"proxy\""), "{error}");
    }
}
