//! Who may call a server function or see a page.

mod access;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod require;

pub(crate) use self::access::{Access, Condition};
#[cfg(feature = "ssr")]
pub(crate) use self::page::check_page;
#[cfg(feature = "ssr")]
pub use self::require::{
    require_fresh, require_organization_role, require_role, require_scope, require_session,
};
