//! How much of the address of a browser is kept.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{builder::ConfigBuilder, error::ConfigProblem};

/// How much of the address of a browser is kept, in the list of sessions and in
/// logs (`AUTH_CLIENT_ADDRESS`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAddress {
    /// Nothing.
    None,
    /// The network: the first 24 bits of an IPv4 address, and the first 48 of an
    /// IPv6 address. That tells *at home* from *abroad*. It names no device and, as
    /// providers give a household 48 to 64 bits, no household for certain.
    #[default]
    Truncated,
    /// All of it.
    Full,
}

impl ClientAddress {
    /// Returns what is kept of an address: the address or, with the length of its
    /// prefix, its network.
    pub(crate) fn of(self, address: IpAddr) -> Option<(IpAddr, Option<u8>)> {
        // A socket that listens to IPv4 and IPv6 maps IPv4 addresses.
        let address = address.to_canonical();
        match (self, address) {
            (Self::None, _) => None,
            (Self::Full, _) => Some((address, None)),
            (Self::Truncated, IpAddr::V4(address)) => {
                let network = Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << 8));
                Some((network.into(), Some(24)))
            }
            (Self::Truncated, IpAddr::V6(address)) => {
                let network = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80));
                Some((network.into(), Some(48)))
            }
        }
    }

    /// Returns what is kept of an address, as text: `192.0.2.7` or
    /// `192.0.2.0/24`.
    pub fn text(self, address: IpAddr) -> Option<String> {
        let (address, prefix) = self.of(address)?;
        Some(match prefix {
            Some(prefix) => format!("{address}/{prefix}"),
            None => address.to_string(),
        })
    }
}

impl ConfigBuilder {
    /// Sets how much of the address of a browser is kept. Default:
    /// [`ClientAddress::Truncated`].
    #[must_use]
    pub fn client_address(mut self, kept: ClientAddress) -> Self {
        self.client_address = kept;
        self
    }
}

pub(super) fn read(value: &str) -> Result<ClientAddress, ConfigProblem> {
    match value {
        "none" => Ok(ClientAddress::None),
        "truncated" => Ok(ClientAddress::Truncated),
        "full" => Ok(ClientAddress::Full),
        other => Err(ConfigProblem::new(
            "AUTH_CLIENT_ADDRESS",
            format!("is {other:?}, which is not one of none, truncated and full"),
            "set it to truncated, or remove it",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_an_address() {
        for (kept, address, text) in [
            (ClientAddress::None, "192.0.2.7", None),
            (ClientAddress::None, "2001:db8:1:2::7", None),
            (ClientAddress::Truncated, "192.0.2.7", Some("192.0.2.0/24")),
            (
                ClientAddress::Truncated,
                "::ffff:192.0.2.7",
                Some("192.0.2.0/24"),
            ),
            (
                ClientAddress::Truncated,
                "2001:db8:1:2::7",
                Some("2001:db8:1::/48"),
            ),
            (ClientAddress::Truncated, "::1", Some("::/48")),
            (ClientAddress::Full, "192.0.2.7", Some("192.0.2.7")),
            (ClientAddress::Full, "::ffff:192.0.2.7", Some("192.0.2.7")),
            (
                ClientAddress::Full,
                "2001:db8:1:2::7",
                Some("2001:db8:1:2::7"),
            ),
        ] {
            let found = kept.text(address.parse().unwrap());
            assert_eq!(found.as_deref(), text, "{kept:?} {address}");
        }
    }
}
