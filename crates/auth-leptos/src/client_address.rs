//! Where a request comes from, for the list of devices.

use std::net::{IpAddr, SocketAddr};

use auth_core::DeviceInfo;
use axum::{
    extract::ConnectInfo,
    http::{header::USER_AGENT, request::Parts},
};

/// The client's address, as the application's server knows it: put it into the
/// request's extensions where a proxy stands before the server. Without it the
/// other end of the connection counts, where the server was made with
/// [`into_make_service_with_connect_info`].
///
/// [`into_make_service_with_connect_info`]: axum::Router::into_make_service_with_connect_info
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteIp(pub IpAddr);

pub(crate) fn device_info(parts: &Parts) -> DeviceInfo {
    let connection = || {
        let ConnectInfo(address) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(address.ip())
    };
    let told = parts.extensions.get::<RemoteIp>();
    let agent = parts.headers.get(USER_AGENT);
    DeviceInfo::new(
        told.map(|address| address.0).or_else(connection),
        agent
            .and_then(|agent| agent.to_str().ok())
            .map(str::to_owned),
    )
}
