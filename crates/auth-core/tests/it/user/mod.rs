//! What is known about the user after the sign-in.

mod claims_age;
mod outage;
mod refresh_claims;
mod user_info;
