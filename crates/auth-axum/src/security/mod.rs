//! Layers around the whole application.

mod cross_site;
mod csrf;
mod headers;
mod limits;
mod trusted_proxies;

pub(crate) use self::cross_site::{ForeignSender, TrustedOrigin, cross_site_refused};
pub use self::{
    cross_site::{CrossSiteCheck, DangerouslyAllowCrossSiteRequests},
    csrf::cross_site_check,
    headers::{SecurityHeaders, SecurityHeadersService},
    limits::RequestLimits,
    trusted_proxies::{InvalidTrustedProxies, TrustedProxies},
};
