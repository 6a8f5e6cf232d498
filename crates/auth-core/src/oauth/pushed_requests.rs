//! Whether authorization requests are pushed.

/// Whether the parameters of a sign-in are pushed to the provider before the browser is
/// sent there (RFC 9126), and the browser carries only a reference to them.
///
/// The browser and its extensions can then neither read nor change them. But each
/// sign-in that anybody begins costs a request to the provider, before it is known who
/// the user is. PKCE, `state` and `nonce` protect a sign-in either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushedRequests {
    /// Only if the provider's discovery document says
    /// `require_pushed_authorization_requests`.
    #[default]
    WhenRequired,
    /// Always. A provider without an endpoint for it is an error.
    Always,
    /// Never, for a provider that lists the endpoint but does not let this application
    /// use it.
    Never,
}

impl PushedRequests {
    /// Returns the value with this name, as in `AUTH_LOGTO_PUSHED_REQUESTS`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "when_required" => Some(Self::WhenRequired),
            "always" => Some(Self::Always),
            "never" => Some(Self::Never),
            _ => None,
        }
    }

    pub(crate) const fn are_sent(self, is_required: bool) -> bool {
        match self {
            Self::WhenRequired => is_required,
            Self::Always => true,
            Self::Never => false,
        }
    }
}
