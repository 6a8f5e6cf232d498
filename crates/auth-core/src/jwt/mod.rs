//! The tokens that the provider signs, and their verification: ID tokens,
//! access tokens, logout tokens and signed userinfo.
//!
//! One verifier for all: `jws` parses a token and checks its header and its
//! signature, on threads of their own (`signatures`). Then each kind has a table of its
//! claims (`table`): which are required, their types and their checks. The kinds share
//! the allowed algorithms, the clock tolerance and the checks of `checks`.

pub(crate) mod access_token;
pub(crate) mod cache;
pub(crate) mod checks;
pub(crate) mod clocks;
pub(crate) mod id_token;
pub(crate) mod jws;
pub(crate) mod logout_token;
mod signatures;
pub(crate) mod table;
pub(crate) mod user_info;
pub(crate) mod verified_access_token;
