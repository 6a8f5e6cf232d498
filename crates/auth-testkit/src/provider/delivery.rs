//! How an answer of the provider arrives.

use std::{io, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::header::CONTENT_LENGTH,
    response::Response,
};
use http_body_util::{BodyExt as _, channel::Channel};
use tokio::time::sleep;

/// The time between two bytes of [`Delivery::Drip`].
const BETWEEN_BYTES: Duration = Duration::from_millis(500);

/// How an answer of the provider arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// The connection breaks after half of the body.
    CutOff,
    /// The body comes byte by byte, two each second.
    Drip,
}

impl Delivery {
    /// Sends the body of an answer like this.
    pub(super) async fn apply(self, answer: Response) -> Response {
        let (mut parts, body) = answer.into_parts();
        parts.headers.remove(CONTENT_LENGTH);
        let whole = body.collect().await.unwrap().to_bytes();
        let (mut sender, body) = Channel::<Bytes, io::Error>::new(1);
        tokio::spawn(async move {
            // Sending fails if the application has given up.
            match self {
                Self::CutOff => {
                    let half = whole.slice(..whole.len() / 2);
                    drop(sender.send_data(half).await);
                    sender.abort(io::Error::other("cut off"));
                }
                Self::Drip => {
                    for index in 0..whole.len() {
                        let byte = whole.slice(index..=index);
                        if sender.send_data(byte).await.is_err() {
                            return;
                        }
                        sleep(BETWEEN_BYTES).await;
                    }
                }
            }
        });
        Response::from_parts(parts, Body::new(body))
    }
}
