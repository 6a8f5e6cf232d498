//! The server of an application that signs its users in with Logto: settings,
//! session store, security headers, and the binary.

mod command_line;
mod database_url;
mod file_state;
mod open_error;
mod postgres_sessions;
mod router;
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
mod sweep;
mod telemetry;

pub use self::{
    command_line::{
        Command, CommandError, CommandLine, Revoke, SecretsCommand, SessionsCommand,
        print_new_secret, rotate_secrets,
    },
    database_url::{DatabaseUrl, PostgresUrl},
    open_error::OpenError,
    router::{AppState, router},
    sessions::Sessions,
    settings::Settings,
    site::Site,
    sweep::{sweep, sweep_expired},
    telemetry::{log_to_standard_error, start_logging},
};
