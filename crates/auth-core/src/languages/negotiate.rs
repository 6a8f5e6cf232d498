//! Chooses a language by the header `Accept-Language` (RFC 9110 §12.5.4).

use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use unic_langid::LanguageIdentifier;

use super::{Language, Languages, parse};

/// The longest header that is read, in bytes. Browsers send less than a hundred.
const MAX_LENGTH: usize = 1000;

impl Languages {
    /// Returns the language that a request prefers, by the values of its headers
    /// `Accept-Language`. English if there is none that it asks for, or if the header
    /// is malformed or too long.
    pub(crate) fn negotiate<'h>(&self, headers: impl IntoIterator<Item = &'h [u8]>) -> Language {
        let mut header = Vec::new();
        for value in headers {
            if header.len() + value.len() > MAX_LENGTH {
                return self.clone().with(None);
            }
            header.extend_from_slice(value);
            header.push(b',');
        }
        let requested = preferred(&String::from_utf8_lossy(&header));
        let available: Vec<&LanguageIdentifier> = self.0.iter().map(|it| &it.tag).collect();
        let found = negotiate_languages(&requested, &available, None, NegotiationStrategy::Lookup);
        let chosen = found
            .first()
            .and_then(|found| available.iter().position(|tag| tag == *found));
        let first = requested.first().map(|tag| tag.language);
        Language {
            is_first_choice: found.first().is_some_and(|tag| Some(tag.language) == first),
            ..self.clone().with(chosen)
        }
    }
}

/// Returns the languages of a header, preferred first. Those that are not acceptable
/// (`q=0`) or malformed are left out, and so is `*`, which every language satisfies.
fn preferred(header: &str) -> Vec<LanguageIdentifier> {
    let ranges = header.split(',').filter_map(|range| {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        Some((parse(tag.trim())?, permille(weight)?))
    });
    let mut ranges: Vec<_> = ranges.filter(|(_, weight)| *weight > 0).collect();
    // Stable: of the same weight, the first is preferred.
    ranges.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    ranges.into_iter().map(|(tag, _)| tag).collect()
}

/// Reads a weight (RFC 9110 §12.4.2), in thousandths.
fn permille(weight: &str) -> Option<u16> {
    let (name, value) = weight.trim().split_once('=')?;
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let is_weight = name.trim().eq_ignore_ascii_case("q")
        && matches!(whole, "0" | "1")
        && fraction.len() <= 3
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: u16 = is_weight
        .then(|| format!("{whole}{fraction:0<3}").parse().ok())
        .flatten()?;
    (thousandths <= 1000).then_some(thousandths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_that_there_is_is_chosen() {
        let languages = Languages::built_in();
        for (header, tag) in [
            ("th", Some("th")),
            ("TH-th", Some("th")),
            ("en", Some("en")),
            ("en-GB,en;q=0.9", Some("en")),
            ("th-TH,th;q=0.9,en-US;q=0.8,en;q=0.7", Some("th")),
            ("en;q=0.5, th", Some("th")),
            ("en;q=0.5, th;q=0.501", Some("th")),
            ("th;q=0.5, en;q=0.5", Some("th")),
            ("fr, de;q=0.9, th;q=0.1", Some("th")),
            ("th ; Q=0.4 , en ; q=0.3", Some("th")),
            ("th;q=1.000", Some("th")),
            ("th-Thai-TH-u-nu-thai, en;q=0.1", Some("en")),
            ("", None),
            ("*", None),
            ("*, th;q=0.5", Some("th")),
            ("fr, *;q=0.1", None),
            ("th;q=0", None),
            ("th;q=0.000, en;q=0.1", Some("en")),
            ("th;q=2", None),
            ("th;q=1.001", None),
            ("th;q=-1", None),
            ("th;q=0.1234", None),
            ("th;q=", None),
            ("th;level=1", None),
            ("t\u{e9}, \u{1f600}, ;;;, ,,q=1,=", None),
        ] {
            let language = languages.negotiate([header.as_bytes()]);
            assert_eq!(language.asked_for(), tag, "{header:?}");
            assert_eq!(language.tag(), tag.unwrap_or("en"), "{header:?}");
        }
    }

    #[test]
    fn a_long_or_odd_header_means_english() {
        let languages = Languages::built_in();
        let long = "th,".repeat(4000);
        assert_eq!(languages.negotiate([long.as_bytes()]).asked_for(), None);
        let odd = languages.negotiate([&b"\xff\xfe,th;q=0.\xff"[..]]);
        assert_eq!(odd.asked_for(), None);
        assert_eq!(languages.negotiate([]).asked_for(), None);
        let lines = languages.negotiate([&b"fr"[..], b"th;q=0.2"]);
        assert_eq!(lines.asked_for(), Some("th"));
    }
}
