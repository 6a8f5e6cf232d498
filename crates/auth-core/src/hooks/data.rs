//! What the application stores in a session.

use std::{any::type_name, fmt};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Data of the application in a session, of a type of its own. It is sealed like
/// the rest of the session and stays on the server.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionData(Option<Value>);

impl SessionData {
    pub(super) fn of<T: Serialize + ?Sized>(data: &T) -> Result<Self, serde_json::Error> {
        Ok(Self(Some(serde_json::to_value(data)?)))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the data; `None` if there is none.
    ///
    /// Data that cannot be read as `T`, because the type has changed since it was
    /// stored, counts as absent, which is logged: nobody is signed out by it. Give
    /// new fields a default (`#[serde(default)]`).
    pub fn get<T: DeserializeOwned>(&self) -> Option<T> {
        let data = self.0.as_ref()?;
        match T::deserialize(data) {
            Ok(data) => Some(data),
            // Not the reason: it may quote personal data.
            Err(_) => {
                tracing::warn!(
                    wanted = type_name::<T>(),
                    "what the application has stored in a session cannot be read as this type and \
                     counts as absent; give new fields of the type a default"
                );
                None
            }
        }
    }
}

/// Prints nothing personal.
impl fmt::Debug for SessionData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() {
            "SessionData(none)"
        } else {
            "SessionData([redacted])"
        })
    }
}

/// Data to store: the failure to serialize it counts when the hook's decision is
/// carried out.
#[derive(Clone, Debug)]
pub(crate) struct DataToStore(Result<SessionData, String>);

impl Default for DataToStore {
    fn default() -> Self {
        Self(Ok(SessionData::default()))
    }
}

impl DataToStore {
    pub(super) fn of<T: Serialize + ?Sized>(data: &T) -> Self {
        Self(SessionData::of(data).map_err(|error| error.to_string()))
    }

    pub(crate) fn into_data(self) -> Result<SessionData, String> {
        self.0
            .map_err(|error| format!("the data to store cannot be serialized to JSON: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::config::captured_log::CapturedLog;

    #[test]
    fn data_that_cannot_be_read_counts_as_absent_and_is_logged() {
        let log = CapturedLog::start();
        let data = SessionData::of("+1 202 555 0143").unwrap();
        assert_eq!(data.get::<String>().as_deref(), Some("+1 202 555 0143"));
        assert_eq!(SessionData::default().get::<u32>(), None);
        assert_eq!(log.text(), "");
        assert_eq!(data.get::<u32>(), None);
        let log = log.text();
        assert!(log.contains("WARN") && log.contains("u32"), "{log}");
        assert!(!log.contains("0143"), "{log}");
    }

    #[test]
    fn data_is_never_printed() {
        let data = SessionData::of("+1 202 555 0143").unwrap();
        assert_eq!(format!("{data:?}"), "SessionData([redacted])");
        let to_store = DataToStore::of("+1 202 555 0143");
        assert!(!format!("{to_store:?}").contains("0143"), "{to_store:?}");
    }

    #[test]
    fn data_without_a_form_in_json_is_not_stored() {
        let no_text_keys = HashMap::from([((1, 2), 3)]);
        assert!(DataToStore::of(&no_text_keys).into_data().is_err());
    }
}
