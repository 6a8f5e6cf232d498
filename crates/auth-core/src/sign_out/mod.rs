//! Sign-out: started by the user ([`start`], [`pending`]) or by the provider
//! ([`back_channel`]).

pub(crate) mod back_channel;
pub(crate) mod options;
pub(crate) mod pending;
pub(crate) mod provider_logout;
pub(crate) mod start;
