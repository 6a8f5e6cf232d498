//! The pages, one per file.

mod error;
mod home;
mod not_found;
mod organizations;
mod profile;
mod resources;
mod sessions;
mod sign_in;

pub(crate) use self::{
    error::Error, home::Home, not_found::NotFound, organizations::Organizations, profile::Profile,
    resources::Resources, sessions::Sessions, sign_in::SignInOptions,
};
