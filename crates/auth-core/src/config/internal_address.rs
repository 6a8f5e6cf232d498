//! A provider that this server reaches at another address than browsers do: in a
//! network of containers, for example.

use openidconnect::http::Uri;
use serde_json::{Map, Value};
use url::Url;

/// The addresses of one provider: scheme, host and port.
#[derive(Clone, Debug)]
pub(crate) struct InternalAddress {
    /// What browsers use, and what the issuer begins with.
    public: String,
    /// What this server uses.
    internal: String,
}

impl InternalAddress {
    /// `internal` has only scheme, host and port.
    pub(crate) fn new(issuer: &Url, internal: &Url) -> Self {
        Self {
            public: issuer.origin().ascii_serialization(),
            internal: internal.origin().ascii_serialization(),
        }
    }

    /// Returns where to send a request for a public address of the provider.
    pub(crate) fn inward(&self, address: &Uri) -> Option<Uri> {
        swap(&address.to_string(), &self.public, &self.internal)?
            .parse()
            .ok()
    }

    /// Makes the addresses in a discovery document public: a provider may build
    /// them from the header `Host`. Browsers are sent to some of them. The issuer
    /// stays: it is compared, not called.
    pub(crate) fn outward(&self, document: &mut Map<String, Value>) {
        for (name, value) in document {
            if name != "issuer"
                && let Value::String(address) = value
                && let Some(public) = swap(address, &self.internal, &self.public)
            {
                *address = public;
            }
        }
    }
}

/// Replaces the origin `from`; returns `None` for an address of another origin.
fn swap(address: &str, from: &str, to: &str) -> Option<String> {
    let rest = address.strip_prefix(from)?;
    (rest.is_empty() || rest.starts_with(['/', '?'])).then(|| format!("{to}{rest}"))
}
