//! The claims that Logto documents, each with its type.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{
    claim::{Claim, ClaimValue, InvalidClaim, claim_values, invalid, take},
    roles::OrganizationRole,
};
use crate::oauth::organization_id::OrganizationId;

/// No custom claims, besides those of [`UserClaims`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct NoCustomClaims {}

macro_rules! user_claims {
    ($($(#[$doc:meta])* $name:ident: $type:ty,)*) => {
        /// The user's claims, each with its type:
        /// [`Claims::deserialize`](crate::Claims::deserialize) returns them.
        ///
        /// `C` is the type of your own claims.
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub struct UserClaims<C = NoCustomClaims> {
            $($(#[$doc])* pub $name: Claim<$type>,)*
            /// Your own claims. The type is deserialized from all claims,
            /// including those named here.
            pub custom: C,
            /// All claims that are not named here, as received.
            pub other: Map<String, Value>,
        }

        impl<C: DeserializeOwned> UserClaims<C> {
            pub(crate) fn read(claims: &Map<String, Value>) -> Result<Self, InvalidClaim> {
                let custom = C::deserialize(Value::Object(claims.clone()))
                    .map_err(|error| invalid("custom claims", redacted(&error)))?;
                let mut other = claims.clone();
                Ok(Self {
                    $($name: take(&mut other, stringify!($name))?,)*
                    custom,
                    other,
                })
            }
        }
    };
}

user_claims! {
    /// The user's id, unique and stable within the issuer. Scope `openid`.
    sub: String,
    /// The full name. Scope `profile`, as all claims up to `locale`.
    name: String,
    /// The username.
    username: String,
    /// The URL of a picture of the user.
    picture: String,
    /// When the account was created.
    created_at: OffsetDateTime,
    /// When the account was last changed.
    updated_at: OffsetDateTime,
    /// The family name. Logto omits empty claims from here up to `locale`.
    family_name: String,
    /// The given name.
    given_name: String,
    /// The middle name.
    middle_name: String,
    /// The nickname.
    nickname: String,
    /// The name by which the user wants to be addressed.
    preferred_username: String,
    /// The URL of a page about the user.
    profile: String,
    /// The URL of the user's own website.
    website: String,
    /// The gender, in the user's words.
    gender: String,
    /// The date of birth: `YYYY-MM-DD`, or `0000` for the year.
    birthdate: String,
    /// The time zone, as in `Europe/Paris`.
    zoneinfo: String,
    /// The language, as in `en-GB`.
    locale: String,
    /// The e-mail address. Scope `email`.
    email: String,
    /// Whether the e-mail address is verified.
    email_verified: bool,
    /// The phone number. Scope `phone`.
    phone_number: String,
    /// Whether the phone number is verified.
    phone_number_verified: bool,
    /// The postal address. Scope `address`.
    address: Address,
    /// Data that is stored with the user at Logto. Scope `custom_data`; only
    /// from the userinfo endpoint.
    custom_data: Map<String, Value>,
    /// The user's accounts at social connectors, by the connector's target
    /// (`google`). Scope `identities`; only from the userinfo endpoint.
    identities: BTreeMap<String, Identity>,
    /// The user's accounts at enterprise SSO connectors. Scope `identities`;
    /// only from the userinfo endpoint.
    sso_identities: Vec<SsoIdentity>,
    /// The names of the user's roles. Scope `roles`.
    roles: Vec<String>,
    /// The ids of the user's organizations. Scope
    /// `urn:logto:scope:organizations`.
    organizations: Vec<OrganizationId>,
    /// The organizations' names. Same scope; only from the userinfo endpoint.
    organization_data: Vec<OrganizationData>,
    /// The user's roles in the organizations. Scope
    /// `urn:logto:scope:organization_roles`.
    organization_roles: Vec<OrganizationRole>,
}

/// Prints no claims: they are personal.
impl<C> fmt::Debug for UserClaims<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserClaims").finish_non_exhaustive()
    }
}

/// A postal address (OpenID Connect Core §5.1.1). The field names of Logto's user
/// profile (`streetAddress`) are accepted too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Address {
    /// The complete address, formatted for a label.
    pub formatted: Option<String>,
    /// Street and house number; may have several lines.
    #[serde(alias = "streetAddress")]
    pub street_address: Option<String>,
    /// The town.
    pub locality: Option<String>,
    /// The state or province.
    pub region: Option<String>,
    /// The postal code.
    #[serde(alias = "postalCode")]
    pub postal_code: Option<String>,
    /// The country.
    pub country: Option<String>,
}

/// An account of the user at a social connector.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Identity {
    /// The user's id at the connector.
    pub user_id: String,
    /// The data of the connector about the user.
    #[serde(default)]
    pub details: Option<Map<String, Value>>,
}

/// An account of the user at an enterprise SSO connector.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SsoIdentity {
    /// The connector's issuer.
    pub issuer: String,
    /// The user's id at the connector.
    pub identity_id: String,
    /// The data of the connector about the user.
    #[serde(default, alias = "details")]
    pub detail: Option<Map<String, Value>>,
}

/// An organization in the answer of the userinfo endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct OrganizationData {
    /// The organization's id.
    pub id: OrganizationId,
    /// The organization's name.
    #[serde(default)]
    pub name: Option<String>,
    /// The organization's description, if it has one.
    #[serde(default)]
    pub description: Option<String>,
}

claim_values! {
    Address,
    BTreeMap<String, Identity>,
    Vec<SsoIdentity>,
    Vec<OrganizationId>,
    Vec<OrganizationData>,
}

/// Returns serde's message, unless it may repeat a value: values are personal.
fn redacted(error: &serde_json::Error) -> String {
    let reason = error.to_string();
    if reason.starts_with("missing field") {
        reason
    } else {
        "they do not fit the requested type".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    fn read<C: DeserializeOwned>(claims: &Value) -> Result<UserClaims<C>, InvalidClaim> {
        UserClaims::read(claims.as_object().unwrap())
    }

    #[test]
    fn null_and_absent_claims_differ() {
        let claims: UserClaims = read(&json!({"sub": "u", "picture": null})).unwrap();
        assert_eq!(claims.picture, Claim::Null);
        assert_eq!(claims.phone_number, Claim::Absent);
        assert_eq!(claims.sub, Claim::Given("u".to_owned()));
    }

    #[test]
    fn milliseconds_and_seconds_are_converted_to_times() {
        let claims: UserClaims = read(&json!({
            "created_at": 1_735_689_600_123_i64,
            "updated_at": 1_735_689_600_i64,
        }))
        .unwrap();
        assert_eq!(
            claims.created_at,
            Claim::Given(datetime!(2025-01-01 00:00:00.123 UTC))
        );
        assert_eq!(
            claims.updated_at,
            Claim::Given(datetime!(2025-01-01 00:00 UTC))
        );
    }

    #[test]
    fn every_claim_of_logtos_guide_is_typed() {
        let claims: UserClaims = read(&json!({
            "sub": "u", "name": "N", "username": "n", "picture": "https://p.test/",
            "email": "e@x.test", "email_verified": true,
            "phone_number": "123", "phone_number_verified": false,
            "address": {"locality": "Bangkok", "postalCode": "10110", "unknown": 1},
            "custom_data": {"plan": "pro"},
            "identities": {"google": {"userId": "g1", "details": {"id": "g1"}}},
            "sso_identities": [{"issuer": "https://i.test", "identityId": "s1", "detail": {}}],
            "roles": ["shopper"],
            "organizations": ["acme"],
            "organization_data": [{"id": "acme", "name": "Acme", "description": null}],
            "organization_roles": ["acme:admin:all"],
        }))
        .unwrap();
        let address = claims.address.into_given().unwrap();
        assert_eq!(address.locality.as_deref(), Some("Bangkok"));
        assert_eq!(address.postal_code.as_deref(), Some("10110"));
        assert_eq!(claims.custom_data.given().unwrap()["plan"], "pro");
        assert_eq!(claims.identities.given().unwrap()["google"].user_id, "g1");
        let sso = claims.sso_identities.into_given().unwrap();
        assert_eq!(sso[0].identity_id, "s1");
        let data = claims.organization_data.into_given().unwrap();
        assert_eq!(data[0].name.as_deref(), Some("Acme"));
        let roles = claims.organization_roles.into_given().unwrap();
        assert_eq!(roles[0].organization.as_str(), "acme");
        assert_eq!(roles[0].role, "admin:all");
        assert!(claims.other.is_empty());
    }

    #[test]
    fn unknown_claims_are_kept_and_custom_claims_can_be_typed() {
        #[derive(Deserialize)]
        struct Mine {
            tier: u8,
            custom_data: Plan,
        }
        #[derive(Deserialize)]
        struct Plan {
            plan: String,
        }
        let claims: UserClaims<Mine> = read(&json!({
            "sub": "u", "tier": 3, "custom_data": {"plan": "pro"}, "x": [1],
        }))
        .unwrap();
        assert_eq!(claims.custom.tier, 3);
        assert_eq!(claims.custom.custom_data.plan, "pro");
        assert_eq!(claims.other["x"], json!([1]));
        assert!(read::<Mine>(&json!({"sub": "u"})).is_err());
    }

    #[test]
    fn a_claim_of_the_wrong_type_is_named_without_its_value() {
        let error = read::<NoCustomClaims>(&json!({"email": {"secret": 1}})).unwrap_err();
        assert_eq!(error.claim, "email");
        let error = read::<NoCustomClaims>(&json!({"roles": ["a", 7]})).unwrap_err();
        assert!(!error.to_string().contains('7'), "{error}");
        assert!(read::<NoCustomClaims>(&json!({"organization_roles": ["acme"]})).is_err());
        assert!(read::<NoCustomClaims>(&json!({"updated_at": "now"})).is_err());
    }

    #[test]
    fn every_known_claim_has_a_field() {
        let mut claims = Map::new();
        for claim in crate::claims::catalog::KnownClaim::ALL {
            claims.insert(claim.name.to_owned(), Value::Null);
        }
        let claims: UserClaims = UserClaims::read(&claims).unwrap();
        assert!(claims.other.is_empty(), "{:?}", claims.other);
    }
}
