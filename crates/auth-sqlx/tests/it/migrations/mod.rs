//! Migrations: beside a user's own, beside the former release, and databases
//! that cannot be used.

mod own_tables;
mod refused;
mod together;
