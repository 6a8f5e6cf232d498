//! The example's server: settings, the operator's commands, routes, and starting
//! and stopping.

mod command_line;
mod database_url;
mod file_state;
mod headers;
mod logging;
mod loopback;
mod open_error;
mod postgres_sessions;
mod proxies;
mod router;
mod serve;
mod server_functions;
mod sessions;
mod settings;
mod site;
mod sql_hash_keys;
mod sql_lists;
mod sql_logouts;
mod sql_rows;
mod sql_sessions;
mod sql_tokens;
mod sqlite_pools;
mod sqlite_sessions;
mod stop_signal;
mod sweep;

pub use self::{
    command_line::{Command, CommandError, CommandLine, Revoke, SecretsCommand, SessionsCommand},
    database_url::{DatabaseUrl, PostgresUrl},
    open_error::OpenError,
    proxies::TrustedProxies,
    router::{AppState, router},
    serve::{ServeError, serve},
    sessions::Sessions,
    settings::Settings,
    site::Site,
    sweep::{sweep, sweep_expired},
};
