//! What the application lets a browser see.

use auth_core::{AllowSignIn, Hooks};
use serde_json::{Value, json};

use super::{Customer, Site};

async fn shown(hooks: Hooks) -> Value {
    let site = Site::new(hooks).await;
    let mut browser = site.signed_in("alice").await;
    let answer = browser.get("/api/auth/session").await;
    assert_eq!(answer.status, 200);
    let mut shown: Value = serde_json::from_str(&answer.body).unwrap();
    shown.as_object_mut().unwrap().remove("expires").unwrap();
    shown
}

#[tokio::test]
async fn the_application_adds_texts_and_chooses_the_roles() {
    let hooks = Hooks::new()
        .on_sign_in(|_| async { Ok(AllowSignIn::new().data(&Customer { number: 7 }).into()) })
        .public_session(|mut public, claims, data| {
            public.user.email = None;
            let mut roles = public.roles.clone();
            roles.push(format!("customer of {}", claims.str("sub").unwrap()));
            let number = data.get::<Customer>().unwrap().number;
            public
                .with_roles(roles)
                .with_data("number", number.to_string())
                .with_data("</script>", "<b>")
        });
    assert_eq!(
        shown(hooks).await,
        json!({
            "user": {"id": "alice", "name": "alice"},
            "roles": ["member", "customer of alice"],
            "data": {"number": "7", "</script>": "<b>"},
        })
    );
}

/// Nothing is shown that needs a role, and nobody is signed out.
#[tokio::test]
async fn after_a_panic_the_browser_sees_the_user_without_roles() {
    let hooks = Hooks::new().public_session(|_, _, _| panic!("the test panics"));
    assert_eq!(shown(hooks).await["user"]["id"], "alice");
    let hooks = Hooks::new().public_session(|_, _, _| panic!("the test panics"));
    assert_eq!(shown(hooks).await.get("roles"), None);
}
