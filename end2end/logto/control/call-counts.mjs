// Counts the application's calls as they arrive.

const NONE = () => ({
  authorization_code: 0,
  refresh_token: 0,
  me: 0,
  jwks: 0,
  discovery: 0,
  revocation: 0,
  par: 0,
  authentication: {},
  errors: {},
  backchannel: { delivered: 0, failed: 0 },
});

export class CallCounts {
  constructor() {
    this.reset();
  }

  reset() {
    this.counts = NONE();
  }

  /**
   * Counts token requests by grant type, with the failed ones also under `errors`. Counts token and
   * pushed authorization requests by the method with which the application authenticated.
   */
  watch(provider) {
    const grantType = (ctx) => ctx.oidc.params?.grant_type ?? 'unknown';
    const count = (counts, name) => {
      counts[name] = (counts[name] ?? 0) + 1;
    };
    provider.on('grant.success', (ctx) => count(this.counts, grantType(ctx)));
    provider.on('grant.error', (ctx) => {
      count(this.counts, grantType(ctx));
      count(this.counts.errors, grantType(ctx));
    });
    provider.on('backchannel.success', () => count(this.counts.backchannel, 'delivered'));
    provider.on('backchannel.error', () => count(this.counts.backchannel, 'failed'));
    for (const endpoint of ['grant', 'pushed_authorization_request']) {
      for (const outcome of ['success', 'error']) {
        provider.on(`${endpoint}.${outcome}`, (ctx) =>
          count(this.counts.authentication, authenticationMethod(ctx)),
        );
      }
    }
  }

  arrived(endpoint) {
    // Calls of the token endpoint are counted by grant type, in `watch`.
    if (endpoint && endpoint !== 'token') this.counts[endpoint] += 1;
  }
}

/**
 * Returns the method's name as in `token_endpoint_auth_methods_supported`, whether the
 * authentication succeeded or not.
 */
function authenticationMethod(ctx) {
  const { client_assertion: assertion, client_secret: secret } = ctx.oidc.body ?? {};
  if (ctx.headers.authorization) return 'client_secret_basic';
  if (assertion) return 'private_key_jwt';
  return secret ? 'client_secret_post' : 'none';
}
