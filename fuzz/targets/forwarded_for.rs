//! `X-Forwarded-For`: its lines are those of the input. Only a trusted proxy is
//! believed, and the address is never that of a proxy if the header names another.
#![no_main]

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::LazyLock,
};

use auth_axum::{RemoteIp, TrustedProxies};
use axum::{body::Body, extract::ConnectInfo, http::Request, response::Response};
use futures_util::FutureExt as _;
use tower::{Layer as _, ServiceExt as _, service_fn};

static PROXIES: LazyLock<TrustedProxies> =
    LazyLock::new(|| "10.0.0.0/8, 2001:db8::/32".parse().unwrap());

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// The address of the client of a request from `peer` with these lines.
fn client(peer: IpAddr, input: &[u8]) -> Option<IpAddr> {
    let mut request = Request::builder().uri("/");
    for line in input.split(|byte| *byte == b'\n') {
        request = request.header("x-forwarded-for", line);
    }
    // A line with a control character is no header.
    let mut request = request.body(Body::empty()).ok()?;
    request
        .extensions_mut()
        .insert(ConnectInfo(SocketAddr::new(peer, 50_000)));
    let answer = service_fn(|request: Request<Body>| async move {
        let mut response = Response::new(Body::empty());
        if let Some(address) = request.extensions().get::<RemoteIp>() {
            response.extensions_mut().insert(*address);
        }
        Ok::<_, Infallible>(response)
    });
    let response = PROXIES.layer(answer).oneshot(request).now_or_never()?;
    let address = response.unwrap().extensions().get::<RemoteIp>().copied();
    Some(address.unwrap().0)
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Some(address) = client(STRANGER, input) {
        assert_eq!(address, STRANGER, "a stranger was believed");
    }
    if let Some(address) = client(PROXY, input) {
        let text = String::from_utf8_lossy(input);
        let names_nobody = text.trim().is_empty();
        assert!(!names_nobody || address == PROXY);
    }
});
