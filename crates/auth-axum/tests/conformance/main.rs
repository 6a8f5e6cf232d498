//! A provider that is wrong, slow or hostile, through the public door: the modules
//! of the OpenID conformance suite for relying parties by their names, and more.
//! `make conformance` prints the table.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by unwrapping"
)]
#![allow(clippy::print_stdout, reason = "the table is for people")]

mod attacks;
mod delivery;
mod discovery;
mod id_token;
mod logout;
mod not_applicable;
mod row;
mod site;
mod tokens;
mod user_info;

use std::collections::BTreeSet;

use tokio::task::JoinSet;

use self::{not_applicable::NOT_APPLICABLE, row::Row};

/// The modules of the plans for the code flow, without the prefix
/// `oidcc-client-test-`; those of the basic plan come with `form_post` too.
const MODULES: [&str; 41] = [
    // Basic.
    "oidcc-client-test",
    "invalid-iss",
    "missing-sub",
    "invalid-aud",
    "missing-iat",
    "kid-absent-single-jwks",
    "kid-absent-multiple-jwks",
    "idtoken-sig-rs256",
    "idtoken-sig-none",
    "invalid-sig-rs256",
    "userinfo-bearer-header",
    "userinfo-bearer-body",
    "userinfo-invalid-sub",
    "nonce-invalid",
    "scope-userinfo-claims",
    "client-secret-basic",
    // Config.
    "discovery-openid-config",
    "discovery-jwks-uri-keys",
    "discovery-issuer-mismatch",
    "signing-key-rotation-just-before-signing",
    "signing-key-rotation",
    // Form post.
    "form-post-error",
    // RP-initiated logout.
    "rp-init-logout",
    "rp-init-logout-other-state",
    "rp-init-logout-no-state",
    // Back-channel logout.
    "rp-backchannel-rpinitlogout",
    "rp-backchannel-rpinitlogout-alg-none",
    "rp-backchannel-rpinitlogout-no-event",
    "rp-backchannel-rpinitlogout-with-nonce",
    "rp-backchannel-rpinitlogout-wrong-alg",
    "rp-backchannel-rpinitlogout-wrong-aud",
    "rp-backchannel-rpinitlogout-wrong-event",
    "rp-backchannel-rpinitlogout-wrong-iss",
    // Refresh.
    "refresh-token",
    "refresh-token-invalid-issuer",
    "refresh-token-invalid-sub",
    // Others.
    "rp-frontchannel-rpinitlogout",
    "rp-frontchannel-opinitlogout",
    "session-management",
    "3rd-party-init-login",
    "dynamic-registration",
];

/// Rows that are not met yet. A row that is met must leave the list.
const NOT_MET: [&str; 0] = [];

fn rows() -> Vec<Row> {
    let parts = [
        id_token::rows(),
        user_info::rows(),
        tokens::rows(),
        discovery::rows(),
        attacks::rows(),
        delivery::rows(),
        logout::rows(),
    ];
    parts.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_row_is_accepted_or_rejected_as_it_says() {
    let mut running = JoinSet::new();
    for (number, row) in rows().into_iter().enumerate() {
        running.spawn(async move { (number, row.run().await) });
    }
    let mut results = running.join_all().await;
    results.sort_by_key(|(number, _)| *number);
    println!(
        "| module or attack | what the provider does | expected | observed |\n|---|---|---|---|"
    );
    for (_, result) in &results {
        println!("{result}");
    }
    println!("\n| module | why it does not apply |\n|---|---|");
    for (module, reason) in NOT_APPLICABLE {
        println!("| {module} | {reason} |");
    }
    let wrong: Vec<_> = results
        .iter()
        .filter(|(_, result)| {
            let is_known = NOT_MET.iter().any(|what| result.what.starts_with(what));
            result.is_as_expected() == is_known
        })
        .map(|(_, result)| result.to_string())
        .collect();
    assert!(
        wrong.is_empty(),
        "{} rows differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn each_module_has_a_row_or_a_reason() {
    let rows: BTreeSet<_> = rows().iter().map(|row| row.module).collect();
    for module in MODULES {
        let reason = NOT_APPLICABLE.iter().any(|(name, _)| *name == module);
        assert!(rows.contains(module) != reason, "{module}");
    }
    for (module, reason) in NOT_APPLICABLE {
        assert!(
            MODULES.contains(&module) && reason.ends_with('.'),
            "{module}"
        );
    }
}
