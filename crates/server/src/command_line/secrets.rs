//! `server secrets`: generates secrets, and reseals what older ones sealed.

use std::io::Write;

use auth_core::{Auth, AuthSecret};
use clap::Subcommand;

use super::error::CommandError;

/// `server secrets`
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// Print a new secret
    New,
    /// Reseal all sessions with the newest secret, so that older secrets can be
    /// removed. Before this, restart every server with the newest secret set
    Rotate,
}

/// Prints a new secret.
pub(super) fn print_new(out: &mut impl Write) -> Result<(), CommandError> {
    writeln!(out, "{}", AuthSecret::generate()?.expose())?;
    Ok(())
}

/// Reseals all sessions with the newest secret, and prints how many.
pub(super) async fn rotate(auth: &Auth, out: &mut impl Write) -> Result<(), CommandError> {
    let report = auth.reseal_all().await?;
    writeln!(
        out,
        "{} sessions are sealed with the newest secret",
        report.sessions
    )?;
    match report.unreadable {
        0 => Ok(()),
        unreadable => Err(CommandError::Unreadable { unreadable }),
    }
}
