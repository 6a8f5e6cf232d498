//! The address that a request comes from, for the list of sessions.

use std::net::{IpAddr, SocketAddr};

use auth_core::DeviceInfo;
use axum::{
    extract::ConnectInfo,
    http::{header::USER_AGENT, request::Parts},
};

/// The IP address that a request comes from, as an extension of the request.
///
/// [`TrustedProxies`](crate::TrustedProxies) inserts it. An application that
/// learns the address in another way inserts it itself. Without it the peer of
/// the connection is used, if the server was made with
/// [`into_make_service_with_connect_info`].
///
/// [`into_make_service_with_connect_info`]: axum::Router::into_make_service_with_connect_info
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteIp(pub IpAddr);

/// Describes the device that sent a request, for the list of sessions.
pub(crate) fn device_info(parts: &Parts) -> DeviceInfo {
    let peer = || {
        let ConnectInfo(address) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(address.ip())
    };
    let remote_ip = parts.extensions.get::<RemoteIp>();
    let agent = parts.headers.get(USER_AGENT);
    DeviceInfo::new(
        remote_ip.map(|address| address.0).or_else(peer),
        agent
            .and_then(|agent| agent.to_str().ok())
            .map(str::to_owned),
    )
}
