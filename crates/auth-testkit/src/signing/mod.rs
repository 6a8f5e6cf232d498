//! Keys, signatures, and changes that make a token wrong in one place.
//!
//! Keys of curve P-384 are derived from a number (`seed`, 1 to 254), so that a
//! test can name them.

mod changes;
mod draft;
mod keys;
mod rs256;

pub(crate) use self::keys::public_point;
pub use self::{
    changes::{claim, from_now, header},
    draft::TokenDraft,
    keys::{private_key_pem, public_key},
    rs256::rs256_jwk,
};
