//! How this server reaches the provider.

pub(crate) mod certificate_authorities;
pub(crate) mod internal_address;
