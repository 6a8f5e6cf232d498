//! Refuses pages while they are rendered.

use auth_core::AuthError;
use leptos_router::RouteList;

use super::{Access, Condition};
use crate::public_error::failure::refuse;

/// Refuses the page that is being rendered unless the user may see it. What is not
/// known counts as signed out.
pub(crate) fn check_page(access: Access, condition: &Condition) {
    let error = match access {
        Access::Allowed => return,
        // Leptos lists its routes, and there is no request.
        _ if RouteList::is_generating() => return,
        Access::SignedOut | Access::Unknown => AuthError::NotSignedIn,
        Access::Forbidden => AuthError::Forbidden {
            what: condition.to_string(),
        },
    };
    refuse(error);
}
