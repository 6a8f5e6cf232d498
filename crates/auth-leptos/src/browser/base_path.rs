//! Where the sign-in routes of this page's application are.

use auth_types::{BasePath, routes::Route};

use super::page;
use crate::session_seed;

thread_local! {
    static BASE_PATH: BasePath = page::text_of(session_seed::ID)
        .and_then(|seed| BasePath::parse(session_seed::base_path(&seed)?).ok())
        .unwrap_or_default();
}

/// Returns the path of a sign-in route.
pub(crate) fn path_of(route: Route) -> String {
    BASE_PATH.with(|base_path| base_path.path_of(route))
}
