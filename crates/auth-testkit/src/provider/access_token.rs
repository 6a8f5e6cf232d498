//! Access tokens of the users who were added to the provider.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use url::Url;

use super::{ProviderState, TestProvider, token::SUB};
use crate::{ACCESS_TOKEN, CLIENT_ID, TestUser, TokenDraft, json::set, object, param};

/// The prefix of the audience of organization tokens.
const ORGANIZATION: &str = "urn:logto:organization:";

/// The scope that organization tokens require.
const ORGANIZATIONS: &str = "urn:logto:scope:organizations";

/// An access token, and the scopes that the response names.
pub(super) struct IssuedToken {
    pub(super) token: String,
    pub(super) scope: String,
}

impl TestProvider {
    /// Returns an access token of a user for an API resource, with all of the
    /// user's permissions there: for requests to an API, without a sign-in.
    ///
    /// # Panics
    ///
    /// If the user was not added.
    pub fn access_token(&self, user: impl AsRef<str>, resource: &str) -> String {
        let mut state = self.state();
        let user = state.added(user.as_ref()).clone();
        let granted = state.directory.permissions(&user, resource);
        state.sign_access_token(&user, resource, None, &granted)
    }

    /// Returns an access token of a user for an API resource within an
    /// organization, with all of the user's permissions there.
    ///
    /// # Panics
    ///
    /// If the user was not added or is not a member.
    pub fn access_token_in_organization(
        &self,
        user: impl AsRef<str>,
        resource: &str,
        organization: &str,
    ) -> String {
        let mut state = self.state();
        let user = state.added(user.as_ref()).clone();
        let granted = state.member(&user, organization, Some(resource));
        state.sign_access_token(&user, resource, Some(organization), &granted)
    }

    /// Returns an organization token of a user, with all of the user's permissions
    /// in the organization.
    ///
    /// # Panics
    ///
    /// If the user was not added or is not a member.
    pub fn organization_token(&self, user: impl AsRef<str>, organization: &str) -> String {
        let mut state = self.state();
        let user = state.added(user.as_ref()).clone();
        let granted = state.member(&user, organization, None);
        let audience = format!("{ORGANIZATION}{organization}");
        state.sign_access_token(&user, &audience, None, &granted)
    }
}

impl ProviderState {
    /// Returns the user of an authorization request if it was added.
    pub(super) fn user_of(&self, request: &Url) -> Option<&TestUser> {
        self.directory.user(&param(request, SUB)?)
    }

    fn added(&self, sub: &str) -> &TestUser {
        self.directory
            .user(sub)
            .unwrap_or_else(|| panic!("add the user `{sub}` with TestProvider::add_user"))
    }

    fn member(
        &self,
        user: &TestUser,
        organization: &str,
        resource: Option<&str>,
    ) -> BTreeSet<String> {
        self.directory
            .organization_permissions(user, organization, resource)
            .unwrap_or_else(|| panic!("{} is not a member of {organization}", user.sub()))
    }

    /// Issues an access token for the userinfo endpoint; `None` if the request's
    /// user was not added.
    pub(super) fn issue_user_info_token(&mut self, request: &Url) -> Option<IssuedToken> {
        let sub = self.user_of(request)?.sub().to_owned();
        let token = format!("{ACCESS_TOKEN}.{sub}.{}", self.user_info_tokens.len() + 1);
        self.user_info_tokens.insert(token.clone(), request.clone());
        let scope = param(request, "scope").unwrap_or_default();
        Some(IssuedToken { token, scope })
    }

    /// Issues the access token of a refresh; `None` if the request's user was not
    /// added. An error is an HTTP status and an OAuth error code.
    pub(super) fn refresh_access_token(
        &mut self,
        request: &Url,
        form: &HashMap<String, String>,
    ) -> Option<Result<IssuedToken, (u16, &'static str)>> {
        let user = self.user_of(request)?.clone();
        let organization = form.get("organization_id").map(String::as_str);
        let resource = form.get("resource").map(String::as_str);
        let granted = match (organization, resource) {
            (None, None) => return self.issue_user_info_token(request).map(Ok),
            (None, Some(resource)) => Some(self.directory.permissions(&user, resource)),
            (Some(organization), resource) => {
                self.directory
                    .organization_permissions(&user, organization, resource)
            }
        };
        let scope = param(request, "scope").unwrap_or_default();
        let in_grant: BTreeSet<_> = scope.split(' ').collect();
        if organization.is_some() && !in_grant.contains(ORGANIZATIONS) {
            return Some(Err((403, "insufficient_scope")));
        }
        let Some(mut granted) = granted else {
            return Some(Err((403, "access_denied")));
        };
        // RFC 6749 §6: no scope that the grant does not include.
        granted.retain(|permission| in_grant.contains(permission.as_str()));
        if let Some(scope) = form.get("scope") {
            let asked: BTreeSet<_> = scope.split(' ').collect();
            granted.retain(|permission| asked.contains(permission.as_str()));
        }
        let (audience, within) = match (resource, organization) {
            (Some(resource), within) => (resource.to_owned(), within),
            (None, organization) => (
                format!("{ORGANIZATION}{}", organization.unwrap_or_default()),
                None,
            ),
        };
        Some(Ok(IssuedToken {
            token: self.sign_access_token(&user, &audience, within, &granted),
            scope: joined(&granted),
        }))
    }

    /// Signs an access token as Logto makes it (RFC 9068).
    fn sign_access_token(
        &mut self,
        user: &TestUser,
        audience: &str,
        organization: Option<&str>,
        granted: &BTreeSet<String>,
    ) -> String {
        self.signed_tokens += 1;
        let (now, key) = (self.now(), &self.keys[0]);
        let mut claims = object(json!({
            "jti": format!("token-{}", self.signed_tokens),
            "sub": user.sub(),
            "iat": now,
            "exp": now + 3600,
            "scope": joined(granted),
            "client_id": CLIENT_ID,
            "iss": self.issuer,
            "aud": audience,
        }));
        set(&mut claims, "organization_id", &json!(organization));
        TokenDraft {
            header: object(json!({"alg": "ES384", "typ": "at+jwt", "kid": key.kid})),
            claims,
            key: Some(key.seed),
        }
        .sign()
    }
}

fn joined(scopes: &BTreeSet<String>) -> String {
    scopes
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}
