//! Protection from cross-site request forgery.

use auth_core::Config;
use tower_http::csrf::CsrfLayer;

/// Builds a layer that answers 403 to requests that another site makes a
/// browser send, for every method other than `GET`, `HEAD` and `OPTIONS`.
///
/// It compares `Sec-Fetch-Site` and `Origin` with the application's address:
/// see [`tower_http::csrf`]. Requests without these headers, such as those of
/// programs, pass. So does a `GET` that opens a WebSocket:
/// [`CrossSiteCheck`](crate::CrossSiteCheck), which is part of
/// [`with_auth`](crate::WithAuth::with_auth), refuses it. Add the layer to the
/// whole application:
///
/// ```
/// use auth_axum::{auth_routes, cross_site_check};
/// use auth_core::Auth;
/// use axum::Router;
///
/// fn router(auth: Auth) -> Router {
///     let check = cross_site_check(auth.config());
///     auth_routes(auth).layer(check)
/// }
/// ```
///
/// A proxy in front of the application must not change `Origin`.
pub fn cross_site_check(config: &Config) -> CsrfLayer {
    let origin = config.base_url().origin().ascii_serialization();
    // A proxy may change `Host`, so the layer has to know the origin by name.
    CsrfLayer::new()
        .add_trusted_origin(&origin)
        .unwrap_or_else(|error| {
            tracing::warn!(
                %error,
                origin,
                "the origin of AUTH_URL was not added to the cross-site check; forms may be \
                 answered with 403 behind a proxy that changes Host"
            );
            CsrfLayer::new()
        })
}
