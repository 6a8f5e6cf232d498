// What the application asked for at the authorization endpoint, as it sent it.

/** A pushed request carries these too (RFC 9126 section 2); they are not part of what it asks. */
const CLIENT_AUTHENTICATION = ['client_secret', 'client_assertion', 'client_assertion_type'];

/** Seconds for which a `request_uri` is good; oidc-provider has no setting for it. */
const REQUEST_URI_TTL = 60;

export class AuthorizationRequests {
  constructor() {
    this.reset();
  }

  reset() {
    this.newest = null;
    this.pushed = new Map();
  }

  /**
   * oidc-provider rewrites parameters as it checks them (`max_age=0` becomes `prompt=login`, say),
   * so they are taken from the query or the form that arrived.
   */
  watch(provider) {
    provider.on('pushed_authorization_request.success', (ctx) => {
      const parameters = { ...ctx.oidc.body };
      for (const name of CLIENT_AUTHENTICATION) delete parameters[name];
      this.forgetOld();
      this.pushed.set(ctx.body.request_uri, { parameters, at: Date.now() });
    });
    for (const event of ['interaction.started', 'authorization.accepted', 'authorization.error']) {
      provider.on(event, (ctx) => this.arrived(ctx));
    }
  }

  arrived(ctx) {
    // An interaction that ends comes back on another route: that is no new request.
    if (ctx.oidc.route !== 'authorization') return;
    const sent = ctx.method === 'POST' ? ctx.oidc.body : ctx.query;
    const pushed = this.pushed.get(sent.request_uri);
    this.newest = { ...(pushed?.parameters ?? sent), pushed: pushed !== undefined };
  }

  forgetOld() {
    for (const [uri, { at }] of this.pushed) {
      if (at + REQUEST_URI_TTL * 1000 < Date.now()) this.pushed.delete(uri);
    }
  }
}
