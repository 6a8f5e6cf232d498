//! The contract of `SessionStore`, for every store.

mod compare_and_swap;
mod id_hash_keys;
mod leases;
mod lists;
mod provider_logout;
mod provider_logout_races;
mod races;
mod reseal;
mod sessions;
mod tokens;
