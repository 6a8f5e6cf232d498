use leptos::prelude::*;
use time::{
    OffsetDateTime, UtcOffset, format_description::BorrowedFormatItem,
    format_description::well_known::Rfc3339, macros::format_description,
};

const FOR_PEOPLE: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC");

/// A moment, for people and for machines.
#[component]
pub(crate) fn Moment(at: OffsetDateTime) -> impl IntoView {
    let datetime = at.to_offset(UtcOffset::UTC).format(&Rfc3339).ok();
    view! { <time datetime=datetime>{in_words(at)}</time> }
}

/// As in *22 Nov 2026, 18:40 UTC*: rendered on the server, where the reader's
/// time zone is not known.
pub(crate) fn in_words(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC)
        .format(FOR_PEOPLE)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn moments_are_told_in_utc() {
        for (at, words) in [
            (datetime!(2026-11-22 18:40:59 UTC), "22 Nov 2026, 18:40 UTC"),
            (datetime!(2026-01-02 00:30 +1), "1 Jan 2026, 23:30 UTC"),
        ] {
            assert_eq!(in_words(at), words);
        }
        let html = view! { <Moment at=datetime!(2026-01-02 00:30 +1) /> }.to_html();
        assert_eq!(
            html,
            r#"<time datetime="2026-01-01T23:30:00Z">1 Jan 2026, 23:30 UTC</time>"#
        );
    }
}
