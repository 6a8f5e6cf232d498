//! The number of bytes that a browser downloads for a page.

/// Returns every resource of the home page with its compressed size, and the
/// total.
pub(crate) async fn of_page(origin: &str, cookie: &str) -> (Vec<(String, usize)>, usize) {
    let client = reqwest::Client::new();
    let get = async |path: &str| {
        client
            .get(format!("{origin}{path}"))
            .header("accept-encoding", "br, gzip")
            .header("cookie", cookie)
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap()
    };
    let html = get("/").await;
    let mut parts = vec![("/".to_owned(), html.len())];
    let text = String::from_utf8(html.to_vec()).unwrap();
    for link in text.split("href=\"").skip(1) {
        let path = link.split('"').next().unwrap();
        let is_resource = [".css", ".js", ".wasm", ".svg"]
            .iter()
            .any(|ending| path.ends_with(ending));
        if is_resource {
            parts.push((path.to_owned(), get(path).await.len()));
        }
    }
    let total = parts.iter().map(|(_, bytes)| bytes).sum();
    (parts, total)
}
