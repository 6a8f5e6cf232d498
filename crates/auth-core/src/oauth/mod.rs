//! The vocabulary of OAuth and OpenID Connect that all rooms share. Nothing
//! here performs I/O, and nothing here imports from another room.

pub(crate) mod access_token;
pub(crate) mod algorithms;
pub(crate) mod client_authentication;
pub(crate) mod organization_id;
pub(crate) mod prompt;
pub(crate) mod pushed_requests;
pub(crate) mod resource_indicator;
pub(crate) mod scope;
pub(crate) mod secure_url;
