//! The claims that Logto documents: which scope requests each of them, and where
//! it appears.

use crate::oauth::scope::Scope;

/// Where a claim appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimSource {
    /// In the ID token and in the answer of the userinfo endpoint.
    IdToken,
    /// Only in the answer of the userinfo endpoint, because it may be large.
    UserInfo,
}

/// A claim that Logto documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownClaim {
    /// The claim's name.
    pub name: &'static str,
    /// The scope that requests the claim.
    pub scope: &'static Scope,
    /// Where the claim appears.
    pub source: ClaimSource,
}

impl KnownClaim {
    /// All documented claims, ordered by scope.
    pub const ALL: &[Self] = &[
        id_token("sub", &Scope::OpenId),
        id_token("name", &Scope::Profile),
        id_token("username", &Scope::Profile),
        id_token("picture", &Scope::Profile),
        id_token("created_at", &Scope::Profile),
        id_token("updated_at", &Scope::Profile),
        id_token("family_name", &Scope::Profile),
        id_token("given_name", &Scope::Profile),
        id_token("middle_name", &Scope::Profile),
        id_token("nickname", &Scope::Profile),
        id_token("preferred_username", &Scope::Profile),
        id_token("profile", &Scope::Profile),
        id_token("website", &Scope::Profile),
        id_token("gender", &Scope::Profile),
        id_token("birthdate", &Scope::Profile),
        id_token("zoneinfo", &Scope::Profile),
        id_token("locale", &Scope::Profile),
        id_token("email", &Scope::Email),
        id_token("email_verified", &Scope::Email),
        id_token("phone_number", &Scope::Phone),
        id_token("phone_number_verified", &Scope::Phone),
        id_token("address", &Scope::Address),
        user_info("custom_data", &Scope::CustomData),
        user_info("identities", &Scope::Identities),
        user_info("sso_identities", &Scope::Identities),
        id_token("roles", &Scope::Roles),
        id_token("organizations", &Scope::Organizations),
        user_info("organization_data", &Scope::Organizations),
        id_token("organization_roles", &Scope::OrganizationRoles),
    ];

    /// Returns the claim with this name, if Logto documents it.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|claim| claim.name == name).copied()
    }
}

const fn id_token(name: &'static str, scope: &'static Scope) -> KnownClaim {
    KnownClaim {
        name,
        scope,
        source: ClaimSource::IdToken,
    }
}

const fn user_info(name: &'static str, scope: &'static Scope) -> KnownClaim {
    KnownClaim {
        name,
        scope,
        source: ClaimSource::UserInfo,
    }
}
