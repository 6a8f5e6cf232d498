//! The server of an application that signs its users in with Logto: settings,
//! session store, security headers, and the binary.

mod headers;
mod loopback;
mod router;
mod server_functions;
mod settings;
mod site;
mod sqlite_sessions;
mod sweep;
mod telemetry;

pub use self::{
    router::{AppState, router},
    settings::{DatabaseUrl, Settings},
    site::Site,
    sqlite_sessions::{OpenError, SqliteSessions},
    sweep::sweep_expired,
    telemetry::start_logging,
};
