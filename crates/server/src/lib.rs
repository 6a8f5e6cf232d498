//! The server of an application that signs its users in with Logto: settings,
//! security headers, the operator's commands, and the binary.

mod command_line;
mod router;
mod settings;
mod site;
mod telemetry;

pub use self::{
    command_line::{
        Command, CommandError, CommandLine, Revoke, SecretsCommand, SessionsCommand,
        print_new_secret, rotate_secrets,
    },
    router::{AppState, router},
    settings::Settings,
    site::Site,
    telemetry::{log_to_standard_error, start_logging},
};
