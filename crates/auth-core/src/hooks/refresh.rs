//! The application's decision about a session whose claims were fetched again.

use auth_types::User;
use serde::{Serialize, de::DeserializeOwned};

use super::data::{DataToStore, SessionData};
use crate::{claims::Claims, store::handle::SessionHandle};

/// A session whose claims were fetched again, because an access token or the
/// claims were renewed: [`Hooks::on_refresh`](crate::Hooks::on_refresh).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefreshedSession {
    /// Names the session.
    pub session: SessionHandle,
    /// The user, by the new claims.
    pub user: User,
    /// The new claims.
    pub claims: Claims,
    pub(crate) data: SessionData,
}

impl RefreshedSession {
    /// Returns the user's id at the issuer: the claim `sub`.
    pub fn sub(&self) -> &str {
        self.claims.str("sub").unwrap_or_default()
    }

    /// Returns what the application has stored in the session:
    /// [`SessionData::get`].
    pub fn data<T: DeserializeOwned>(&self) -> Option<T> {
        self.data.get()
    }
}

/// What happens with a session whose claims were fetched again.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RefreshDecision {
    /// The session goes on with the data that it has.
    Keep,
    /// The session goes on with other data.
    Store(StoreData),
    /// The session ends, and its refresh token is revoked.
    End,
}

/// Data to store in a session instead of what it has.
#[derive(Clone, Debug)]
pub struct StoreData(DataToStore);

impl RefreshDecision {
    /// Stores `data` in the session. If it cannot be serialized to JSON, the
    /// session goes on with the data that it has, which is logged.
    pub fn store<T: Serialize + ?Sized>(data: &T) -> Self {
        Self::Store(StoreData(DataToStore::of(data)))
    }
}

impl StoreData {
    pub(crate) fn into_data(self) -> Result<SessionData, String> {
        self.0.into_data()
    }
}
