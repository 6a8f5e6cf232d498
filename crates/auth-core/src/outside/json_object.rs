//! JSON objects from outside, read strictly: a member that appears twice is
//! refused.
//!
//! Readers differ in which of two equal members they take, so one reader could
//! check a value and another use a different one (RFC 7519 §4, RFC 8725 §2.4).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

/// The members of a JSON object, each once, in the order received.
#[derive(Debug)]
pub(crate) struct UniqueMembers(pub(crate) Map<String, Value>);

/// Reads a JSON object. Fails with the reason, which repeats no value.
pub(crate) fn parse(bytes: &[u8]) -> Result<Map<String, Value>, &'static str> {
    match serde_json::from_slice(bytes) {
        Ok(UniqueMembers(members)) => Ok(members),
        Err(error) if error.to_string().starts_with(DUPLICATE) => Err(DUPLICATE),
        Err(_) => Err("it is not a JSON object"),
    }
}

const DUPLICATE: &str = "a member appears twice";

impl<'de> Deserialize<'de> for UniqueMembers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = UniqueMembers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut access: A,
            ) -> Result<UniqueMembers, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(A::Error::custom(DUPLICATE));
                    }
                }
                Ok(UniqueMembers(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_their_values() {
        let text = r#"{"b":null,"a":[1,{"x":2}],"c":1.0}"#;
        let members = parse(text.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&members).unwrap(), text);
    }

    #[test]
    fn what_is_no_object_or_repeats_a_member_is_refused() {
        for (text, reason) in [
            (r#"{"a":1,"a":1}"#, DUPLICATE),
            (r#"{"a":1,"\u0061":2}"#, DUPLICATE),
            ("[]", "it is not a JSON object"),
            ("null", "it is not a JSON object"),
            (r#"{"a":1}{"#, "it is not a JSON object"),
            ("", "it is not a JSON object"),
            ("\u{feff}{}", "it is not a JSON object"),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap_err(), reason, "{text}");
        }
        let deep = format!("{}{}", "{\"a\":".repeat(100_000), "1");
        assert_eq!(
            parse(deep.as_bytes()).unwrap_err(),
            "it is not a JSON object"
        );
    }
}
