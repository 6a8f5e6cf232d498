//! Which URLs may carry secrets.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Returns whether a URL may carry secrets: over TLS, or within this machine.
pub(crate) fn is_secure(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Returns whether the host of a URL is this machine: `localhost`, a name under
/// it (RFC 6761 §6.3), or a loopback address.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(Host::Ipv6(address)) => Ipv6Addr::is_loopback(&address),
        None => false,
    }
}
