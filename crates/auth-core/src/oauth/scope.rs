//! The scopes of Logto.

use std::fmt;

/// What a sign-in requests: a group of claims, or a permission at an API.
///
/// Logto ignores scopes that it does not know. The scopes of an API are
/// requested at every API of the sign-in (RFC 8707 §2.1: "the cartesian product
/// of all the scopes at all the target services"). The user's roles decide which
/// of them are granted at which API.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Scope {
    /// `openid`: `sub`. Always requested.
    OpenId,
    /// `profile`: name, username, picture and similar claims. Always requested.
    Profile,
    /// `offline_access`: a refresh token. Always requested.
    OfflineAccess,
    /// `email`: the e-mail address, and whether it is verified.
    Email,
    /// `phone`: the phone number, and whether it is verified.
    Phone,
    /// `address`: the postal address.
    Address,
    /// `custom_data`: data that the application or the operator stores with the
    /// user at Logto. Only from the userinfo endpoint.
    CustomData,
    /// `identities`: the user's accounts at social and SSO connectors. Only from
    /// the userinfo endpoint.
    Identities,
    /// `roles`: the names of the user's roles.
    Roles,
    /// `urn:logto:scope:organizations`: the user's organizations, and access
    /// tokens for them.
    Organizations,
    /// `urn:logto:scope:organization_roles`: the user's roles in their
    /// organizations.
    OrganizationRoles,
    /// `urn:logto:scope:sessions`: the user's sessions at Logto, for its
    /// account API.
    Sessions,
    /// Any other scope by its name, such as a permission of an API.
    Other(String),
}

impl Scope {
    /// The scopes that every sign-in requests.
    pub const ALWAYS: [Self; 3] = [Self::OpenId, Self::OfflineAccess, Self::Profile];

    /// The scopes that Logto itself defines.
    pub const LOGTO: [Self; 12] = [
        Self::OpenId,
        Self::OfflineAccess,
        Self::Profile,
        Self::Email,
        Self::Phone,
        Self::Address,
        Self::CustomData,
        Self::Identities,
        Self::Roles,
        Self::Organizations,
        Self::OrganizationRoles,
        Self::Sessions,
    ];

    /// Returns the scope as requests contain it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::OpenId => "openid",
            Self::Profile => "profile",
            Self::OfflineAccess => "offline_access",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Address => "address",
            Self::CustomData => "custom_data",
            Self::Identities => "identities",
            Self::Roles => "roles",
            Self::Organizations => "urn:logto:scope:organizations",
            Self::OrganizationRoles => "urn:logto:scope:organization_roles",
            Self::Sessions => "urn:logto:scope:sessions",
            Self::Other(name) => name,
        }
    }

    /// Returns whether requests can contain the scope (RFC 6749 §3.3): printable
    /// ASCII without spaces, quotes and backslashes.
    pub(crate) fn is_valid(&self) -> bool {
        let name = self.as_str();
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
    }
}

impl From<&str> for Scope {
    fn from(name: &str) -> Self {
        Self::LOGTO
            .into_iter()
            .find(|scope| scope.as_str() == name)
            .unwrap_or_else(|| Self::Other(name.to_owned()))
    }
}

impl From<String> for Scope {
    fn from(name: String) -> Self {
        Self::from(name.as_str())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_parses_from_its_name() {
        for scope in Scope::LOGTO {
            assert_eq!(Scope::from(scope.as_str()), scope);
        }
        assert_eq!(Scope::from("read"), Scope::Other("read".to_owned()));
    }

    #[test]
    fn scopes_with_invalid_characters_are_refused() {
        for name in ["", "a b", "a\"b", "a\\b", "ä", "a\n"] {
            assert!(!Scope::from(name).is_valid(), "{name:?}");
        }
        assert!(Scope::from("shopping:read").is_valid());
    }
}
