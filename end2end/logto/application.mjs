// The one application registered at the local Logto: a confidential web application.

import { Provider } from 'oidc-provider';

const CALLBACK_PATH = '/api/auth/callback/logto';

/** An app under development may listen on any of these ports. */
const PORTS = Array.from({ length: 20 }, (_, index) => 3000 + index);
const ORIGINS = ['localhost', '127.0.0.1'].flatMap((host) =>
  PORTS.map((port) => `http://${host}:${port}`),
);

export class Application {
  constructor({ id, secret, alwaysIssueRefreshToken, redirectUris, backchannelUri, jwks }) {
    this.id = id;
    this.secret = secret;
    this.alwaysIssueRefreshToken = alwaysIssueRefreshToken;
    this.registered = { redirectUris, backchannelUri, jwks };
    this.reset();
  }

  reset() {
    this.backchannelUri = this.registered.backchannelUri;
    this.jwks = this.registered.jwks;
    // Third-party applications get no consent but the user's own.
    this.thirdParty = false;
    this.redirectUris = ORIGINS.map((origin) => `${origin}${CALLBACK_PATH}`);
    this.origins = [...ORIGINS];
    this.addRedirectUris(this.registered.redirectUris);
  }

  /** Signing out may lead back to the root of every origin to which signing in may lead. */
  addRedirectUris(uris) {
    this.redirectUris.push(...uris);
    this.origins.push(...uris.map((uri) => new URL(uri).origin));
  }

  metadata() {
    return {
      client_id: this.id,
      client_secret: this.secret,
      client_name: 'Leptos app',
      application_type: 'web',
      redirect_uris: [...new Set(this.redirectUris)],
      post_logout_redirect_uris: [
        ...new Set(this.origins.flatMap((origin) => [`${origin}/`, origin])),
      ],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      ...(this.jwks && { jwks: this.jwks }),
      ...(this.backchannelUri && {
        backchannel_logout_uri: this.backchannelUri,
        backchannel_logout_session_required: true,
      }),
    };
  }
}

/** What Logto's clients do and oidc-provider's would not. */
export function adaptClients(provider) {
  const client = provider.Client.prototype;

  // oidc-provider knows one method a client (and takes the secret in header or body for both secret
  // methods); here an assertion is welcome as well, so that an app can try `private_key_jwt`.
  Object.defineProperty(client, 'clientAuthMethod', {
    get() {
      const assertion = Provider.ctx?.oidc?.params?.client_assertion;
      return assertion ? 'private_key_jwt' : this.tokenEndpointAuthMethod;
    },
  });

  // The ID token has `sid` even where no back-channel logout URI is registered.
  client.includeSid = () => true;
}
