//! What is known about the user after the sign-in.

mod refresh_claims;
mod user_info;
