//! Providers that answer oddly, slowly or not at all.

mod documents;
mod internal_address;
mod log_lines;
mod odd_claims;
mod outdated;
mod token_responses;
mod user_info;
