//! The command line: the server itself, and commands for operators.

mod doctor;
mod error;
mod secrets;
mod sessions;

use std::io::Write;

use auth_core::Auth;
use auth_sqlx::SqlStore;
use clap::{Parser, Subcommand};

pub use self::{
    doctor::Doctor,
    error::CommandError,
    secrets::SecretsCommand,
    sessions::{Revoke, SessionsCommand},
};
use crate::{Settings, logging::log_to_stderr};

/// An application that signs its users in with Logto.
///
/// Runs the server if no command is given. Settings come from the environment
/// and the file .env.
#[derive(Debug, Parser)]
#[command(name = "server", version)]
pub struct CommandLine {
    /// What to do instead of running the server.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// A command for operators.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Test the settings against Logto and the database
    Doctor(Doctor),
    /// List or end sessions
    #[command(subcommand)]
    Sessions(SessionsCommand),
    /// Generate a secret, or finish replacing one
    #[command(subcommand)]
    Secrets(SecretsCommand),
}

impl Command {
    /// Runs the command and writes its result to `out`.
    ///
    /// # Errors
    ///
    /// Fails if the settings are wrong, the store or `out` fails, or there is
    /// nothing to end.
    pub async fn run(self, out: &mut impl Write) -> Result<(), CommandError> {
        match self {
            Self::Doctor(doctor) => doctor.run(out).await,
            // Needs no settings: the secret is one of them.
            Self::Secrets(SecretsCommand::New) => secrets::print_new(out),
            Self::Secrets(SecretsCommand::Rotate) => {
                with_auth(async |auth| secrets::rotate(auth, out).await).await
            }
            Self::Sessions(command) => with_auth(async |auth| command.run(auth, out).await).await,
        }
    }
}

/// Runs a command on the sessions.
async fn with_auth(
    command: impl AsyncFnOnce(&Auth) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    log_to_stderr();
    let settings = Settings::read()?;
    let sessions = SqlStore::open(&settings.database).await?;
    let auth = Auth::new(settings.auth, sessions.clone())?;
    let result = command(&auth).await;
    auth.finish().await;
    sessions.close().await;
    result
}
