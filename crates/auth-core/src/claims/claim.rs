//! A claim's value: of its type, null or absent.

use serde::Deserialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

/// A claim's value. Logto tells two kinds of *nothing* apart: a claim that it
/// knows to be empty is `null`, one that was not asked for is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Claim<T> {
    /// It is not there: its scope was not asked for, or it is one that Logto
    /// leaves out when empty.
    #[default]
    Absent,
    /// It is there, and empty.
    Null,
    /// It has this value.
    Given(T),
}

impl<T> Claim<T> {
    /// The value, if there is one.
    pub const fn given(&self) -> Option<&T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Null | Self::Absent => None,
        }
    }

    /// The value, if there is one.
    pub fn into_given(self) -> Option<T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Null | Self::Absent => None,
        }
    }
}

/// Takes a claim out of what was told.
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

/// What a claim's value can be.
pub(crate) trait ClaimValue: Sized {
    fn read(value: Value) -> Result<Self, String>;
}

macro_rules! claim_values {
    ($($type:ty),* $(,)?) => {
        $(impl ClaimValue for $type {
            fn read(value: Value) -> Result<Self, String> {
                // Not serde's own words: they may repeat the value.
                <$type>::deserialize(value).map_err(|_| {
                    concat!("it is no ", stringify!($type)).to_owned()
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

/// From here on a number counts milliseconds: as seconds it would be the year
/// 5138, as milliseconds it is 1973.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// Logto gives milliseconds since 1970, where OpenID Connect Core §5.1 has
/// seconds; both are read.
impl ClaimValue for OffsetDateTime {
    fn read(value: Value) -> Result<Self, String> {
        timestamp(&value).ok_or_else(|| "it is no time since 1970".to_owned())
    }
}

/// The time that a claim like `updated_at` means.
pub(crate) fn timestamp(value: &Value) -> Option<OffsetDateTime> {
    let number = value.as_i64()?;
    let milliseconds = if number.abs() >= MILLISECONDS_FROM {
        i128::from(number)
    } else {
        i128::from(number) * 1000
    };
    OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000).ok()
}
