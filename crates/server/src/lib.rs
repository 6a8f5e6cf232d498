//! The example's server: settings, the operator's commands, routes, and starting
//! and stopping.

mod command_line;
mod doctor;
mod logging;
mod router;
mod serve;
mod settings;
mod site;

pub use self::{
    command_line::{Command, CommandError, CommandLine, Revoke, SecretsCommand, SessionsCommand},
    doctor::Doctor,
    router::{AppState, router},
    serve::{ServeError, serve},
    settings::Settings,
    site::Site,
};
