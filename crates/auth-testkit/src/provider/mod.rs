//! An OpenID Connect provider in this process that can be made to answer
//! wrongly. It checks what a real one checks of the application: client
//! authentication, PKCE, the redirect URI, and that a code is used once.

mod access_token;
mod client_authentication;
mod delivery;
mod drafts;
mod endpoints;
mod people;
mod pushed;
mod refresh;
mod state;
mod token;
mod user_info;

use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use tokio::net::TcpListener;
use url::{Url, form_urlencoded};

pub use self::{
    client_authentication::AcceptedAuthentication,
    delivery::Delivery,
    pushed::PushedRequests,
    refresh::RefreshGrant,
    state::{Fault, ProviderKey, ProviderState},
    user_info::UserInfoEndpoint,
};
use crate::{SUB, TokenDraft, param};

/// A provider that listens on a port of the loopback interface. Clones share
/// one provider.
///
/// Its paths are those of Logto: `/oidc/.well-known/openid-configuration`,
/// `/oidc/jwks`, `/oidc/token`, `/oidc/request`, `/oidc/me`,
/// `/oidc/token/revocation`. Nobody signs in with a browser: a test calls
/// [`authorize`](Self::authorize) instead.
#[derive(Clone, Debug)]
pub struct TestProvider(Arc<Mutex<ProviderState>>);

impl TestProvider {
    /// Starts a provider in the runtime of the caller.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self(Arc::default());
        {
            let mut state = provider.state();
            state.issuer = format!("http://{}/oidc", listener.local_addr().unwrap());
            state.keys = vec![ProviderKey::new("key-1", 1)];
        }
        let app = Router::new()
            .fallback(endpoints::answer)
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        provider
    }

    /// Locks what the provider knows and how it answers, for a test to read and
    /// change. The provider answers nothing while the lock is held.
    pub fn state(&self) -> MutexGuard<'_, ProviderState> {
        self.0.lock().unwrap()
    }

    /// Returns the issuer, also the address that all endpoints begin with.
    pub fn issuer(&self) -> String {
        self.state().issuer.clone()
    }

    /// Returns how many requests a path has had.
    pub fn hits(&self, path: &str) -> usize {
        self.state().hits.get(path).copied().unwrap_or_default()
    }

    /// Changes every ID token before it is signed. [`signing`](crate::signing)
    /// has the usual changes.
    pub fn tamper(&self, change: impl Fn(&mut TokenDraft) + Send + 'static) {
        self.state().tamper = Some(Box::new(change));
    }

    /// Answers requests to `path` with this status and body instead. A status
    /// of 302 redirects to a place where the discovery document is.
    pub fn fail(&self, path: &'static str, status: u16, body: &str) {
        self.state().faults.insert(path, Fault::new(status, body));
    }

    /// Signs the user [`SUB`] in and consents. `address` is the one that the
    /// application sent the browser to. Returns the query of the address that
    /// the provider sends it back to.
    pub fn authorize(&self, address: &Url) -> String {
        self.authorize_as(address, SUB)
    }

    /// Signs in as [`authorize`](Self::authorize) does, as the user with this
    /// `sub`. As Logto does, refuses a request for a resource that does not exist
    /// (`invalid_target`) if any was added.
    ///
    /// # Panics
    ///
    /// If users were added and this is neither one of them nor [`SUB`].
    pub fn authorize_as(&self, address: &Url, user: impl AsRef<str>) -> String {
        let user = user.as_ref();
        let mut state = self.state();
        let mut request = state.pushed.whole_request(address);
        state.directory.assert_known(user);
        request.query_pairs_mut().append_pair(token::SUB, user);
        let mut answer = form_urlencoded::Serializer::new(String::new());
        if state.names_unknown_resource(&request) {
            answer
                .append_pair("error", "invalid_target")
                .append_pair("error_description", "resource indicator is unknown");
        } else {
            answer.append_pair("code", &state.issue_code(request.clone()));
        }
        answer
            .append_pair("state", &param(&request, "state").unwrap())
            .append_pair("iss", &state.issuer)
            .finish()
    }
}
