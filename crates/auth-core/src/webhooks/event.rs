//! What a webhook reports, from its JSON body.

use serde_json::{Map, Value};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    hooks::user_event::{UserEvent, UserEventKind},
    jwt::table::MAX_NAME,
};

/// What a body says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Report {
    Of(UserEvent),
    /// Another event, or one that names no user. Logto may report more than it
    /// did when this was written.
    Other,
}

/// Reads a body. Fails with the reason if it is not that of a webhook.
pub(crate) fn read(body: &[u8]) -> Result<Report, &'static str> {
    let payload: Map<String, Value> =
        serde_json::from_slice(body).map_err(|_| "its body is not a JSON object")?;
    let name = payload.get("event").and_then(Value::as_str);
    let name = name.ok_or("it names no event")?;
    let (kind, subs) = match name {
        "User.SuspensionStatus.Updated" => (suspension(&payload), user_of(&payload)),
        "User.Deleted" => (UserEventKind::Deleted, user_of(&payload)),
        "User.Data.Updated" => (UserEventKind::DataUpdated, user_of(&payload)),
        "Organization.Membership.Updated" => (UserEventKind::MembershipUpdated, members(&payload)),
        _ => return Ok(Report::Other),
    };
    if subs.is_empty() {
        // Older versions of Logto do not say whose membership has changed, and the
        // console's test calls name no user.
        tracing::debug!(event = name, "a webhook names no user");
        return Ok(Report::Other);
    }
    let occurred_at = payload
        .get("createdAt")
        .and_then(Value::as_str)
        .and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok())
        .ok_or("it does not say when it was made (createdAt)")?;
    Ok(Report::Of(UserEvent {
        kind,
        subs,
        occurred_at,
    }))
}

/// The data may be null. What has changed is then unknown.
fn suspension(payload: &Map<String, Value>) -> UserEventKind {
    let data = payload.get("data").and_then(Value::as_object);
    match data.and_then(|data| data.get("isSuspended")) {
        Some(Value::Bool(true)) => UserEventKind::Suspended,
        Some(Value::Bool(false)) => UserEventKind::Reinstated,
        _ => UserEventKind::DataUpdated,
    }
}

/// Returns the user of `data`, or of the path of the call to Logto's Management
/// API: after a deletion the data is null.
fn user_of(payload: &Map<String, Value>) -> Vec<String> {
    let text = |object: &str, name: &str| {
        let value = payload.get(object)?.as_object()?.get(name)?.as_str()?;
        is_id(value).then(|| value.to_owned())
    };
    text("data", "id")
        .or_else(|| text("params", "userId"))
        .into_iter()
        .collect()
}

fn members(payload: &Map<String, Value>) -> Vec<String> {
    let mut subs: Vec<String> = ["addedUserIds", "removedUserIds"]
        .into_iter()
        .filter_map(|name| payload.get(name)?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .filter(|id| is_id(id))
        .map(str::to_owned)
        .collect();
    subs.sort_unstable();
    subs.dedup();
    subs
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_NAME
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn report(payload: &Value) -> Result<Option<(UserEventKind, Vec<String>)>, &'static str> {
        read(payload.to_string().as_bytes()).map(|report| match report {
            Report::Of(event) => Some((event.kind, event.subs)),
            Report::Other => None,
        })
    }

    #[test]
    fn each_event_names_its_users() {
        let at = "2026-01-01T00:00:00.123Z";
        let alice = || vec!["alice".to_owned()];
        for (payload, expected) in [
            (
                json!({"event": "User.SuspensionStatus.Updated", "createdAt": at,
                    "data": {"id": "alice", "isSuspended": true}}),
                Some((UserEventKind::Suspended, alice())),
            ),
            (
                json!({"event": "User.SuspensionStatus.Updated", "createdAt": at,
                    "data": {"id": "alice", "isSuspended": false}}),
                Some((UserEventKind::Reinstated, alice())),
            ),
            (
                json!({"event": "User.SuspensionStatus.Updated", "createdAt": at,
                    "data": null, "params": {"userId": "alice"}}),
                Some((UserEventKind::DataUpdated, alice())),
            ),
            (
                json!({"event": "User.Deleted", "createdAt": at, "data": null,
                    "params": {"userId": "alice"}}),
                Some((UserEventKind::Deleted, alice())),
            ),
            (
                json!({"event": "User.Data.Updated", "createdAt": at,
                    "data": {"id": "alice", "name": "Alice"}}),
                Some((UserEventKind::DataUpdated, alice())),
            ),
            (
                json!({"event": "Organization.Membership.Updated", "createdAt": at,
                    "organizationId": "acme", "addedUserIds": ["bob", "alice"],
                    "removedUserIds": ["bob", "", 7]}),
                Some((
                    UserEventKind::MembershipUpdated,
                    vec!["alice".to_owned(), "bob".to_owned()],
                )),
            ),
            (
                json!({"event": "Organization.Membership.Updated", "createdAt": at,
                    "organizationId": "acme", "data": null}),
                None,
            ),
            // The console's test call.
            (
                json!({"event": "User.Deleted", "createdAt": at, "params": {"id": "fake"},
                    "data": {"result": "success"}}),
                None,
            ),
            (
                json!({"event": "PostSignIn", "user": {"id": "alice"}}),
                None,
            ),
            (json!({"event": "Some.New.Event", "data": [1, 2]}), None),
        ] {
            assert_eq!(report(&payload), Ok(expected), "{payload}");
        }
    }

    #[test]
    fn what_is_no_event_is_refused() {
        let user = json!({"id": "alice"});
        for payload in [
            json!([]),
            json!("User.Deleted"),
            json!({}),
            json!({"event": 7}),
            json!({"event": "User.Deleted", "data": user}),
            json!({"event": "User.Deleted", "data": user, "createdAt": 1_767_225_600}),
            json!({"event": "User.Deleted", "data": user, "createdAt": "yesterday"}),
        ] {
            assert!(report(&payload).is_err(), "{payload}");
        }
        assert!(read(b"").is_err());
        assert!(read(b"{\"event\":").is_err());
    }

    proptest! {
        #[test]
        fn no_body_causes_a_panic(body in r#"([{}\[\]:,"]|event|data|params|User\.Deleted|\PC){0,30}"#) {
            drop(read(body.as_bytes()));
        }
    }
}
