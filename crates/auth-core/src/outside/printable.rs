//! Text from outside, for a log: no text forges a line or hides one.

/// The longest text that is kept, in characters.
const MAX_LENGTH: usize = 300;

/// Makes a text from outside part of one line of a log: escapes what ends or hides
/// a line, and cuts it off.
pub(crate) fn printable(text: &str) -> String {
    match text.char_indices().nth(MAX_LENGTH) {
        Some((end, _)) => one_line(&text[..end]) + "…",
        None => one_line(text),
    }
}

/// Makes a text one line: escapes what ends or hides a line.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_invisible(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

/// Returns whether a character changes how a line is shown: line and paragraph
/// separators, and those that turn the direction of the text (UAX #9 §2).
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_a_line_or_turns_it() {
        assert_eq!(
            printable("a\r\nERROR b\u{1b}[2J\u{2028}\u{202e}c\u{85}\0"),
            "a\\r\\nERROR b\\u{1b}[2J\\u{2028}\\u{202e}c\\u{85}\\u{0}"
        );
        assert_eq!(
            printable("Grüße, สวัสดี \"quoted\""),
            "Grüße, สวัสดี \"quoted\""
        );
        assert_eq!(printable(&"x".repeat(1000)).chars().count(), MAX_LENGTH + 1);
    }
}
