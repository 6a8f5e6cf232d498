//! Layers around the whole application.

mod csrf;
mod headers;
mod limits;
mod trusted_proxies;

pub use self::{
    csrf::cross_site_check,
    headers::{SecurityHeaders, SecurityHeadersService},
    limits::RequestLimits,
    trusted_proxies::{InvalidTrustedProxies, TrustedProxies},
};
