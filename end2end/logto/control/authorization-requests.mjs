// Records the newest authorization request as the application sent it.

/** Client authentication in a pushed request (RFC 9126 section 2), which is not recorded. */
const CLIENT_AUTHENTICATION = ['client_secret', 'client_assertion', 'client_assertion_type'];

/** Lifetime of a `request_uri` in seconds; oidc-provider has no setting for it. */
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
   * Takes the parameters from the query or the form, because oidc-provider rewrites some while it
   * checks them (`max_age=0` becomes `prompt=login`, for example).
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
    // A completed interaction resumes on another route. It is not a new request.
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
