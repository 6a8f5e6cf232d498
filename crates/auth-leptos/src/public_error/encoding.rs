//! The forms of the error outside of the process: an object of texts, `kind` and
//! `sentence`, in the answer of a server function; and a text for `serde`, which
//! resources and errors of an application's own type use.

use std::{borrow::Cow, fmt};

use leptos::{
    serde_json,
    server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::JsonEncoding},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::PublicError;

/// Separates kind and sentence in a text.
const SEPARATOR: &str = ": ";

/// Writes kind and sentence as a text, as in
/// `SessionRequired: Your session has ended. Please sign in again.`
impl Serialize for PublicError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}{SEPARATOR}{}", self.code, self.sentence))
    }
}

/// A text, because every application can read one: the code that reads an object
/// would add more than a kilobyte to the WASM.
impl<'de> Deserialize<'de> for PublicError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.split_once(SEPARATOR) {
            Some((code, sentence)) => Ok(Self::read(code.to_owned(), sentence.to_owned())),
            None => Err(D::Error::custom("not a kind and a sentence")),
        }
    }
}

/// The JSON of a server function's answer, for programs too.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PublicErrorEncoding;

impl ContentType for PublicErrorEncoding {
    const CONTENT_TYPE: &'static str = JsonEncoding::CONTENT_TYPE;
}

impl FormatType for PublicErrorEncoding {
    const FORMAT_TYPE: Format = Format::Text;
}

/// What the JSON contains.
#[derive(Serialize)]
struct Answer<'a> {
    kind: &'a str,
    sentence: &'a str,
}

impl Encodes<PublicError> for PublicErrorEncoding {
    type Error = serde_json::Error;

    fn encode(error: &PublicError) -> Result<Bytes, Self::Error> {
        let answer = Answer {
            kind: &error.code,
            sentence: &error.sentence,
        };
        serde_json::to_string(&answer).map(Bytes::from)
    }
}

/// An answer is not JSON with texts `kind` and `sentence`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct InvalidAnswer;

impl fmt::Display for InvalidAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`kind` or `sentence` is missing")
    }
}

/// A newer server may add members.
impl Decodes<PublicError> for PublicErrorEncoding {
    type Error = InvalidAnswer;

    fn decode(answer: Bytes) -> Result<PublicError, Self::Error> {
        std::str::from_utf8(&answer)
            .ok()
            .and_then(texts)
            .map(|(kind, sentence)| PublicError::read(kind, sentence))
            .ok_or(InvalidAnswer)
    }
}

/// Reads kind and sentence with the browser's own parser.
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
fn texts(answer: &str) -> Option<(String, String)> {
    crate::browser::texts_of(answer, "kind", "sentence")
}

#[cfg(not(all(feature = "hydrate", target_arch = "wasm32")))]
fn texts(answer: &str) -> Option<(String, String)> {
    let answer: serde_json::Value = serde_json::from_str(answer).ok()?;
    let text = |name| answer.get(name)?.as_str().map(str::to_owned);
    Some((text("kind")?, text("sentence")?))
}

impl PublicError {
    fn read(code: String, sentence: String) -> Self {
        Self {
            code: Cow::Owned(code),
            sentence: Cow::Owned(sentence),
            #[cfg(feature = "ssr")]
            details: None,
        }
    }
}
