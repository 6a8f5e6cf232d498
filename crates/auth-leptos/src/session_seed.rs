//! The session in the HTML of a page. The server writes it, and the browser
//! reads it once, so that both render the same without a request.

/// The `id` of the element that holds the seed.
#[cfg(any(feature = "ssr", all(feature = "hydrate", target_arch = "wasm32")))]
pub(crate) const ID: &str = "auth-session";

/// The `id` of the hidden notice that a page with islands shows when it shows a
/// former session.
#[cfg(any(feature = "ssr", all(feature = "hydrate", target_arch = "wasm32")))]
pub(crate) const NOTICE_ID: &str = "auth-notice";

/// The version of the seed's form. A browser that finds another version fetches
/// the session instead.
#[cfg(any(feature = "ssr", all(feature = "hydrate", target_arch = "wasm32")))]
pub(crate) const VERSION: u32 = 1;

/// The attribute of the element that holds the seed, with the path that the sign-in
/// routes begin with. It can be read also if the seed cannot.
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
pub(crate) const BASE_PATH: &str = "data-base-path";

/// The name of the function in the WASM that follows the session in a page with
/// islands.
#[cfg(feature = "ssr")]
pub(crate) const ISLAND: &str = "followAuthSession";

/// Builds the JSON of the seed. It has no member `session` if the session is not
/// known, and `null` if the user is signed out.
///
/// The result can stand in a `<script>`: an end tag needs a `<`, and so does
/// `<!--`, which also changes how a browser reads a script (HTML §13.2.5.18).
#[cfg(feature = "ssr")]
pub(crate) fn json(
    state: &crate::SessionState,
    refetch_interval: Option<std::time::Duration>,
) -> String {
    use auth_types::PublicSession;

    use crate::SessionState;

    #[derive(serde::Serialize)]
    struct Seed<'a> {
        version: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        session: Option<Option<&'a PublicSession>>,
        #[serde(rename = "refetchSeconds", skip_serializing_if = "Option::is_none")]
        refetch_seconds: Option<u64>,
    }

    let seed = Seed {
        version: VERSION,
        session: match state {
            SessionState::Loading => None,
            SessionState::Unauthenticated => Some(None),
            SessionState::Authenticated(session) => Some(Some(session)),
        },
        refetch_seconds: refetch_interval.map(|interval| interval.as_secs()),
    };
    // Strings and numbers always become JSON.
    serde_json::to_string(&seed)
        .unwrap_or_default()
        .replace('<', "\\u003c")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::time::Duration;

    use auth_types::{PublicSession, User};

    use super::*;
    use crate::SessionState;

    #[test]
    fn each_state_has_its_own_form() {
        let session = PublicSession::new(User::new("foo123"), "2030-01-01T00:00:00Z");
        for (state, expected) in [
            (
                SessionState::Authenticated(session),
                r#"{"version":1,"session":{"user":{"id":"foo123"},"expires":"2030-01-01T00:00:00Z"}}"#,
            ),
            (
                SessionState::Unauthenticated,
                r#"{"version":1,"session":null}"#,
            ),
            (SessionState::Loading, r#"{"version":1}"#),
        ] {
            assert_eq!(json(&state, None), expected);
        }
        assert_eq!(
            json(&SessionState::Loading, Some(Duration::from_secs(90))),
            r#"{"version":1,"refetchSeconds":90}"#
        );
    }

    #[test]
    fn no_name_ends_the_script_or_changes_how_it_is_read() {
        for name in [
            "</script>",
            "<!--<script>",
            "</SCRIPT ",
            "\\u003c\u{2028}\"",
        ] {
            let user = User::new("foo123").with_name(Some(name));
            let session = PublicSession::new(user, "2030-01-01T00:00:00Z");
            let seed = json(&SessionState::Authenticated(session), None);
            assert!(!seed.contains('<'), "{seed}");
            let read: serde_json::Value = serde_json::from_str(&seed).unwrap();
            assert_eq!(read["session"]["user"]["name"], name);
        }
    }
}
