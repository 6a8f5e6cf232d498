//! What a request is for, by the headers that browsers send: a page, a part of
//! a page, or data.

use axum::{
    extract::{MatchedPath, OriginalUri},
    http::{
        Extensions, HeaderMap, Method, Uri,
        header::{ACCEPT, REFERER},
    },
};

/// Returns whether a request asks for HTML. `None` if its headers do not say:
/// programs send no `Accept`, or `*/*`.
pub(crate) fn asks_for_html(headers: &HeaderMap) -> Option<bool> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let accept = headers
        .get(ACCEPT)
        .map(|value| value.to_str().unwrap_or(""));
    if accept.is_some_and(|accept| accept.contains("text/html")) {
        return Some(true);
    }
    // Scripts, styles, images, fonts. `empty` is a `fetch` (Fetch Metadata §2.1).
    let is_part_of_page = text("sec-fetch-dest").is_some_and(|destination| {
        !matches!(
            destination,
            "document" | "iframe" | "frame" | "embed" | "object" | "empty"
        )
    });
    let accepts_anything = accept.is_none_or(|accept| accept.contains("*/*"));
    if is_part_of_page || !accepts_anything {
        return Some(false);
    }
    None
}

/// Returns whether the answer may be a page that is rendered. Files come from a
/// fallback or a nested service, so a request without a route of its own counts
/// only if it asks for HTML.
pub(crate) fn may_render_page(
    method: &Method,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> bool {
    let has_route = || extensions.get::<MatchedPath>().is_some();
    *method == Method::GET && asks_for_html(headers).unwrap_or_else(has_route)
}

/// Returns the address of a page that a browser navigates to, and can return to
/// with `GET`. Returns `None` for forms, and for requests of scripts, which
/// cannot show a page to sign in on.
pub(crate) fn page_address(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Option<String> {
    let mode = headers.get("sec-fetch-mode");
    let is_navigation = matches!(*method, Method::GET | Method::HEAD)
        && mode.is_none_or(|mode| mode == "navigate")
        && asks_for_html(headers) != Some(false);
    if !is_navigation {
        return None;
    }
    // A nested router strips its prefix from the URI.
    let uri = match extensions.get::<OriginalUri>() {
        Some(OriginalUri(uri)) => uri,
        None => uri,
    };
    uri.path_and_query().map(ToString::to_string)
}

/// Returns the page that sent a request, from the header `Referer`. A sign-in
/// that names no page returns there, as in Auth.js.
///
/// The value is not validated: pass it to
/// [`SignInOptions::redirect_to_default`](auth_core::SignInOptions::redirect_to_default),
/// or validate it with [`Auth::redirect_target`](auth_core::Auth::redirect_target).
pub fn referrer(headers: &HeaderMap) -> Option<String> {
    headers.get(REFERER)?.to_str().ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_say_what_a_request_is_for() {
        const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
        for (headers, expected) in [
            (
                vec![("accept", HTML), ("sec-fetch-dest", "document")],
                Some(true),
            ),
            (vec![("accept", HTML)], Some(true)),
            (
                vec![("accept", "*/*"), ("sec-fetch-dest", "script")],
                Some(false),
            ),
            (
                vec![
                    ("accept", "text/css,*/*;q=0.1"),
                    ("sec-fetch-dest", "style"),
                ],
                Some(false),
            ),
            (vec![("accept", "image/avif,image/webp")], Some(false)),
            (vec![("accept", "application/json")], Some(false)),
            (vec![("accept", "*/*"), ("sec-fetch-dest", "empty")], None),
            (vec![("accept", "*/*")], None),
            (vec![], None),
        ] {
            let mut map = HeaderMap::new();
            for (name, value) in &headers {
                map.insert(*name, value.parse().unwrap());
            }
            assert_eq!(asks_for_html(&map), expected, "{headers:?}");
        }
    }
}
