//! The pages, one a file.

mod error;
mod home;
mod not_found;
mod profile;
mod sessions;

pub(crate) use self::{
    error::Error, home::Home, not_found::NotFound, profile::Profile, sessions::Sessions,
};
