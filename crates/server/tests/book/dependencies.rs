use std::collections::BTreeSet;

use crate::page::{files, page, read, repository};

/// Returns the crates that the dependency tables of a manifest name, or those of
/// one that a page prints.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut is_dependency = false;
    let mut names = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_dependency = line.ends_with("dependencies]");
        } else if let Some((name, _)) = line.split_once('=').filter(|_| is_dependency) {
            let name = name.split('.').next().unwrap().trim();
            names.insert(name.replace('-', "_"));
        }
    }
    names
}

/// Returns the manifests that a page prints.
fn printed(text: &str) -> String {
    text.split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

/// Tells whether a text names something of a crate: as a path, or as a whole.
fn uses(text: &str, name: &str) -> bool {
    let is_path = text.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "_-:".contains(c))
    });
    is_path
        || ["use ", "extern crate "].iter().any(|statement| {
            text.split(&format!("{statement}{name}"))
                .skip(1)
                .any(|rest| rest.starts_with([';', ' ']))
        })
}

/// The code of the book is compiled as a part of `app`, which has more dependencies
/// than a reader's app.
#[test]
fn the_code_needs_only_what_the_reader_was_told_to_depend_on() {
    let manifest = |path: &str| dependencies(&read(&repository().join(path).join("Cargo.toml")));
    let mut resolvable = manifest("crates/app");
    resolvable.insert("app".to_owned());

    // What Leptos's template depends on, and what the tutorial adds to it.
    let mut of_reader = manifest("examples/starter");
    of_reader.retain(|name| !name.starts_with("auth_"));
    of_reader.extend(dependencies(&printed(&page("tutorial/own-app.md"))));
    assert!(of_reader.is_superset(&["auth_leptos", "axum"].map(str::to_owned).into()));

    let mut pages = files("docs/src", ".md");
    pages.push("README.md".to_owned());
    for path in pages {
        let text = read(&repository().join(&path));
        let of_page = dependencies(&printed(&text));
        let code: String = text.split("```").skip(1).step_by(2).collect();
        for name in &resolvable {
            // The prose may speak of an app that uses sqlx, too.
            let is_ours = name.starts_with("auth_");
            let text = if is_ours { &text } else { &code };
            assert!(
                of_reader.contains(name) || of_page.contains(name) || !uses(text, name),
                "{path} uses {name}, which a reader's Cargo.toml does not have: name it as \
                 auth_leptos does, or print the dependency"
            );
        }
    }
}

#[test]
fn the_guide_and_the_tutorial_print_the_same_dependencies() {
    let of = |path: &str| {
        let text = printed(&page(path));
        text.split("[package").next().unwrap().to_owned()
    };
    assert_eq!(of("guide.md"), of("tutorial/own-app.md"));
}

#[test]
fn a_crate_is_found_however_it_is_named() {
    for code in [
        "use time::Duration;",
        "let now = time::UtcDateTime::now();",
        "use time;",
        "use time as clock;",
        "extern crate time;",
    ] {
        assert!(uses(code, "time"), "{code}");
    }
    for code in [
        "std::time::Duration",
        "use timely::Time;",
        "real_time::now()",
    ] {
        assert!(!uses(code, "time"), "{code}");
    }
}
