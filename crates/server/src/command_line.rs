//! The command line: serving, and what an operator does beside it.

use std::io::{self, Write};

use auth_core::{Auth, AuthError, AuthSecret, ListedSession, SessionFilter, SessionHandle};
use clap::{Args, Parser, Subcommand};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// An application that signs its users in with Logto.
///
/// Without a command it serves. Settings come from the environment and the
/// file .env.
#[derive(Debug, Parser)]
#[command(name = "server", version)]
pub struct CommandLine {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What an operator does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List or end sessions
    #[command(subcommand)]
    Sessions(SessionsCommand),
    /// Make a secret, or finish replacing one
    #[command(subcommand)]
    Secrets(SecretsCommand),
}

/// `server sessions`
#[derive(Debug, Subcommand)]
pub enum SessionsCommand {
    /// List who is signed in, since when and from where
    List {
        /// Only the sessions of the user with this `sub`
        #[arg(long, value_name = "SUB")]
        user: Option<String>,
    },
    /// End sessions: on every server, at the next request
    Revoke(Revoke),
}

/// Which sessions to end.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct Revoke {
    /// This one, by its id in the list
    id: Option<SessionHandle>,
    /// All of the user with this `sub`
    #[arg(long, value_name = "SUB")]
    user: Option<String>,
    /// Everybody's
    #[arg(long)]
    all: bool,
}

/// `server secrets`
#[derive(Debug, Subcommand)]
pub enum SecretsCommand {
    /// Print a fresh secret, to set as the newest
    New,
    /// Seal everything with the newest secret, so that the former ones can be
    /// dropped. Before it, restart every server with the newest secret set
    Rotate,
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The session store failed, or a value could not be sealed.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The operating system gave no randomness, or nobody reads the output.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// There is no session of that id or user.
    #[error("there is no such session")]
    NoSuchSession,
    /// Some envelopes were left as they were.
    #[error(
        "{unreadable} sessions could not be sealed anew: no secret at hand opens them (the log \
         says which); keep the former secrets until they have ended"
    )]
    Unreadable {
        /// How many sessions.
        unreadable: u64,
    },
}

/// Prints a fresh secret.
///
/// # Errors
///
/// When the operating system gives no randomness.
pub fn print_new_secret(out: &mut impl Write) -> Result<(), CommandError> {
    writeln!(out, "{}", AuthSecret::generate()?.expose())?;
    Ok(())
}

impl SessionsCommand {
    /// Carries the command out, and tells `out`.
    ///
    /// # Errors
    ///
    /// When the store fails, or nothing was there to end.
    pub async fn run(self, auth: &Auth, out: &mut impl Write) -> Result<(), CommandError> {
        match self {
            Self::List { user } => list(auth, user.as_deref(), out).await,
            Self::Revoke(which) => {
                let is_all = which.all;
                let ended = auth.end_sessions(&which.into()).await?;
                if ended == 0 && !is_all {
                    return Err(CommandError::NoSuchSession);
                }
                let plural = if ended == 1 { "" } else { "s" };
                writeln!(out, "{ended} session{plural} ended")?;
                Ok(())
            }
        }
    }
}

impl From<Revoke> for SessionFilter {
    fn from(which: Revoke) -> Self {
        match (which.id, which.user) {
            (Some(id), _) => Self::One(id),
            (None, Some(sub)) => Self::OfUser(sub),
            (None, None) => Self::All,
        }
    }
}

/// `server secrets rotate`.
///
/// # Errors
///
/// When the store fails, or something does not open.
pub async fn rotate_secrets(auth: &Auth, out: &mut impl Write) -> Result<(), CommandError> {
    let done = auth.reseal_all().await?;
    writeln!(
        out,
        "{} sessions are sealed with the newest secret",
        done.sessions
    )?;
    match done.unreadable {
        0 => Ok(()),
        unreadable => Err(CommandError::Unreadable { unreadable }),
    }
}

/// A line a session, tab-separated, below a line of names.
async fn list(auth: &Auth, user: Option<&str>, out: &mut impl Write) -> Result<(), CommandError> {
    writeln!(
        out,
        "id\tuser\tname\tdevice\taddress\tsigned in\tlast used\tends"
    )?;
    let mut after = None;
    loop {
        let page = auth.list_sessions(user, after).await?;
        for session in &page {
            write_session(session, out)?;
        }
        after = page.last().map(|session| session.device.id);
        // A user's sessions come all at once.
        if after.is_none() || user.is_some() {
            return Ok(());
        }
    }
}

fn write_session(session: &ListedSession, out: &mut impl Write) -> io::Result<()> {
    let device = &session.device;
    let (id, name) = match &session.user {
        Some(user) => (user.id.as_str(), user.name.as_deref().unwrap_or("-")),
        None => ("(does not open)", "-"),
    };
    writeln!(
        out,
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        device.id,
        printable(id),
        printable(name),
        device.name,
        device.address.as_deref().unwrap_or("-"),
        moment(device.signed_in_at),
        moment(device.last_used_at),
        moment(device.expires_at),
    )
}

/// A name comes from a user, and could otherwise move the cursor.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn moment(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap_or_default()
}
