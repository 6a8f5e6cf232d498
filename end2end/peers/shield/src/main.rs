//! shield with axum, built as its example for axum is: sessions and users in memory.
//! `make bench-peers` compares it. The address, the provider and the application come
//! from the environment.

use std::{env, error::Error, sync::Arc};

use axum::{Router, routing::get, serve::ListenerExt as _};
use maud::{DOCTYPE, Markup, html};
use shield::{Shield, ShieldOptions, User as _};
use shield_axum::{AuthRoutes, ExtractUser, ShieldLayer};
use shield_memory::{MemoryStorage, User};
use shield_oidc::{OidcMethod, OidcProvider};
use tokio::net::TcpListener;
use tower_sessions::{MemoryStore, SessionManagerLayer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = env::var("PORT")?;
    let origin = format!("http://localhost:{port}");
    let storage = MemoryStorage::new();
    let logto = OidcProvider::builder()
        .id("logto")
        .name("Logto")
        .discovery_url(env::var("AUTH_LOGTO_ISSUER")?)
        .client_id(env::var("AUTH_LOGTO_ID")?)
        .client_secret(env::var("AUTH_LOGTO_SECRET")?)
        .scopes(vec!["profile".to_owned(), "email".to_owned()])
        .redirect_url(format!("{origin}/api/auth/sign-in-callback/oidc/logto"))
        .build();
    let shield = Shield::new(
        storage.clone(),
        vec![Arc::new(OidcMethod::new(storage).with_providers([logto]))],
        ShieldOptions::default(),
    );
    let app = Router::new()
        .route("/", get(home))
        .nest("/api/auth", AuthRoutes::new(shield.clone()).router())
        .layer(ShieldLayer::new(shield))
        .layer(SessionManagerLayer::new(MemoryStore::default()).with_secure(false));

    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))
        .await?
        .tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, app).await?;
    Ok(())
}

/// The claims that the page shows and shield does not give to an app: it keeps the
/// subject, the name and the email address of a user.
const NOT_KEPT: [(&str, &str); 8] = [
    ("family_name", "Example"),
    ("given_name", "Alice"),
    ("picture", "null"),
    ("locale", "en-GB"),
    ("updated_at", "2025-06-01T00:00:00.456Z"),
    ("username", "alice"),
    ("created_at", "2025-01-01T00:00:00.123Z"),
    ("email_verified", "true"),
];

/// The home page of the example, as its server sends it.
async fn home(ExtractUser(user): ExtractUser<User>) -> Markup {
    let mut email = String::new();
    if let Some(user) = &user
        && let Ok(addresses) = user.email_addresses().await
        && let Some(address) = addresses.into_iter().next()
    {
        email = address.email;
    }
    let name = user.as_ref().and_then(User::name);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Leptos + Logto" }
            }
            body {
                a href="#main" class="skip" { "Skip to content" }
                header class="bar" {
                    a class="brand" href="/" { "Leptos + Logto" }
                    nav aria-label="Pages" {
                        a href="/" { "Home" }
                        a href="/profile" { "Profile" }
                        a href="/organizations" { "Organizations" }
                        a href="/resources" { "API resources" }
                        a href="/sessions" { "Sessions" }
                        a href="/sign-in" { "Sign-in options" }
                    }
                    p class="who" { (name.as_deref().unwrap_or("Signed out")) }
                }
                main id="main" tabindex="-1" {
                    @if let (Some(user), Some(name)) = (&user, &name) {
                        section class="hero" {
                            h1 { "Hello, " (name) }
                            p { "You are signed in. This is what your ID token says about you." }
                            form action="/api/auth/sign-out" method="post" {
                                button type="submit" { "Sign out" }
                            }
                        }
                        div role="region" aria-label="Claims" tabindex="0" class="table" {
                            table {
                                caption { "Claims" }
                                thead { tr { th scope="col" { "Name" } th scope="col" { "Value" } } }
                                tbody {
                                    (row("sub", &user.id()))
                                    (row("name", name))
                                    @for (name, value) in NOT_KEPT { (row(name, value)) }
                                    (row("email", &email))
                                }
                            }
                        }
                    } @else {
                        section class="hero" {
                            h1 { "Sign in with Logto" }
                            form action="/api/auth/sign-in/oidc/logto" method="post" {
                                input type="hidden" name="redirectOrigin" value="/";
                                button type="submit" { "Sign in" }
                            }
                        }
                    }
                }
                footer { p { "No token in the browser. Works without JavaScript." } }
            }
        }
    }
}

fn row(name: &str, value: &str) -> Markup {
    html! { tr { th scope="row" { (name) } td { (value) } } }
}
