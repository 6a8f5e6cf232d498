//! The tokens that the provider signs, and their verification: ID tokens,
//! access tokens and logout tokens.
//!
//! `openidconnect` verifies the signatures of ID tokens, `jws` those of the
//! other two, with the same keys. All three share the allowed algorithms, the
//! clock leeway and the checks of `checks`.

pub(crate) mod access_token;
pub(crate) mod cache;
pub(crate) mod checks;
pub(crate) mod id_token;
pub(crate) mod jws;
pub(crate) mod logout_token;
pub(crate) mod verified_access_token;
