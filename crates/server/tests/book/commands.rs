use std::collections::BTreeSet;

use clap::Parser as _;
use server::CommandLine;

use crate::page::{files, read, repository, spans};

const SESSION: &str = "0123456789abcdef0123456789abcdef";

/// Returns the texts of README.md and of the book.
fn texts() -> Vec<(String, String)> {
    let pages = files("docs/src", ".md").into_iter();
    pages
        .chain(["README.md".to_owned()])
        .map(|path| (path.clone(), read(&repository().join(path))))
        .collect()
}

#[test]
fn each_command_of_the_server_is_understood() {
    let mut commands = BTreeSet::new();
    for (path, text) in texts() {
        let lines = text.lines().filter(|line| line.starts_with("server "));
        for command in lines.chain(spans(&text)) {
            let command = command.split('#').next().unwrap().trim().replace('\n', " ");
            if !command.starts_with("server ") {
                continue;
            }
            let command = command.replace("<sub>", "foo123").replace("<id>", SESSION);
            let parsed = CommandLine::try_parse_from(command.split(' '));
            assert!(parsed.is_ok(), "{path}: {command}: {parsed:?}");
            commands.insert(command);
        }
    }
    assert!(commands.len() >= 6, "{commands:?}");
}

#[test]
fn each_target_of_make_exists() {
    let makefile = read(&repository().join("Makefile"));
    let mut targets = 0;
    for (path, text) in texts() {
        let lines = text.lines().filter(|line| line.starts_with("make "));
        for command in lines.chain(spans(&text)) {
            let Some(target) = command.strip_prefix("make ") else {
                continue;
            };
            let target = target.split_whitespace().next().unwrap();
            assert!(
                makefile.contains(&format!("\n{target}:")),
                "{path}: make {target}"
            );
            targets += 1;
        }
    }
    assert!(targets > 5, "{targets}");
}
