//! What an access token is for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    error::AuthError,
    oauth::{organization_id::OrganizationId, resource_indicator::ResourceIndicator, scope::Scope},
};

/// How Logto says that the user is no member: by its error alone it cannot be
/// told from other refusals of an organization's.
const NOT_A_MEMBER: &str = "not a member";

/// What an access token is asked for: whom it is shown to, within which
/// organization, and with which permissions. Tokens are kept and renewed by
/// this.
///
/// ```
/// use auth_core::AccessTokenRequest;
///
/// let api = AccessTokenRequest::resource("https://shopping.example.com/api");
/// let within_acme = api.clone().in_organization("acme");
/// let only_reading = api.with_scopes(["read"]);
/// let acme_itself = AccessTokenRequest::organization("acme");
/// # assert_ne!(within_acme, only_reading);
/// # assert_ne!(acme_itself, within_acme);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct AccessTokenRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<OrganizationId>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    scopes: BTreeSet<String>,
}

impl AccessTokenRequest {
    /// For the provider's own userinfo endpoint: the token that a sign-in
    /// gives.
    pub fn user_info() -> Self {
        Self::default()
    }

    /// For an API, by its indicator. Sign-ins have to name it:
    /// `AUTH_LOGTO_RESOURCES`.
    pub fn resource(indicator: impl AsRef<str>) -> Self {
        Self {
            resource: Some(indicator.as_ref().to_owned()),
            ..Self::default()
        }
    }

    /// For an organization itself: what the user may do in it. Sign-ins have to
    /// ask for [`Scope::Organizations`].
    pub fn organization(id: impl Into<OrganizationId>) -> Self {
        Self::default().in_organization(id)
    }

    /// The same within an organization: with the permissions that the user has
    /// at the API as a member of it.
    #[must_use]
    pub fn in_organization(mut self, organization: impl Into<OrganizationId>) -> Self {
        self.organization = Some(organization.into());
        self
    }

    /// The same with no more than these scopes. Logto refuses scopes that the
    /// sign-in did not ask for, and leaves out those that the user does not
    /// have.
    #[must_use]
    pub fn with_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    pub(crate) fn is_user_info(&self) -> bool {
        *self == Self::default()
    }

    /// Whom the token is shown to, as its `aud` names it; `None` for the
    /// provider itself.
    pub(crate) fn audience(&self) -> Option<String> {
        self.resource
            .clone()
            .or_else(|| self.organization.as_ref().map(OrganizationId::audience))
    }

    /// What the token request carries beside the refresh token (RFC 8707 §2.2,
    /// and Logto's `organization_id`). No `scope` stands for all that the
    /// sign-in asked for.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let scope = self.scope();
        [
            ("resource", self.resource.clone()),
            (
                "organization_id",
                self.organization.as_ref().map(ToString::to_string),
            ),
            ("scope", (!scope.is_empty()).then_some(scope)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    /// The scopes asked for; all that were granted when there are none.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(String::as_str)
    }

    fn scope(&self) -> String {
        self.scopes().collect::<Vec<_>>().join(" ")
    }

    /// Returns what the provider's error means for this request.
    pub(crate) fn interpret(&self, refusal: AuthError) -> AuthError {
        let AuthError::OAuth { error, description } = &refusal else {
            return refusal;
        };
        match (error.as_str(), &self.resource, &self.organization) {
            ("invalid_target", Some(resource), _) => AuthError::UnknownResource {
                resource: resource.clone(),
            },
            ("access_denied", _, Some(organization)) if description.contains(NOT_A_MEMBER) => {
                AuthError::NotAMember {
                    organization: organization.clone(),
                }
            }
            // It wants a second factor, say, or does not know this application.
            ("access_denied", _, Some(organization)) => AuthError::Forbidden {
                what: format!("access to the organization {organization} ({description})"),
            },
            ("insufficient_scope", _, Some(_)) => AuthError::ScopeMissing {
                scope: Scope::Organizations.to_string(),
            },
            ("invalid_scope", ..) if !self.scopes.is_empty() => AuthError::ScopeMissing {
                scope: self.scope(),
            },
            _ => refusal,
        }
    }
}

/// For the API of that indicator.
impl From<&str> for AccessTokenRequest {
    fn from(indicator: &str) -> Self {
        Self::resource(indicator)
    }
}

/// For the API of that indicator.
impl From<&ResourceIndicator> for AccessTokenRequest {
    fn from(indicator: &ResourceIndicator) -> Self {
        Self::resource(indicator)
    }
}

impl From<&Self> for AccessTokenRequest {
    fn from(wanted: &Self) -> Self {
        wanted.clone()
    }
}

/// The purpose of a refresh.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RefreshPurpose {
    /// An access token.
    Token(AccessTokenRequest),
    /// The user's current claims. The user's permissions may have changed as
    /// well, so the stored tokens for APIs are dropped.
    Claims,
}

impl RefreshPurpose {
    /// Returns what the token request asks for.
    pub(crate) fn request(&self) -> AccessTokenRequest {
        match self {
            Self::Token(request) => request.clone(),
            Self::Claims => AccessTokenRequest::user_info(),
        }
    }
}
