//! Cases that only databases have: restarts, several servers, files, failures.

mod both;
mod gone;
mod locked;
mod opening;
mod other_schema;
mod provider_logout;
mod sqlite_file;
mod sweep;
mod tcp_proxy;
