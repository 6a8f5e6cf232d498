use std::collections::BTreeSet;

use crate::page::{files, read, repository, rows, section, spans};

/// Where every function is a test: some have no attribute, because a macro makes a
/// test for each database, or each store, of them.
const ONLY_TESTS: [&str; 2] = ["/tests/", "/conformance/contract/"];

/// Returns the names of all tests in Rust.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in files("crates", ".rs") {
        let text = read(&repository().join(&path));
        let only_tests = ONLY_TESTS.iter().any(|folder| path.contains(folder));
        let mut is_test = false;
        for line in text.lines().map(str::trim_start) {
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
            } else if let Some((_, name)) = line.split_once("fn ").filter(|_| is_test || only_tests)
            {
                names.insert(name.split('(').next().unwrap().to_owned());
                is_test = false;
            }
        }
    }
    names
}

#[test]
fn each_promise_of_the_security_policy_has_tests_that_exist() {
    let policy = read(&repository().join("SECURITY.md"));
    let promises = rows(section(&policy, "What is promised"));
    assert!(promises.len() > 15, "{}", promises.len());
    let tests = tests();
    for promise in &promises {
        let named = spans(&promise[1]);
        assert!(!named.is_empty(), "{promise:?}");
        for name in named {
            assert!(tests.contains(name), "{name} is no test");
        }
    }
}

#[test]
fn each_mutation_of_a_guard_has_a_test_that_exists() {
    let page = read(&repository().join("docs/src/explanation/mutations.md"));
    let tests = tests();
    let mut mutations = 0;
    for row in rows(&page).iter().filter(|row| row.len() == 2) {
        let named = spans(&row[1]);
        assert_eq!(named.len(), 1, "{row:?}");
        assert!(tests.contains(named[0]), "{} is no test", named[0]);
        mutations += 1;
    }
    assert!(mutations > 200, "{mutations}");
}
