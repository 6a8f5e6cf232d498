use std::{cell::RefCell, collections::BTreeSet};

use auth_core::{ConfigBuilder, Scope};
use auth_sqlx::DatabaseUrl;
use server::Settings;
use tracing_subscriber::EnvFilter;

use crate::page::{files, names, page, read, repository, rows, spans};

const PAGE: &str = "reference/settings.md";
const SIGN_IN: &str = "Sign-in and sessions";
const DATABASE: &str = "Database";
const SERVER: &str = "The example's server";

/// Returns the names in the tables of a section.
fn listed(heading: &str) -> BTreeSet<String> {
    names(PAGE, heading)
}

/// Returns the default that a table gives.
fn default_of(name: &str) -> String {
    let page = page(PAGE);
    let row = rows(&page)
        .into_iter()
        .find(|row| spans(&row[0]).contains(&name))
        .unwrap();
    spans(&row[1])[0].to_owned()
}

/// Returns the names that `read` asks for. The values that it gets make it read
/// also those that it needs for some settings only.
fn asked(read: impl FnOnce(&dyn Fn(&str) -> Option<String>)) -> BTreeSet<String> {
    let names = RefCell::new(BTreeSet::new());
    read(&|name| {
        names.borrow_mut().insert(name.to_owned());
        let value = match name {
            "AUTH_LOGTO_AUTH_METHOD" => "private_key_jwt",
            "AUTH_LOGTO_PRIVATE_KEY" => "not a key",
            // Otherwise the server creates a file with one.
            "AUTH_SECRET" => "0123456789012345678901234567890123456789",
            _ => return None,
        };
        Some(value.to_owned())
    });
    names.into_inner()
}

#[test]
fn each_setting_that_the_code_reads_is_in_its_table_and_no_other() {
    let sign_in = asked(|var| drop(ConfigBuilder::from_vars(var)));
    assert!(sign_in.contains("AUTH_LOGTO_PRIVATE_KEY_ID"), "{sign_in:?}");
    assert_eq!(listed(SIGN_IN), sign_in);

    let database = asked(|var| drop(DatabaseUrl::from_vars(var)));
    assert_eq!(listed(DATABASE), database);

    let mut server = asked(|var| drop(Settings::from_vars(var)));
    server.retain(|name| !sign_in.contains(name) && !database.contains(name));
    server.insert(EnvFilter::DEFAULT_ENV.to_owned());
    server.extend(read_directly());
    assert_eq!(listed(SERVER), server);
}

/// Returns the variables that the code reads from the environment by name, not
/// through a function.
fn read_directly() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in files("crates", ".rs") {
        if !path.contains("/src/") {
            continue;
        }
        let code = read(&repository().join(&path));
        for call in ["env::var(\"", "env::var_os(\""] {
            let found = code.split(call).skip(1);
            names.extend(found.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
    names
}

#[test]
fn the_defaults_are_those_of_the_code() {
    let minimum = |name: &str| {
        let value = match name {
            "AUTH_LOGTO_ISSUER" => "https://tenant.logto.app/oidc",
            "AUTH_LOGTO_ID" => "id",
            "AUTH_LOGTO_SECRET" => "secret",
            "AUTH_SECRET" => "0123456789012345678901234567890123456789",
            _ => return None,
        };
        Some(value.to_owned())
    };
    let settings = Settings::from_vars(minimum).unwrap();
    assert_eq!(settings.addr.to_string(), default_of("LEPTOS_SITE_ADDR"));
    assert_eq!(DatabaseUrl::DEFAULT, default_of("DATABASE_URL"));
    let address = default_of("AUTH_URL").replace("<port>", &settings.addr.port().to_string());
    assert_eq!(settings.auth.base_url().as_str(), format!("{address}/"));
    let scopes = settings.auth.scopes().iter();
    let more: Vec<_> = scopes
        .filter(|scope| !Scope::ALWAYS.contains(scope))
        .collect();
    assert_eq!(more, [&Scope::from(default_of("AUTH_LOGTO_SCOPES"))]);

    // Nothing else shows these.
    let printed = format!("{:?}", settings.auth);
    for (name, field) in [
        ("AUTH_SESSION_IDLE", "idle_lifetime"),
        ("AUTH_SESSION_LIFETIME", "absolute_lifetime"),
    ] {
        let days = default_of(name).strip_suffix('d').unwrap().parse::<u64>();
        let wanted = format!("{field}: {}s", days.unwrap() * 24 * 60 * 60);
        assert!(printed.contains(&wanted), "{name}: {printed}");
    }
}
