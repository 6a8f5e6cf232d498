//! Layers around the whole application.

mod cross_site;
mod headers;
mod limits;
mod trusted_proxies;

pub(crate) use self::cross_site::{ForeignSender, TrustedOrigin, cross_site_refused};
pub use self::{
    cross_site::{CrossSiteCheck, DangerouslyAllowCrossSiteRequests},
    headers::{SecurityHeaders, SecurityHeadersService},
    limits::RequestLimits,
    trusted_proxies::{InvalidTrustedProxies, TrustedProxies, TrustedProxiesService},
};
