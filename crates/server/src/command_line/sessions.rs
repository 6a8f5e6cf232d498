//! `server sessions`: lists and ends sessions.

use std::io::{self, Write};

use auth_core::{Auth, ListedSession, SessionFilter, SessionHandle};
use clap::{Args, Subcommand};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::error::CommandError;

/// `server sessions`
#[derive(Debug, Subcommand)]
pub enum SessionsCommand {
    /// List who is signed in, since when and from where
    List {
        /// List only the sessions of the user with this `sub`
        #[arg(long, value_name = "SUB")]
        user: Option<String>,
    },
    /// End sessions on every server, from the next request on
    Revoke(Revoke),
}

/// Which sessions to end.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct Revoke {
    /// End the session with this id, as shown by `list`
    id: Option<SessionHandle>,
    /// End all sessions of the user with this `sub`
    #[arg(long, value_name = "SUB")]
    user: Option<String>,
    /// End the sessions of all users
    #[arg(long)]
    all: bool,
}

impl From<Revoke> for SessionFilter {
    fn from(revoke: Revoke) -> Self {
        match (revoke.id, revoke.user) {
            (Some(id), _) => Self::One(id),
            (None, Some(sub)) => Self::OfUser(sub),
            (None, None) => Self::All,
        }
    }
}

impl SessionsCommand {
    pub(super) async fn run(self, auth: &Auth, out: &mut impl Write) -> Result<(), CommandError> {
        match self {
            Self::List { user } => list(auth, user.as_deref(), out).await,
            Self::Revoke(revoke) => end(auth, revoke, out).await,
        }
    }
}

async fn end(auth: &Auth, revoke: Revoke, out: &mut impl Write) -> Result<(), CommandError> {
    let is_all = revoke.all;
    let ended = auth.end_sessions(&revoke.into()).await?;
    if ended == 0 && !is_all {
        return Err(CommandError::NoSuchSession);
    }
    let plural = if ended == 1 { "" } else { "s" };
    writeln!(out, "{ended} session{plural} ended")?;
    Ok(())
}

/// Prints a header and one line per session; columns are tab-separated.
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
        after = page.last().map(|session| session.info.id);
        // The sessions of one user come on a single page.
        if after.is_none() || user.is_some() {
            return Ok(());
        }
    }
}

fn write_session(session: &ListedSession, out: &mut impl Write) -> io::Result<()> {
    let info = &session.info;
    let (id, name) = match &session.user {
        Some(user) => (user.id.as_str(), user.name.as_deref().unwrap_or("-")),
        None => ("(unreadable)", "-"),
    };
    writeln!(
        out,
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        info.id,
        printable(id),
        printable(name),
        info.name,
        info.address.as_deref().unwrap_or("-"),
        timestamp(info.signed_in_at),
        timestamp(info.last_used_at),
        timestamp(info.expires_at),
    )
}

/// Replaces control characters: users choose their names, and a name must not
/// control the operator's terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn timestamp(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
