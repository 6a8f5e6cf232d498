// The control API for tests, under /test/. It exists only with LOGTO_TEST=1.

import express from 'express';

import { endSessionsOf, sessionIdsOf } from './back-channel.mjs';
import { eventsOf, sendWebhooks } from './webhooks.mjs';

export function controlRoutes(parts) {
  const { application, counts, current, faults, keys, requests, storage, users } = parts;
  const router = express.Router();
  router.use(express.json());

  router.get('/healthy', (_req, res) => res.json({ healthy: true }));

  router.get('/grants', (_req, res) => res.json(counts.counts));

  // The parameters of the newest authorization request, even if it failed.
  router.get('/authorization', (_req, res) => res.json(requests.newest));

  router.post('/reset', (_req, res) => {
    for (const part of [application, counts, faults, keys, requests, storage, users]) part.reset();
    current.rebuild();
    res.sendStatus(204);
  });

  // Changes `suspended`, `roles`, … of a user; `{"deleted": true}` deletes the user. Sends the
  // webhooks of that, and returns the statuses of the app's answers.
  router.post('/users/:username', async (req, res) => {
    const user = users.byUsername(req.params.username);
    if (!user) return res.status(404).json({ problem: 'no such user' });
    const { deleted, ...data } = req.body ?? {};
    const before = structuredClone(user);
    if (deleted) users.remove(user);
    else users.change(user, data);
    const events = eventsOf(user, before, { deleted });
    return res.json({ statuses: await sendWebhooks(events, application.webhook) });
  });

  router.post('/keys/rotate', (req, res) => {
    keys.rotate(req.body?.type);
    current.rebuild();
    res.sendStatus(204);
  });

  // Signs a JWT with the newest key, for tests that need an invalid token.
  router.post('/sign', (req, res) => {
    const { header, payload } = req.body ?? {};
    const newest = { alg: keys.algorithm, kid: keys.keys[0].kid };
    res.json({ jwt: keys.sign({ ...newest, ...header }, payload) });
  });

  router.post('/faults', (req, res) => {
    faults.add(req.body ?? {});
    res.sendStatus(204);
  });

  // Changes settings of Logto's console. Redirect URIs are added to the registered ones.
  router.post('/application', (req, res) => {
    const { redirectUris = [], backchannelUri, jwks, thirdParty, webhook } = req.body ?? {};
    application.addRedirectUris(redirectUris);
    if (backchannelUri !== undefined) application.backchannelUri = backchannelUri;
    if (jwks !== undefined) application.jwks = jwks;
    if (webhook !== undefined) application.webhook = webhook;
    if (thirdParty !== undefined) application.thirdParty = thirdParty;
    res.sendStatus(204);
  });

  // Ends the user's sessions, as an administrator can. Returns the statuses of the app's answers.
  router.post('/back-channel/:username', async (req, res) => {
    const user = users.byUsername(req.params.username);
    if (!user) return res.status(404).json({ problem: 'no such user' });
    return res.json({ statuses: await endSessionsOf(user, { application, current, storage }) });
  });

  // The `sid`s of the user's sessions, which browsers never receive.
  router.get('/sessions/:username', async (req, res) => {
    const user = users.byUsername(req.params.username);
    if (!user) return res.status(404).json({ problem: 'no such user' });
    return res.json({ sids: await sessionIdsOf(user, { application, current, storage }) });
  });

  // Express recognizes an error handler by its four parameters.
  router.use((error, _req, res, _next) => {
    res.status(400).json({ problem: error.message });
  });

  return router;
}
