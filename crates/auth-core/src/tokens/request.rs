//! Requests for access tokens: for which API, organization and scopes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    error::AuthError,
    oauth::{organization_id::OrganizationId, resource_indicator::ResourceIndicator, scope::Scope},
    session::claims_age::Seen,
};

/// The text in Logto's error description for a user who is not a member. The error
/// code is the same for other refusals.
const NOT_A_MEMBER: &str = "not a member";

/// Which access token is needed: for which API, in which organization, with which
/// scopes. Tokens are stored and refreshed by request.
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
    /// Requests a token for the provider's userinfo endpoint. Every sign-in yields
    /// one.
    pub fn user_info() -> Self {
        Self::default()
    }

    /// Requests a token for an API, by its indicator. Sign-ins have to request the
    /// API too: `AUTH_LOGTO_RESOURCES`.
    pub fn resource(indicator: impl AsRef<str>) -> Self {
        Self {
            resource: Some(indicator.as_ref().to_owned()),
            ..Self::default()
        }
    }

    /// Requests an organization token, with the user's permissions in the
    /// organization. Sign-ins have to request [`Scope::Organizations`].
    pub fn organization(id: impl Into<OrganizationId>) -> Self {
        Self::default().in_organization(id)
    }

    /// Requests the token in an organization: with the permissions that the user
    /// has at the API as its member.
    #[must_use]
    pub fn in_organization(mut self, organization: impl Into<OrganizationId>) -> Self {
        self.organization = Some(organization.into());
        self
    }

    /// Limits the token to these scopes. Logto refuses scopes that the sign-in did
    /// not request. Scopes that the user does not have are silently left out.
    #[must_use]
    pub fn with_scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    pub(crate) fn is_user_info(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the token's audience (`aud`); `None` for the userinfo endpoint.
    pub(crate) fn audience(&self) -> Option<String> {
        self.resource
            .clone()
            .or_else(|| self.organization.as_ref().map(OrganizationId::audience))
    }

    /// Returns the parameters of the token request (RFC 8707 §2.2, and Logto's
    /// `organization_id`). Without `scope`, the token gets all scopes of the
    /// sign-in.
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

    /// Returns the requested scopes; none for all that were granted.
    pub(crate) fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scopes.iter().map(String::as_str)
    }

    fn scope(&self) -> String {
        self.scopes().collect::<Vec<_>>().join(" ")
    }

    /// Returns what the provider's error means for this request.
    pub(crate) fn interpret(&self, refusal: AuthError) -> AuthError {
        let AuthError::OAuth {
            error, description, ..
        } = &refusal
        else {
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
            // For example, the organization requires a second factor or does not
            // admit this application.
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

/// Requests a token for the API with this indicator.
impl From<&str> for AccessTokenRequest {
    fn from(indicator: &str) -> Self {
        Self::resource(indicator)
    }
}

/// Requests a token for the API with this indicator.
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
    /// An access token that is newer than the stored one, which was asked for at
    /// this time, in seconds since 1970. `None` if none is stored.
    NewerToken(AccessTokenRequest, Option<i64>),
    /// The user's current claims. The user's permissions may have changed as
    /// well, so the stored tokens for APIs are dropped.
    Claims,
    /// Newer claims than those that a request saw, because they are old. The
    /// stored tokens for APIs are dropped if the claims have changed.
    NewerClaims(Seen),
}

impl RefreshPurpose {
    /// Returns whether a valid stored token is not enough.
    pub(crate) fn is_for_something_newer(&self) -> bool {
        matches!(self, Self::NewerToken(..) | Self::NewerClaims(_))
    }

    /// Returns what the token request asks for.
    pub(crate) fn request(&self) -> AccessTokenRequest {
        match self {
            Self::Token(request) | Self::NewerToken(request, _) => request.clone(),
            Self::Claims | Self::NewerClaims(_) => AccessTokenRequest::user_info(),
        }
    }
}
