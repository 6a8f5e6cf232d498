//! The session after the sign-in.

mod clocks;
mod cookie;
mod lifetime;
mod list_and_end;
mod secret_rotation;
mod sign_out;
mod store;
