//! What the application tells the browser of a session.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

/// Texts with names, as an object in JSON. There are few, so it is a list, whose
/// code in the browser is smaller than that of a map.
///
/// ```
/// use auth_types::PublicData;
///
/// let mut data = PublicData::new();
/// data.insert("plan", "free");
/// data.insert("plan", "gold");
/// assert_eq!(data.get("plan"), Some("gold"));
/// assert_eq!(data.get("visits"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicData(
    /// In the order of the names, and each name once.
    Vec<(String, String)>,
);

impl PublicData {
    /// Creates one without texts.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Returns the text of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let index = self.find(name).ok()?;
        Some(&self.0.get(index)?.1)
    }

    /// Adds a text, or replaces the one of this name.
    pub fn insert(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.put(name.into(), text.into());
    }

    /// Returns the names and texts, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (&**name, &**text))
    }

    /// Returns whether there is no text.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn put(&mut self, name: String, text: String) {
        match self.find(&name) {
            Ok(index) => {
                if let Some(found) = self.0.get_mut(index) {
                    found.1 = text;
                }
            }
            Err(index) => self.0.insert(index, (name, text)),
        }
    }

    /// Returns where the name is, or where it belongs.
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| (**other).cmp(name))
    }
}

impl Serialize for PublicData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for PublicData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = PublicData;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("texts with names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PublicData, A::Error> {
                let mut data = PublicData::new();
                while let Some((name, text)) = map.next_entry()? {
                    data.put(name, text);
                }
                Ok(data)
            }
        }

        deserializer.deserialize_map(Texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_each_is_there_once() {
        let mut data = PublicData::new();
        assert!(data.is_empty());
        for (name, text) in [("b", "1"), ("a", "2"), ("c", "3"), ("b", "4"), ("", "5")] {
            data.insert(name, text);
        }
        let expected = [("", "5"), ("a", "2"), ("b", "4"), ("c", "3")];
        assert!(data.iter().eq(expected));
        for (name, text) in expected {
            assert_eq!(data.get(name), Some(text));
        }
        assert_eq!(data.get("d"), None);
    }
}
