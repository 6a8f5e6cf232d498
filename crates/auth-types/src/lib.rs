//! The types that server and browser share: what a browser may see of a
//! session, and where the routes are.
//!
//! Nothing here can hold a token or another secret, so everything here may be
//! sent to a browser. The crate depends on `serde` alone and compiles for
//! `wasm32-unknown-unknown`.
//!
//! ```
//! use auth_types::{PublicSession, User};
//!
//! let user = User::new("foo123").with_name(Some("Alice"));
//! let session = PublicSession::new(user, "2030-01-01T00:00:00Z");
//! assert_eq!(session.user.name.as_deref(), Some("Alice"));
//! ```

mod base_path;
mod error_kind;
mod public_data;
mod public_session;
pub mod routes;

pub use self::{
    base_path::{BasePath, InvalidBasePath},
    error_kind::{ErrorKind, UnknownErrorKind},
    public_data::PublicData,
    public_session::{PublicSession, User},
};
