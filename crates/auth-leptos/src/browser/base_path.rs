//! Where the sign-in routes of this page's application are.

use auth_types::{BasePath, routes::Route};

use super::page;

thread_local! {
    static BASE_PATH: String = page::base_path()
        .unwrap_or_else(|| BasePath::DEFAULT.as_str().to_owned());
}

/// Returns the path of a sign-in route.
pub(crate) fn path_of(route: Route) -> String {
    BASE_PATH.with(|base_path| [base_path, route.suffix()].concat())
}
