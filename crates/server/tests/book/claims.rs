use auth_core::{ClaimSource, KnownClaim, Scope};

use crate::page::{page, rows, spans};

#[test]
fn the_table_of_claims_is_that_of_the_code() {
    let page = page("reference/claims.md");
    let mut claims = Vec::new();
    let mut scopes = Vec::new();
    for row in rows(&page) {
        // A row without a scope goes on with the scope of the row before.
        scopes.extend(spans(&row[0]).first().map(|scope| Scope::from(*scope)));
        let scope = scopes.last().unwrap();
        for name in spans(&row[1]) {
            let source = match row[2].as_str() {
                "ID token" => ClaimSource::IdToken,
                "userinfo" => ClaimSource::UserInfo,
                other => panic!("{name}: {other}"),
            };
            claims.push((scope.clone(), name.to_owned(), source));
        }
    }
    let known = KnownClaim::ALL.iter().map(|claim| {
        let KnownClaim {
            scope,
            name,
            source,
            ..
        } = *claim;
        (scope.clone(), name.to_owned(), source)
    });
    assert_eq!(claims, known.collect::<Vec<_>>());
    scopes.sort();
    let mut all = Scope::LOGTO;
    all.sort();
    assert_eq!(scopes, all);
}
