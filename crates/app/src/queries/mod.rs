//! The server functions that pages read their data with.
//!
//! Each is a public endpoint: anyone may call it with any arguments. So each checks
//! the session itself ([`for_signed_in`](signed_in::for_signed_in)) and returns only
//! what the page may show: no token.
//!
//! They are built for the server only, because pages are. An island that calls one
//! needs it in the browser too, with a JSON parser.

#![allow(
    missing_docs,
    reason = "the macro `server` generates a public field for each argument"
)]

mod organizations;
mod profile;
mod resources;
mod sessions;
mod shown_claims;
mod signed_in;
mod token_info;

pub(crate) use self::{
    organizations::{AskedOrganization, Membership, OrganizationsData, Permissions, organizations},
    profile::{ProfileData, profile},
    resources::{ApiResource, api_resources, shopping_list},
    sessions::{ListedSession, sessions},
    shown_claims::{ShownClaim, ShownClaims, ShownValue},
    token_info::{TokenInfo, TokenResult},
};
