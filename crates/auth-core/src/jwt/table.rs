//! A table for each kind of token: which claims of the protocol it has, of
//! which type they are, and how they are checked, after its signature was
//! verified.
//!
//! A claim of a wrong type is refused: as absent, a wrong `sid` would keep a
//! session from ever being ended by the provider. Claims that are in no table
//! are not looked at, so they cannot refuse a token.

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

/// The longest `sub` accepted: it "MUST NOT exceed 255 ASCII characters"
/// (OpenID Connect Core §2). No other name is longer.
pub(crate) const MAX_NAME: usize = 255;

/// Why a token is refused. The text continues the sentence "the token is not
/// valid:".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// A check failed.
    Invalid(String),
    /// Every check passed except those of time: perhaps a clock is wrong.
    OutOfTime(String),
}

impl Rejection {
    pub(crate) fn into_reason(self) -> String {
        match self {
            Self::Invalid(reason) | Self::OutOfTime(reason) => reason,
        }
    }

    /// Returns the reason without what it says about clocks.
    pub(crate) fn into_short_reason(self) -> String {
        match self {
            Self::Invalid(reason) => reason,
            Self::OutOfTime(reason) => match reason.split_once(": ") {
                Some((short, _)) => short.to_owned(),
                None => reason,
            },
        }
    }
}

impl From<&str> for Rejection {
    fn from(reason: &str) -> Self {
        Self::Invalid(reason.to_owned())
    }
}

/// Fails with this reason unless a condition holds.
pub(crate) fn ensure(holds: bool, reason: &str) -> Result<(), Rejection> {
    if holds { Ok(()) } else { Err(reason.into()) }
}

/// Whether a kind of token has a claim.
pub(crate) enum Presence<E> {
    Required,
    Optional,
    /// Optional, and `null` counts as absent: Logto writes `null` for values that
    /// it does not have, and `openidconnect` reads it like that.
    Nullable,
    /// Required if this holds, and [`Nullable`](Self::Nullable) otherwise.
    NullableUnless(fn(&E) -> bool),
    /// "MUST NOT be present", whatever its value is.
    Forbidden,
}

/// The type of a claim.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// A string of 1 to [`MAX_NAME`] bytes.
    Name,
    /// A string.
    Text,
    /// A `NumericDate`, which may have a fraction (RFC 7519 §2).
    Time,
    /// A string or a list of strings (RFC 7519 §4.1.3).
    Audience,
    /// An object.
    Object,
}

/// The value of a claim, of its type.
#[derive(Clone, Debug)]
pub(crate) enum Read<'t> {
    Text(&'t str),
    Time(OffsetDateTime),
    Audience(Vec<&'t str>),
    Object(&'t Map<String, Value>),
}

type Check<E> = fn(&Read<'_>, &E) -> Result<(), Rejection>;

/// A line of a table. `E` is what a token has to match.
pub(crate) struct Row<E> {
    pub(crate) claim: &'static str,
    pub(crate) presence: Presence<E>,
    pub(crate) form: Form,
    /// The check of a claim that is present.
    pub(crate) check: Check<E>,
}

/// Builds a line.
pub(crate) const fn row<E>(
    claim: &'static str,
    presence: Presence<E>,
    form: Form,
    check: Check<E>,
) -> Row<E> {
    Row {
        claim,
        presence,
        form,
        check,
    }
}

/// A claim that has to be of its type, and is not checked otherwise.
pub(crate) fn unchecked<E>(_: &Read<'_>, _: &E) -> Result<(), Rejection> {
    Ok(())
}

/// The claims of a table that a token has.
pub(crate) struct ReadClaims<'t>(Vec<(&'static str, Read<'t>)>);

/// Checks a payload with the lines of a table, in their order. First the types
/// of all claims.
pub(crate) fn check<'t, E>(
    payload: &'t Map<String, Value>,
    table: &[Row<E>],
    expected: &E,
) -> Result<ReadClaims<'t>, Rejection> {
    let mut read = Vec::with_capacity(table.len());
    let mut checks = Vec::with_capacity(table.len());
    for row in table {
        let value = match (payload.get(row.claim), &row.presence) {
            (Some(_), Presence::Forbidden) => {
                return Err(Rejection::Invalid(format!("it has a {}", row.claim)));
            }
            (Some(Value::Null), Presence::Nullable | Presence::NullableUnless(_)) => None,
            (value, _) => value,
        };
        let Some(value) = value else {
            let is_required = match &row.presence {
                Presence::Required => true,
                Presence::NullableUnless(holds) => holds(expected),
                Presence::Optional | Presence::Nullable | Presence::Forbidden => false,
            };
            if is_required {
                return Err(Rejection::Invalid(format!("it has no {}", row.claim)));
            }
            continue;
        };
        let value = row.form.read(value).ok_or_else(|| {
            Rejection::Invalid(format!("its {} is not {}", row.claim, row.form.name()))
        })?;
        read.push((row.claim, value));
        checks.push(row.check);
    }
    for ((_, value), check) in read.iter().zip(checks) {
        check(value, expected)?;
    }
    Ok(ReadClaims(read))
}

impl Form {
    fn read(self, value: &Value) -> Option<Read<'_>> {
        match (self, value) {
            (Self::Name, Value::String(name)) if (1..=MAX_NAME).contains(&name.len()) => {
                Some(Read::Text(name))
            }
            (Self::Text, Value::String(text)) => Some(Read::Text(text)),
            (Self::Time, Value::Number(since)) => {
                let since = Duration::checked_seconds_f64(since.as_f64()?)?;
                OffsetDateTime::UNIX_EPOCH
                    .checked_add(since)
                    .map(Read::Time)
            }
            (Self::Audience, Value::String(audience)) => Some(Read::Audience(vec![audience])),
            (Self::Audience, Value::Array(audiences)) => audiences
                .iter()
                .map(Value::as_str)
                .collect::<Option<_>>()
                .map(Read::Audience),
            (Self::Object, Value::Object(members)) => Some(Read::Object(members)),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Name => "a string of 1 to 255 bytes",
            Self::Text => "a string",
            Self::Time => "a time in seconds since 1970",
            Self::Audience => "a string or a list of strings",
            Self::Object => "an object",
        }
    }
}

impl<'t> Read<'t> {
    pub(crate) fn text(&self) -> &'t str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    pub(crate) fn time(&self) -> OffsetDateTime {
        match self {
            Self::Time(time) => *time,
            _ => OffsetDateTime::UNIX_EPOCH,
        }
    }

    pub(crate) fn audiences(&self) -> &[&'t str] {
        match self {
            Self::Audience(audiences) => audiences,
            _ => &[],
        }
    }
}

impl<'t> ReadClaims<'t> {
    pub(crate) fn get(&self, claim: &str) -> Option<&Read<'t>> {
        self.0
            .iter()
            .find_map(|(name, value)| (*name == claim).then_some(value))
    }

    /// Returns a claim that is a name or a text.
    pub(crate) fn text(&self, claim: &str) -> Option<String> {
        self.get(claim).map(|value| value.text().to_owned())
    }

    /// Returns a claim that is a time.
    pub(crate) fn time(&self, claim: &str) -> Option<OffsetDateTime> {
        self.get(claim).map(Read::time)
    }
}
