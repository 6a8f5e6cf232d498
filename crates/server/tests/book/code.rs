use std::collections::BTreeSet;

use crate::page::{files, page, read, repository};

/// The blocks that the tests compile.
const TESTED: &[&str] = &["rust", "rust,no_run"];
const OTHER: &[&str] = &["sh", "toml", "json", "text"];

/// Returns the language of each block of code.
fn languages(text: &str) -> Vec<&str> {
    let fences = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("```"));
    fences.step_by(2).collect()
}

#[test]
fn each_block_of_rust_code_is_compiled() {
    // What rustdoc does not know as a language of its own it takes for Rust.
    let book = read(&repository().join("crates/app/src/book.rs"));
    let mut blocks = 0;
    for path in &files("docs/src", ".md") {
        let text = read(&repository().join(path));
        for language in languages(&text) {
            if TESTED.contains(&language) {
                blocks += 1;
                let is_tested = book.contains(&format!("\"{path}\""));
                assert!(is_tested, "crates/app/src/book.rs does not name {path}");
            } else {
                assert!(OTHER.contains(&language), "{path}: ```{language}");
            }
        }
    }
    assert!(blocks > 20, "{blocks}");
}

#[test]
fn each_page_is_in_the_contents() {
    let summary = page("SUMMARY.md");
    for path in files("docs/src", ".md") {
        let path = path.strip_prefix("docs/src/").unwrap();
        assert!(
            path == "SUMMARY.md" || summary.contains(&format!("({path})")),
            "{path}"
        );
    }
}

/// Returns the blocks of Rust code of a page, without the lines that readers do not
/// see.
fn rust(text: &str) -> Vec<String> {
    let blocks = text.split("```").skip(1).step_by(2);
    let seen = |block: &str| -> String {
        let lines = block
            .lines()
            .filter(|line| !line.starts_with('#') || line.starts_with("#["));
        lines.map(|line| format!("{line}\n")).collect()
    };
    blocks
        .filter(|block| block.starts_with("rust"))
        .map(seen)
        .collect()
}

/// Returns the words of each statement that begins with `statement`, without those
/// that only the server's build has.
fn words(text: &str, statement: &str) -> BTreeSet<String> {
    let guarded = format!("#[cfg(feature = \"ssr\")]\n{statement}");
    let text = text.replace(&guarded, "");
    let statements = text.split(statement).skip(1);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    statements
        .flat_map(|rest| rest.split(';').next().unwrap().split(|c| !is_word(c)))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Components and server functions are also compiled for the browser, where
/// `auth_leptos` has no more than the types and components that a browser may have.
/// The body of a server function is the server's.
#[test]
fn components_and_server_functions_import_what_browsers_have() {
    let source = |path| read(&repository().join("crates/auth-leptos/src").join(path));
    let mut of_browser = words(&source("lib.rs"), "pub use ");
    let conditions = source("components/protected_route.rs");
    of_browser.extend(conditions.split("\npub fn ").skip(1).map(|rest| {
        let name = rest.split(['(', '<']).next().unwrap();
        name.to_owned()
    }));
    assert!(of_browser.contains("Protected") && !of_browser.contains("require_role"));

    let mut imports = 0;
    for path in &files("docs/src", ".md") {
        for block in rust(&read(&repository().join(path))) {
            if !block.contains("#[component]") && !block.contains("#[server]") {
                continue;
            }
            for name in words(&block, "use auth_leptos::") {
                imports += 1;
                assert!(
                    of_browser.contains(&name),
                    "{path}: the browser's build has no {name}"
                );
            }
        }
    }
    assert!(imports > 10, "{imports}");
}
