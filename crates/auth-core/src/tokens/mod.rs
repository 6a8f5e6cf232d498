//! The tokens of a session. They stay on the server: sealed in the store, and
//! with no way to print them.
//!
//! [`access_token`] answers from the stored tokens ([`set`]) if it can, and
//! starts a refresh ([`refresh`]) otherwise.

pub(crate) mod access_token;
pub(crate) mod ended;
pub(crate) mod grant;
pub(crate) mod lease;
pub(crate) mod places;
pub(crate) mod refresh;
pub(crate) mod request;
pub(crate) mod revoke;
pub(crate) mod set;
pub(crate) mod stored;
pub(crate) mod turns;
