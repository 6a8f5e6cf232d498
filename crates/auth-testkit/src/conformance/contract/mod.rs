//! The cases, by what they are about.

pub mod compare_and_swap;
pub mod id_hash_keys;
pub mod leases;
pub mod lists;
pub mod provider_logout;
pub mod provider_logout_races;
pub mod races;
pub mod reseal;
pub mod sessions;
pub mod tokens;
pub mod user_changes;
