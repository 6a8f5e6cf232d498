//! HTTP to the provider: no redirects, limited in time and size.

use std::{future::Future, pin::Pin, time::Duration};

use openidconnect::{
    AsyncHttpClient, HttpRequest, HttpResponse,
    http::{HeaderMap, StatusCode, header::RETRY_AFTER},
    reqwest,
};

use serde_json::{Map, Value};

use super::{
    answer::Answer,
    queue::{RequestKind, RequestQueue},
    sent_secrets::SentSecrets,
};
use crate::{
    config::connection::{
        certificate_authorities::CertificateAuthorities, internal_address::InternalAddress,
    },
    error::AuthError,
};

/// The longest answer read, in bytes. The provider's answers have a few
/// kilobytes; more is a fault or an attack.
const MAX_BODY: usize = 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A callback makes at most five requests, within the time that a server has
/// for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The HTTP client for all requests to the provider.
#[derive(Clone, Debug)]
pub(crate) struct ProviderHttp {
    client: reqwest::Client,
    internal: Option<InternalAddress>,
    queue: RequestQueue,
    /// `None` for the discovery document and the keys, which are fetched one at a
    /// time.
    kind: Option<RequestKind>,
}

/// Why a request has no usable answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("{0}")]
    Transport(String),
    /// No answer in time. The provider may have carried out the request.
    #[error("no answer in time")]
    TimedOut,
    /// 5xx or 429: the provider, or a proxy in front of it, is out of order or
    /// overloaded. It is temporary, whatever the body says.
    #[error("it answered with {answer}")]
    Unavailable {
        /// What it said.
        answer: Answer,
        /// How long it asks to wait (RFC 9110 §10.2.3).
        retry_after: Option<Duration>,
    },
    #[error("the answer is longer than {MAX_BODY} bytes")]
    TooLong,
    /// The request was not sent: too many wait for a place, or the provider asked for
    /// a pause.
    #[error("not sent, because the provider has too many requests")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
}

impl ProviderHttp {
    /// Sets up the client. It trusts the system's certificate authorities, Mozilla's
    /// and `authorities`. Fails if TLS cannot be set up.
    pub(crate) fn new(
        authorities: &CertificateAuthorities,
        internal: Option<InternalAddress>,
    ) -> Result<Self, AuthError> {
        let mut client = reqwest::Client::builder();
        for certificate in authorities.certificates() {
            client = client.add_root_certificate(certificate);
        }
        client
            // Following a redirect would let the provider's host make this
            // server send requests to any address (SSRF), with credentials.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .tcp_nodelay(true)
            .build()
            .map(|client| Self {
                client,
                internal,
                queue: RequestQueue::new(),
                kind: None,
            })
            .map_err(|error| AuthError::Internal(format!("cannot set up TLS: {error}")))
    }

    /// Makes the addresses in a discovery document those that browsers use.
    pub(super) fn make_public(&self, document: &mut Map<String, Value>) {
        if let Some(internal) = &self.internal {
            internal.outward(document);
        }
    }

    /// Returns the client for requests of this kind.
    pub(crate) fn sending(&self, kind: RequestKind) -> Self {
        Self {
            kind: Some(kind),
            ..self.clone()
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let Some(kind) = self.kind else {
            return self.send_now(request).await;
        };
        let _place = self.queue.take(kind).await?;
        let answer = self.send_now(request).await;
        if let Err(error) = &answer
            && let Some(pause) = error.asks_for_pause()
        {
            self.queue.pause(kind, pause);
        }
        answer
    }

    async fn send_now(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let internal = self.internal.as_ref();
        if let Some(address) = internal.and_then(|internal| internal.inward(request.uri())) {
            *request.uri_mut() = address;
        }
        let secrets = SentSecrets::of(&request);
        let request = request.try_into().map_err(transport)?;
        let mut response = self.client.execute(request).await.map_err(transport)?;
        let status = response.status();
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            // A body that is too long or cut off says nothing.
            let body = read_body(&mut response).await.unwrap_or_default();
            let body = secrets.remove_from(body);
            return Err(HttpError::Unavailable {
                answer: Answer::read(status, response.headers(), &body),
                retry_after: retry_after(response.headers()),
            });
        }
        let mut body = read_body(&mut response).await?;
        if !status.is_success() {
            body = secrets.remove_from(body);
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

/// Reads at most [`MAX_BODY`].
async fn read_body(response: &mut reqwest::Response) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(HttpError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

impl HttpError {
    /// Returns whether the provider asks for a pause, and for how long if it says so.
    fn asks_for_pause(&self) -> Option<Option<Duration>> {
        match self {
            Self::Unavailable {
                answer,
                retry_after,
            } if answer.status == StatusCode::TOO_MANY_REQUESTS || retry_after.is_some() => {
                Some(*retry_after)
            }
            _ => None,
        }
    }
}

/// Reads the header `Retry-After`, if it is in seconds. A date depends on the
/// provider's clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// Keeps the innermost cause: "connection refused" helps, "error sending
/// request" does not.
fn transport(error: reqwest::Error) -> HttpError {
    if error.is_timeout() && !error.is_connect() {
        return HttpError::TimedOut;
    }
    let error = error.without_url();
    let mut deepest: &dyn std::error::Error = &error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    HttpError::Transport(deepest.to_string())
}

/// Returns the error for an endpoint that gave no usable answer.
pub(crate) fn no_answer(endpoint: &'static str, error: &HttpError) -> AuthError {
    match error {
        HttpError::TimedOut => AuthError::TimedOut { endpoint },
        HttpError::Busy { retry_after } => AuthError::TooManyRequests {
            endpoint,
            retry_after: *retry_after,
        },
        HttpError::TooLong => AuthError::InvalidAnswer(format!("{endpoint} endpoint: {error}")),
        error => AuthError::Unreachable {
            endpoint,
            reason: error.to_string(),
        },
    }
}

impl<'c> AsyncHttpClient<'c> for ProviderHttp {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
