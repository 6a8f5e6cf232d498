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
