//! Sign-in: the authorization code flow with PKCE, `state` and `nonce` (OpenID
//! Connect Core §3.1, RFC 7636).
//!
//! [`begin`] builds the request ([`options`], [`from_browser`], [`request`], [`pushed`]) and
//! remembers it in a cookie ([`pending`]). [`complete`] reads the provider's
//! answer ([`callback`]), exchanges the code ([`exchange`]) and begins the
//! session.

pub(crate) mod begin;
pub(crate) mod callback;
pub(crate) mod complete;
pub(crate) mod exchange;
pub(crate) mod first_screen;
pub(crate) mod from_browser;
pub(crate) mod options;
pub(crate) mod pending;
pub(crate) mod pushed;
pub(crate) mod replaced_session;
pub(crate) mod request;
