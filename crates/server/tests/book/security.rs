use std::collections::BTreeSet;

use crate::page::{files, read, repository, rows, section, spans};

/// Returns the names of all tests in Rust. Some have no attribute, because a macro
/// makes a test for each database of them.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for path in files("crates", ".rs") {
        let text = read(&repository().join(&path));
        let only_tests = path.contains("/tests/");
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
