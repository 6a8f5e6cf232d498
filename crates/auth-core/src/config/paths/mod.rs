//! The application's address, and the paths of its routes and pages.

pub(crate) mod base_path;
pub(crate) mod pages;
