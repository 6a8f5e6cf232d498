// Error answers in Logto's form: `code` and `message` in addition to OAuth's members.

/** Logto's messages. Logto leaves some `{{…}}` unfilled, and an app must cope with that. */
const MESSAGES = {
  access_denied: 'The request is denied. {{error_description}}.',
  insufficient_scope: 'Token missing scope `{{scope}}`.',
  invalid_client: 'Client is invalid.',
  invalid_grant: 'Grant request is invalid.',
  invalid_redirect_uri:
    "`redirect_uri` did not match any of the client's registered `redirect_uris`.",
  invalid_request: 'Request is invalid.',
  invalid_scope: 'Invalid scope: {{error_description}}.',
  invalid_target: 'Invalid resource indicator.',
  invalid_token: 'Invalid token provided.',
  unsupported_grant_type: 'Unsupported `grant_type` requested.',
};
const OTHER_MESSAGE = 'OIDC provider error: {{error_description}}.';

export function logtoErrorBody({ error, ...rest }) {
  return { code: `oidc.${error}`, message: MESSAGES[error] ?? OTHER_MESSAGE, error, ...rest };
}

/** Koa middleware that runs before oidc-provider's, so it sees every answer. */
export function errorBodies({ newer }) {
  return async (ctx, next) => {
    await next();
    if (ctx.status < 400 || typeof ctx.body?.error !== 'string') return;

    if (!newer) {
      if (ctx.path === '/me' && ctx.body.error_description === 'no access token provided') {
        ctx.status = 400;
        ctx.remove('WWW-Authenticate');
        ctx.body = { error: 'invalid_request', error_description: 'no access token provided' };
      }
      if (ctx.path === '/token/revocation' && ctx.body.error === 'unsupported_token_type') {
        // The older version treats a JWT as an unknown token.
        ctx.status = 200;
        ctx.body = '';
        return;
      }
    }
    ctx.body = logtoErrorBody(ctx.body);
  };
}

/** Answers browsers in JSON as Logto does; oidc-provider would send HTML. */
export async function renderError(ctx, out) {
  ctx.type = 'json';
  ctx.body = out;
}
