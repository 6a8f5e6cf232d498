//! Sign-in: the request, the callback, the provider behind them.

mod callback;
mod client_authentication;
mod completed;
mod pending;
mod provider_faults;
mod state_machine;
mod step_up;
