use auth_core::{AccessTokenRequest, AuthError};
use auth_leptos::{PublicError, RequestSession};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    ShownClaims, TokenResult,
    signed_in::{for_signed_in, split_store_error},
    token_info,
};
use crate::users::{UserRow, Users, Visit};

/// The data of the page `/profile`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProfileData {
    pub(crate) token: TokenResult,
    /// The userinfo endpoint's answer; `None` if there was no token to ask it
    /// with.
    pub(crate) user_info: Option<Result<ShownClaims, PublicError>>,
    /// The scopes that a sign-in requests.
    pub(crate) scopes: Vec<String>,
    /// The user's row in the example's own table.
    pub(crate) row: Option<UserRow>,
    /// What the sign-in has stored in the session.
    pub(crate) visit: Option<Visit>,
}

/// Returns what the profile shows besides the session. If the access token has
/// expired and cannot be refreshed, the session continues.
#[server(endpoint = "profile")]
pub(crate) async fn profile() -> Result<ProfileData, PublicError> {
    let users = use_context::<Users>();
    for_signed_in(async |session, signed_in| {
        let row = match users {
            Some(users) => row(&users, signed_in.sub()).await,
            None => None,
        };
        let token = token_info::load(session, &AccessTokenRequest::user_info()).await?;
        let user_info = match token {
            Ok(_) => Some(user_info(session).await?),
            Err(_) => None,
        };
        Ok(ProfileData {
            token,
            user_info,
            scopes: session
                .config()
                .scopes()
                .iter()
                .map(ToString::to_string)
                .collect(),
            row,
            visit: signed_in.data(),
        })
    })
    .await
}

async fn row(users: &Users, sub: &str) -> Option<UserRow> {
    users.find(sub).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the table users cannot be read; the profile does not show it");
        None
    })
}

async fn user_info(
    session: &RequestSession,
) -> Result<Result<ShownClaims, PublicError>, AuthError> {
    let user_info = session.user_info().await;
    split_store_error(user_info.map(|info| ShownClaims::of(&info.claims)))
}
