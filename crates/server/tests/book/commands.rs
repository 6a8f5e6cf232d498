use std::collections::BTreeSet;

use clap::Parser as _;
use server::CommandLine;

use crate::page::{files, read, repository, spans};

const SESSION: &str = "0123456789abcdef0123456789abcdef";

/// Returns the commands in README.md and in the book: the lines of shell code,
/// and the code spans of the prose. Each with its page.
fn commands() -> Vec<(String, String)> {
    let mut commands = Vec::new();
    for path in files("docs/src", ".md")
        .into_iter()
        .chain(["README.md".to_owned()])
    {
        let text = read(&repository().join(&path));
        for (index, part) in text.split("```").enumerate() {
            let found: Vec<_> = if index % 2 == 0 {
                spans(part)
            } else {
                let shell = part.strip_prefix("sh\n");
                shell.into_iter().flat_map(str::lines).collect()
            };
            commands.extend(found.into_iter().map(|command| {
                let command = command.split('#').next().unwrap().trim();
                (path.clone(), command.replace('\n', " "))
            }));
        }
    }
    commands
}

#[test]
fn each_command_of_the_server_is_understood() {
    let mut different = BTreeSet::new();
    for (path, command) in commands() {
        if !command.starts_with("server ") {
            continue;
        }
        let command = command.replace("<sub>", "foo123").replace("<id>", SESSION);
        let parsed = CommandLine::try_parse_from(command.split(' '));
        assert!(parsed.is_ok(), "{path}: {command}: {parsed:?}");
        different.insert(command);
    }
    assert!(different.len() >= 6, "{different:?}");
}

#[test]
fn each_target_of_make_exists() {
    let makefile = read(&repository().join("Makefile"));
    let mut different = BTreeSet::new();
    for (path, command) in commands() {
        let Some(target) = command.strip_prefix("make ") else {
            continue;
        };
        assert!(
            makefile.contains(&format!("\n{target}:")),
            "{path}: make {target}"
        );
        different.insert(target.to_owned());
    }
    assert!(different.len() >= 5, "{different:?}");
}
