//! Cases that only databases have: restarts, several servers, files, failures.

mod both;
#[cfg(feature = "postgres")]
mod clocks;
mod expired_tokens;
mod gone;
mod locked;
mod opening;
mod other_schema;
mod provider_logout;
mod sqlite_file;
mod sweep;
mod tcp_proxy;
