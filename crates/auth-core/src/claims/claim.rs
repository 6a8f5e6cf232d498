//! The value of a claim: given, null or absent.

use serde::Deserialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// The value of a claim. Logto distinguishes empty claims (`null`) from claims
/// that were not requested (absent).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Claim<T> {
    /// The claim is absent: its scope was not requested, or it is one of the
    /// claims that Logto omits if they are empty.
    #[default]
    Absent,
    /// The claim is present and empty.
    Null,
    /// The claim has this value.
    Given(T),
}

impl<T> Claim<T> {
    /// Returns the value, if there is one.
    pub const fn given(&self) -> Option<&T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Null | Self::Absent => None,
        }
    }

    /// Returns the value, if there is one.
    pub fn into_given(self) -> Option<T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Null | Self::Absent => None,
        }
    }
}

/// Removes a claim from `claims` and converts it to its type.
pub(crate) fn take<T: ClaimValue>(
    claims: &mut Map<String, Value>,
    name: &'static str,
) -> Result<Claim<T>, InvalidClaim> {
    match claims.shift_remove(name) {
        None => Ok(Claim::Absent),
        Some(Value::Null) => Ok(Claim::Null),
        Some(value) => T::read(value)
            .map(Claim::Given)
            .map_err(|reason| invalid(name, reason)),
    }
}

/// A claim is not of the type that Logto documents, or a custom claim is not of
/// the requested type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claim {claim} has an unexpected type: {reason}")]
#[non_exhaustive]
pub struct InvalidClaim {
    /// The claim's name; `custom claims` if the custom claims do not fit their
    /// type.
    pub claim: &'static str,
    /// What does not fit. Never contains the value.
    pub reason: String,
}

pub(crate) fn invalid(claim: &'static str, reason: impl Into<String>) -> InvalidClaim {
    InvalidClaim {
        claim,
        reason: reason.into(),
    }
}

/// A type that the value of a claim can have.
pub(crate) trait ClaimValue: Sized {
    fn read(value: Value) -> Result<Self, String>;
}

macro_rules! claim_values {
    ($($type:ty),* $(,)?) => {
        $(impl ClaimValue for $type {
            fn read(value: Value) -> Result<Self, String> {
                // serde's own message may repeat the value, which is personal.
                <$type>::deserialize(value).map_err(|_| {
                    concat!("it is not a ", stringify!($type)).to_owned()
                })
            }
        })*
    };
}

pub(super) use claim_values;

claim_values! {
    String,
    bool,
    Map<String, Value>,
    Vec<String>,
}

/// Numbers from here on count milliseconds. This one is in the year 1973 as
/// milliseconds, and in the year 5138 as seconds.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// Logto sends milliseconds since 1970; OpenID Connect Core §5.1 specifies
/// seconds. Both are accepted.
impl ClaimValue for OffsetDateTime {
    fn read(value: Value) -> Result<Self, String> {
        timestamp(&value).ok_or_else(|| "it is not a time since 1970".to_owned())
    }
}

/// Returns the time of a claim like `updated_at`.
pub(crate) fn timestamp(value: &Value) -> Option<OffsetDateTime> {
    let number = value.as_i64()?;
    let milliseconds = if number.abs() >= MILLISECONDS_FROM {
        i128::from(number)
    } else {
        i128::from(number) * 1000
    };
    OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000).ok()
}
