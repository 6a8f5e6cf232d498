//! The userinfo endpoint (OpenID Connect Core §5.3): what the ID token leaves
//! out, and what has changed since.

use openidconnect::{
    AsyncHttpClient as _, HttpRequest, HttpResponse, UserInfoUrl,
    http::{
        Method, StatusCode,
        header::{ACCEPT, AUTHORIZATION},
    },
};
use serde_json::{Map, Value};

use crate::{
    AccessToken, AccessTokenRequest, Auth, AuthError, Claims, Session, token_endpoint::unreachable,
};

/// What the userinfo endpoint says about the user.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UserInfo {
    /// All its claims.
    pub claims: Claims,
}

impl UserInfo {
    /// The names of the claims that only the userinfo endpoint gave, and not
    /// the ID token of `session`.
    pub fn only_here<'a>(&'a self, session: &'a Session) -> impl Iterator<Item = &'a str> {
        self.claims
            .iter()
            .map(|(name, _)| name)
            .filter(|name| session.claims.get(name).is_none())
    }
}

impl Auth {
    /// Asks the provider who the session's user is, with the access token for
    /// that; renewed first if it has ended, and once more if the provider does
    /// not take it.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token);
    /// [`AuthError::InvalidAccessToken`] when the provider takes none of the
    /// session's tokens any more; [`AuthError::InvalidAnswer`] when the answer
    /// is about another user, or no JSON.
    pub async fn user_info(&self, session: &Session) -> Result<UserInfo, AuthError> {
        let token = self
            .access_token(session, &AccessTokenRequest::user_info())
            .await?;
        match self.ask_for_user_info(session, &token).await {
            // Revoked before its time. A refresh tells whether the whole grant
            // was, and then ends the session.
            Err(AuthError::InvalidAccessToken) => {
                let token = match self.renew_for_userinfo(&session.key).await {
                    Err(AuthError::NoRefreshToken) => return Err(AuthError::InvalidAccessToken),
                    renewed => renewed?,
                };
                self.ask_for_user_info(session, &token).await
            }
            answer => answer,
        }
    }

    async fn ask_for_user_info(
        &self,
        session: &Session,
        token: &AccessToken,
    ) -> Result<UserInfo, AuthError> {
        let inner = self.inner();
        let provider = inner.provider.get().await?;
        let endpoint = provider
            .metadata
            .userinfo_endpoint()
            .ok_or_else(|| AuthError::Discovery("it lists no userinfo endpoint".to_owned()))?;
        let answer = inner
            .http
            .call(request(endpoint, token)?)
            .await
            .map_err(|error| unreachable("userinfo", &error))?;
        validate(&answer, session.claims.str("sub"))
    }
}

/// Builds the request of OpenID Connect Core §5.3.1: the token in the header,
/// never in the address.
fn request(endpoint: &UserInfoUrl, token: &AccessToken) -> Result<HttpRequest, AuthError> {
    openidconnect::http::Request::builder()
        .method(Method::GET)
        .uri(endpoint.as_str())
        .header(ACCEPT, "application/json")
        .header(AUTHORIZATION, format!("Bearer {}", token.expose()))
        .body(Vec::new())
        .map_err(|error| AuthError::Discovery(error.to_string()))
}

/// Validates the answer of OpenID Connect Core §5.3.2.
fn validate(answer: &HttpResponse, sub: Option<&str>) -> Result<UserInfo, AuthError> {
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => return Err(AuthError::InvalidAccessToken),
        status => {
            return Err(AuthError::OAuth {
                error: format!("status {status}"),
                description: "from the userinfo endpoint".to_owned(),
            });
        }
    }
    // The text of the error may repeat what stands there, which is personal.
    let claims: Map<String, Value> = serde_json::from_slice(answer.body())
        .map_err(|_| AuthError::InvalidAnswer("userinfo is no JSON object".to_owned()))?;
    // "The sub Claim in the UserInfo Response MUST be verified to exactly match
    // the sub Claim in the ID Token".
    match (claims.get("sub").and_then(Value::as_str), sub) {
        (Some(told), Some(sub)) if told == sub && !sub.is_empty() => Ok(UserInfo {
            claims: Claims::of_user(claims),
        }),
        _ => Err(AuthError::InvalidAnswer(
            "userinfo is about another user".to_owned(),
        )),
    }
}
