//! The form of the error that a browser gets: an object of texts, `kind` and
//! `sentence`.

use std::fmt;

use auth_types::ErrorKind;
use leptos::{
    serde_json,
    server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::JsonEncoding},
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};

use super::PublicError;

impl Serialize for PublicError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("kind", self.kind.code()), ("sentence", &self.sentence)])
    }
}

/// Written by hand: what `serde` derives is three times as large in the WASM. A newer
/// server may add members.
impl<'de> Deserialize<'de> for PublicError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = PublicError;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an error with `kind` and `sentence`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PublicError, A::Error> {
                let (mut kind, mut sentence) = (None, None);
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "kind" => kind = Some(map.next_value::<String>()?),
                        "sentence" => sentence = Some(map.next_value::<String>()?),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                let (Some(kind), Some(sentence)) = (kind, sentence) else {
                    return Err(A::Error::custom("`kind` or `sentence` is missing"));
                };
                Ok(PublicError {
                    sentence: sentence.into(),
                    ..PublicError::new(kind.parse().unwrap_or(ErrorKind::Internal))
                })
            }
        }

        deserializer.deserialize_map(Texts)
    }
}

/// JSON, as [`JsonEncoding`] writes it. A browser reads it as text, as resources do:
/// `JsonEncoding` reads bytes, with code that the WASM would contain in addition.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PublicErrorEncoding;

impl ContentType for PublicErrorEncoding {
    const CONTENT_TYPE: &'static str = JsonEncoding::CONTENT_TYPE;
}

impl FormatType for PublicErrorEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

impl Encodes<PublicError> for PublicErrorEncoding {
    type Error = serde_json::Error;

    fn encode(error: &PublicError) -> Result<Bytes, Self::Error> {
        serde_json::to_string(error).map(Bytes::from)
    }
}

impl Decodes<PublicError> for PublicErrorEncoding {
    type Error = serde_json::Error;

    fn decode(answer: Bytes) -> Result<PublicError, Self::Error> {
        serde_json::from_str(&String::from_utf8_lossy(&answer))
    }
}
