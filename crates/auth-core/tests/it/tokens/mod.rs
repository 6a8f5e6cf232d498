//! Access tokens and refresh tokens of a session.

mod access_tokens;
mod refresh;
mod refresh_failures;
mod refresh_races;
mod same_grant;
mod two_processes;
