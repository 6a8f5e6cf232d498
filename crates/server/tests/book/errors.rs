use auth_leptos::ErrorKind;

use crate::page::{page, rows, spans};

#[test]
fn each_error_has_a_row_with_its_sentence_a_cause_and_a_remedy() {
    let rows = rows(&page("reference/errors.md"));
    let listed: Vec<_> = rows
        .iter()
        .map(|row| (spans(&row[0])[0], row[1].as_str()))
        .collect();
    let kinds = ErrorKind::ALL.map(|kind| (kind.code(), kind.sentence()));
    assert_eq!(listed, kinds);
    for row in &rows {
        assert!(
            row.len() == 4 && row.iter().all(|cell| !cell.is_empty()),
            "{row:?}"
        );
    }
}
