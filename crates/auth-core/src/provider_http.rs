//! HTTP to the provider: no redirects, bounded in time and size.

use std::{future::Future, pin::Pin, time::Duration};

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse, reqwest};

/// The provider's answers are a few kilobytes; more is a fault or an attack.
const MAX_BODY: usize = 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A callback takes five requests at the worst, within the time a server may
/// take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The one HTTP client for the provider.
#[derive(Clone, Debug)]
pub(crate) struct ProviderHttp(reqwest::Client);

/// Why there is no answer to speak of.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("{0}")]
    Transport(String),
    /// No answer in time: whether the request was carried out is not known.
    #[error("it does not answer in time")]
    TimedOut,
    /// 5xx: the provider, or a proxy before it, is out of order. Told apart
    /// here because the body is then often no JSON at all.
    #[error("it answers with status {0}")]
    ServerError(u16),
    #[error("its answer is longer than {MAX_BODY} bytes")]
    TooLong,
}

impl ProviderHttp {
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        reqwest::Client::builder()
            // Following a redirect would let the provider's host make this
            // server ask any address (SSRF), credentials included.
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .tcp_nodelay(true)
            .build()
            .map(Self)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = request.try_into().map_err(transport)?;
        let mut response = self.0.execute(request).await.map_err(transport)?;
        if response.status().is_server_error() {
            return Err(HttpError::ServerError(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(transport)? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(HttpError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

/// The cause of the cause is what helps: "connection refused", not "error
/// sending request".
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

impl<'c> AsyncHttpClient<'c> for ProviderHttp {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
