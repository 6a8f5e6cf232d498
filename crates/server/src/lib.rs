//! The example's server: settings, the operator's commands, routes, and starting
//! and stopping.

mod command_line;
mod logging;
mod router;
mod serve;
mod settings;
mod site;

pub use self::{
    command_line::{
        Command, CommandError, CommandLine, Doctor, Revoke, SecretsCommand, SessionsCommand,
    },
    router::{AppState, router},
    serve::{ServeError, serve},
    settings::Settings,
    site::Site,
};
