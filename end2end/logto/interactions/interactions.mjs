// The steps between an authorization request and its answer: sign in, register, cancel, consent.

import express from 'express';
import { errors, interactionPolicy } from 'oidc-provider';

import { consentPage, problemPage, registerPage, signInPage } from './pages.mjs';

/** Logto's own sign-in parameters, which oidc-provider must pass on. */
export const SIGN_IN_PARAMETERS = [
  'first_screen',
  'identifier',
  'direct_sign_in',
  'one_time_token',
  'organization_id',
  'interaction_mode',
];

const REGISTER_SCREENS = new Set(['register', 'identifier:register']);

/** oidc-provider's `interactions`. */
export function interactions() {
  const policy = interactionPolicy.base();
  policy.get('login').checks.add(
    new interactionPolicy.Check('no_account', 'the user is suspended or gone', (ctx) => {
      return Boolean(ctx.oidc.session.accountId) && !ctx.oidc.account;
    }),
  );
  return {
    policy,
    // All sign-ins share one path, as at Logto, so only the newest of a browser can complete.
    url(_ctx, { params, prompt }) {
      if (prompt.name === 'consent') return '/consent';
      return REGISTER_SCREENS.has(params.first_screen) ? '/register' : '/sign-in';
    },
  };
}

/** `current` holds the Provider in use, which is replaced when the signing key is rotated. */
export function interactionRoutes({ application, current, users }) {
  const router = express.Router();
  const form = express.urlencoded({ extended: false });

  async function login(req, res, show) {
    const { params, prompt } = await current.provider.interactionDetails(req, res);
    if (prompt.name !== 'login') return res.redirect(303, '/consent');
    setApplicationCookie(res, params);
    return res.send(show({ username: params.login_hint, cancelUri: params.redirect_uri }));
  }

  async function refuse(req, res, show, problem) {
    const { params } = await current.provider.interactionDetails(req, res);
    const { username } = req.body;
    res.status(422).send(show({ username, problem, cancelUri: params.redirect_uri }));
  }

  function finish(req, res, result) {
    return current.provider.interactionFinished(req, res, result);
  }

  router.use((_req, res, next) => {
    res.set('Cache-Control', 'no-store');
    next();
  });

  router.get('/sign-in', (req, res) => login(req, res, signInPage));
  router.post('/sign-in', form, (req, res) => {
    const { username, password } = req.body;
    const user = users.withPassword(username, password);
    if (!user) return refuse(req, res, signInPage, 'Incorrect username or password.');
    if (user.suspended) return refuse(req, res, signInPage, 'This account is suspended.');
    return finish(req, res, { login: { accountId: user.id } });
  });

  router.get('/register', (req, res) => login(req, res, registerPage));
  router.post('/register', form, (req, res) => {
    const { username, password } = req.body;
    if (!username || !password) {
      return refuse(req, res, registerPage, 'Enter a username and a password.');
    }
    if (users.byUsername(username)) {
      return refuse(req, res, registerPage, 'This username is already in use.');
    }
    return finish(req, res, { login: { accountId: users.register(username, password).id } });
  });

  // No page links to it. Tests use it to abort an interaction.
  router.get('/sign-in/abort', (req, res) => finish(req, res, { error: 'access_denied' }));

  async function consent(req, res) {
    const { grantId, params, prompt, session } = await current.provider.interactionDetails(
      req,
      res,
    );
    if (prompt.name !== 'consent') return res.redirect(303, '/sign-in');
    const grant = grantId
      ? await current.provider.Grant.find(grantId)
      : new current.provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    const { missingOIDCScope, missingResourceScopes } = prompt.details;
    if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope);
    for (const [indicator, scopes] of Object.entries(missingResourceScopes ?? {})) {
      grant.addResourceScope(indicator, scopes);
    }
    return finish(req, res, { consent: { grantId: await grant.save() } });
  }

  // A first-party application is granted everything without asking the user.
  router.get('/consent', async (req, res) => {
    if (!application.thirdParty) return consent(req, res);
    const { params, prompt, session } = await current.provider.interactionDetails(req, res);
    if (prompt.name !== 'consent') return res.redirect(303, '/sign-in');
    return res.send(
      consentPage({
        username: users.byId(session.accountId)?.username,
        scopes: params.scope?.split(' ') ?? [],
        cancelUri: params.redirect_uri,
      }),
    );
  });
  router.post('/consent', consent);

  // Express recognizes an error handler by its four parameters.
  router.use((error, _req, res, next) => {
    if (!(error instanceof errors.SessionNotFound)) return next(error);
    const problem =
      'This sign-in is over or was replaced by a newer one. Go back to the app and sign in again.';
    return res.status(400).send(problemPage(problem));
  });

  return router;
}

/** Sets Logto's cookie of raw JSON. Its path is `/`, so on localhost every app receives it. */
function setApplicationCookie(res, params) {
  const value = JSON.stringify({
    appId: params.client_id,
    organizationId: params.organization_id,
    uiLocales: params.ui_locales ?? 'en',
  });
  res.append('Set-Cookie', `_logto=${value}; Path=/; SameSite=Lax`);
}
