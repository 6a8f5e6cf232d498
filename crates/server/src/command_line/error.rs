use std::io;

use auth_core::{AuthError, ConfigErrors};
use auth_sqlx::OpenError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// Settings are missing or wrong.
    #[error(transparent)]
    Settings(#[from] ConfigErrors),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The session store failed, or a value could not be sealed.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The operating system gave no randomness, or the output could not be
    /// written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// No session has this id or user.
    #[error("there is no such session; `server sessions list` shows all of them")]
    NoSuchSession,
    /// The doctor has found something wrong.
    #[error("checks that found something wrong: {wrong}")]
    Wrong {
        /// The number of checks.
        wrong: usize,
    },
    /// Some sessions could not be resealed and were left unchanged.
    #[error(
        "{unreadable} sessions could not be resealed, because no configured secret opens them \
         (the log names them); keep the older secrets until these sessions have ended"
    )]
    Unreadable {
        /// The number of sessions.
        unreadable: u64,
    },
}
