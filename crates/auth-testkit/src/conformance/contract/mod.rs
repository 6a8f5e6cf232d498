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

/// The names of all cases.
pub(super) const NAMES: &[&[&str]] = &[
    compare_and_swap::cases::NAMES,
    id_hash_keys::cases::NAMES,
    leases::cases::NAMES,
    lists::cases::NAMES,
    provider_logout::cases::NAMES,
    provider_logout_races::cases::NAMES,
    races::cases::NAMES,
    reseal::cases::NAMES,
    sessions::cases::NAMES,
    tokens::cases::NAMES,
    user_changes::cases::NAMES,
];
