//! Tokens that the provider signs. Every case is a valid token with one thing
//! changed.

mod access_token;
mod id_token;
mod keys_and_cache;
mod logout_token;
