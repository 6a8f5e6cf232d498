// The only application registered at the local Logto: a confidential web application.

import { Provider } from 'oidc-provider';

const CALLBACK_PATH = '/api/auth/callback/logto';

/** The ports whose redirect URIs are registered: the example's, those of tests, the starter's. */
const PORTS = [...Array.from({ length: 22 }, (_, index) => 3000 + index), 3030, 3031, 3050];
const ORIGINS = ['localhost', '127.0.0.1'].flatMap((host) =>
  PORTS.map((port) => `http://${host}:${port}`),
);

export class Application {
  constructor({ id, secret, alwaysIssueRefreshToken, redirectUris, backchannelUri, jwks, webhook }) {
    this.id = id;
    this.secret = secret;
    this.alwaysIssueRefreshToken = alwaysIssueRefreshToken;
    this.registered = { redirectUris, backchannelUri, jwks, webhook };
    this.reset();
  }

  reset() {
    this.backchannelUri = this.registered.backchannelUri;
    this.jwks = this.registered.jwks;
    // Logto's webhooks are of the tenant. The local Logto has one application.
    this.webhook = this.registered.webhook;
    // Logto asks the users of a third-party application for consent.
    this.thirdParty = false;
    this.redirectUris = ORIGINS.map((origin) => `${origin}${CALLBACK_PATH}`);
    this.origins = [...ORIGINS];
    this.addRedirectUris(this.registered.redirectUris);
  }

  /** Registers redirect URIs, and the root of each origin as a post sign-out redirect URI. */
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

/** Changes where Logto's clients differ from oidc-provider's. */
export function adaptClients(provider) {
  const client = provider.Client.prototype;

  // oidc-provider accepts one method per client (and, for both secret methods, the secret in header
  // or body). The local Logto accepts an assertion as well, so that apps can try `private_key_jwt`.
  Object.defineProperty(client, 'clientAuthMethod', {
    get() {
      const assertion = Provider.ctx?.oidc?.params?.client_assertion;
      return assertion ? 'private_key_jwt' : this.tokenEndpointAuthMethod;
    },
  });

  // The ID token contains `sid` even if no back-channel logout URI is registered.
  client.includeSid = () => true;
}
