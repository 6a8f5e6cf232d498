// How often the application called, counted where the calls arrive.

const NONE = () => ({
  authorization_code: 0,
  refresh_token: 0,
  me: 0,
  jwks: 0,
  discovery: 0,
  revocation: 0,
  errors: {},
  backchannel: { delivered: 0, failed: 0 },
});

export class CallCounts {
  constructor() {
    this.reset();
  }

  reset() {
    this.counts = NONE();
    this.lastAuthorization = null;
  }

  /** Token requests by grant type, failed ones included and once more under `errors`. */
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
    provider.on('interaction.started', (ctx) => {
      this.lastAuthorization = ctx.oidc.params.toPlainObject();
    });
  }

  arrived(endpoint) {
    // The token endpoint is counted by grant type instead.
    if (endpoint && endpoint !== 'token') this.counts[endpoint] += 1;
  }
}
