//! The device on which a session began: IP address, browser and operating system.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Serialize};

use crate::config::client_address::ClientAddress;

/// The device that sends a request, from the connection and the headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceInfo {
    /// The browser's IP address; behind a proxy, the address that the proxy saw.
    pub address: Option<IpAddr>,
    /// The value of the header `User-Agent`.
    pub user_agent: Option<String>,
}

impl DeviceInfo {
    /// Creates the description of a device from its IP address and `User-Agent`.
    pub fn new(address: Option<IpAddr>, user_agent: Option<String>) -> Self {
        Self {
            address,
            user_agent,
        }
    }
}

/// The part of a [`DeviceInfo`] that is stored. It is personal, so it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredDevice {
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<IpAddr>,
    /// How many of its bits are kept; `None` for all.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub(crate) prefix: Option<u8>,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub(crate) browser: Option<String>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) system: Option<String>,
}

/// Texts in `User-Agent` and the names of browsers, most specific first: nearly
/// all browsers also name Chrome or Safari.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Unix"),
];

impl StoredDevice {
    /// Keeps the names of browser and operating system without versions: users can
    /// recognize their own devices, and nobody can be tracked.
    pub(crate) fn of(device_info: &DeviceInfo, kept: ClientAddress) -> Self {
        let agent = device_info.user_agent.as_deref().unwrap_or_default();
        let named = |names: &[(&str, &str)]| {
            names
                .iter()
                .find(|(mark, _)| agent.contains(mark))
                .map(|&(_, name)| name.to_owned())
        };
        let kept = device_info.address.and_then(|address| kept.of(address));
        let (address, prefix) = kept.unzip();
        Self {
            address,
            prefix: prefix.flatten(),
            browser: named(&BROWSERS),
            system: named(&SYSTEMS),
        }
    }

    /// Returns the address for a list, as it was kept or, if less may be kept now,
    /// as it would be.
    pub(crate) fn address_text(&self, kept: ClientAddress) -> Option<String> {
        let address = self.address?;
        match (self.prefix, kept) {
            (Some(_), ClientAddress::None) => None,
            (Some(prefix), _) => Some(format!("{address}/{prefix}")),
            (None, kept) => kept.text(address),
        }
    }

    /// Returns the description of an unknown device.
    pub(crate) const fn unknown() -> Self {
        Self {
            address: None,
            prefix: None,
            browser: None,
            system: None,
        }
    }
}

/// Prints for example *Firefox on Linux*.
impl fmt::Display for StoredDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.browser, &self.system) {
            (Some(browser), Some(system)) => write!(f, "{browser} on {system}"),
            (Some(name), None) | (None, Some(name)) => f.write_str(name),
            (None, None) => f.write_str("Unknown browser"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_systems_are_recognized() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iOS",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, \
                 like Gecko) Version/18.1 Safari/605.1.15",
                "Safari on macOS",
            ),
            ("curl/8.5.0", "Unknown browser"),
            ("", "Unknown browser"),
        ] {
            let device_info = DeviceInfo::new(None, Some(agent.to_owned()));
            let device = StoredDevice::of(&device_info, ClientAddress::default());
            assert_eq!(device.to_string(), name, "{agent}");
        }
    }

    #[test]
    fn an_address_is_listed_as_it_was_kept() {
        let address = "192.0.2.7".parse().unwrap();
        let device_info = DeviceInfo::new(Some(address), None);
        let listed = |kept, shown| StoredDevice::of(&device_info, kept).address_text(shown);
        let (truncated, full) = (ClientAddress::Truncated, ClientAddress::Full);
        assert_eq!(listed(full, full).unwrap(), "192.0.2.7");
        assert_eq!(listed(truncated, truncated).unwrap(), "192.0.2.0/24");
        // The setting was changed since.
        assert_eq!(listed(truncated, full).unwrap(), "192.0.2.0/24");
        assert_eq!(listed(full, truncated).unwrap(), "192.0.2.0/24");
        assert_eq!(listed(full, ClientAddress::None), None);
        assert_eq!(listed(ClientAddress::None, full), None);
        // Sealed before addresses were truncated.
        let former: StoredDevice = serde_json::from_str(r#"{"a":"192.0.2.7"}"#).unwrap();
        assert_eq!(former.address_text(truncated).unwrap(), "192.0.2.0/24");
    }
}
