use leptos::prelude::*;
use time::{
    OffsetDateTime, UtcOffset, format_description::BorrowedFormatItem,
    format_description::well_known::Rfc3339, macros::format_description,
};

const READABLE: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC");

/// A point in time: readable text, and the exact value in `datetime`.
#[component]
pub(crate) fn Timestamp(at: OffsetDateTime) -> impl IntoView {
    let datetime = at.to_offset(UtcOffset::UTC).format(&Rfc3339).ok();
    view! { <time datetime=datetime>{format_utc(at)}</time> }
}

/// Formats a time as in *22 Nov 2026, 18:40 UTC*. Pages are rendered on the
/// server, which does not know the reader's time zone.
pub(crate) fn format_utc(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC)
        .format(READABLE)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn timestamps_are_shown_in_utc() {
        for (at, expected) in [
            (datetime!(2026-11-22 18:40:59 UTC), "22 Nov 2026, 18:40 UTC"),
            (datetime!(2026-01-02 00:30 +1), "1 Jan 2026, 23:30 UTC"),
        ] {
            assert_eq!(format_utc(at), expected);
        }
        let html = view! { <Timestamp at=datetime!(2026-01-02 00:30 +1) /> }.to_html();
        assert_eq!(
            html,
            r#"<time datetime="2026-01-01T23:30:00Z">1 Jan 2026, 23:30 UTC</time>"#
        );
    }
}
