//! Where the sign-in routes are, for components and the browser's requests.

/// Returns the path of a sign-in route: of the request that a page is rendered
/// for, or, in the browser, of the page.
#[cfg(feature = "ssr")]
pub(crate) fn path_of(route: auth_types::routes::Route) -> String {
    crate::request::base_path().path_of(route)
}

#[cfg(all(feature = "hydrate", target_arch = "wasm32", not(feature = "ssr")))]
pub(crate) use crate::browser::path_of;

#[cfg(not(any(feature = "ssr", all(feature = "hydrate", target_arch = "wasm32"))))]
pub(crate) fn path_of(route: auth_types::routes::Route) -> String {
    auth_types::BasePath::DEFAULT.path_of(route)
}
