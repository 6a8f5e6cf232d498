//! Reads the pages of the book.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Returns the folder of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the text of a page, by its path in `docs/src`.
pub(crate) fn page(path: &str) -> String {
    read(&repository().join("docs/src").join(path))
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the files below a folder of the repository whose names end with
/// `extension`, by their paths in the repository.
pub(crate) fn files(folder: &str, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(repository().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&path, extension));
        } else if path.ends_with(extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the part of a page below the heading of second level that begins with
/// `heading`, up to the next one.
pub(crate) fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    page.split("\n## ")
        .find(|section| section.starts_with(heading))
        .unwrap_or_else(|| panic!("no section {heading:?}"))
}

/// Returns the cells of all rows of all tables in a text, without the headings.
pub(crate) fn rows(text: &str) -> Vec<Vec<String>> {
    let lines: Vec<_> = text.lines().collect();
    let is_separator = |line: &str| line.starts_with("|---");
    let heading = |index: usize| lines.get(index + 1).is_some_and(|next| is_separator(next));
    let rows: Vec<Vec<String>> = lines
        .iter()
        .enumerate()
        .filter(|(index, line)| line.starts_with('|') && !is_separator(line) && !heading(*index))
        .map(|(_, line)| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect();
    assert!(!rows.is_empty(), "no table in: {text}");
    rows
}

/// Returns the code spans of a text.
pub(crate) fn spans(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Returns the code spans in the first cells of a section's table.
pub(crate) fn names(path: &str, heading: &str) -> BTreeSet<String> {
    let page = page(path);
    rows(section(&page, heading))
        .iter()
        .flat_map(|row| {
            spans(&row[0])
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}
