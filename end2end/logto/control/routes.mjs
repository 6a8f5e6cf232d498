// The control API for tests, under /test/ and only with LOGTO_TEST=1.

import express from 'express';

import { endSessionsOf, sessionIdsOf } from './back-channel.mjs';
import { frontChannelPage } from '../interactions/pages.mjs';

export function controlRoutes(parts) {
  const { application, counts, current, faults, issuer, keys, requests, storage, users } = parts;
  const router = express.Router();
  router.use(express.json());

  router.get('/healthy', (_req, res) => res.json({ healthy: true }));

  router.get('/grants', (_req, res) => res.json(counts.counts));

  // The parameters of the newest authorization request, pushed or not, whatever came of it.
  router.get('/authorization', (_req, res) => res.json(requests.newest));

  router.post('/reset', (_req, res) => {
    for (const part of [application, counts, faults, keys, requests, storage, users]) part.reset();
    current.rebuild();
    res.sendStatus(204);
  });

  // `suspended`, `roles`, `organizations`, … of one user; `{"deleted": true}` removes them.
  router.post('/users/:username', (req, res) => {
    const user = users.byUsername(req.params.username);
    if (!user) return res.status(404).json({ problem: 'no such user' });
    const { deleted, ...data } = req.body ?? {};
    if (deleted) users.remove(user);
    else users.change(user, data);
    return res.sendStatus(204);
  });

  router.post('/keys/rotate', (req, res) => {
    keys.rotate(req.body?.type);
    current.rebuild();
    res.sendStatus(204);
  });

  // A JWT under the newest key, valid or not as the test likes; a fault can then carry it.
  router.post('/sign', (req, res) => {
    const { header, payload } = req.body ?? {};
    const newest = { alg: keys.algorithm, kid: keys.keys[0].kid };
    res.json({ jwt: keys.sign({ ...newest, ...header }, payload) });
  });

  router.post('/faults', (req, res) => {
    faults.add(req.body ?? {});
    res.sendStatus(204);
  });

  // What the console would let one edit; a redirect URI is added to those there are.
  router.post('/application', (req, res) => {
    const { redirectUris = [], backchannelUri, jwks, thirdParty } = req.body ?? {};
    application.addRedirectUris(redirectUris);
    if (backchannelUri !== undefined) application.backchannelUri = backchannelUri;
    if (jwks !== undefined) application.jwks = jwks;
    if (thirdParty !== undefined) application.thirdParty = thirdParty;
    res.sendStatus(204);
  });

  // An administrator ends the user's sessions; the answer says how the app took the news.
  router.post('/back-channel/:username', async (req, res) => {
    const user = users.byUsername(req.params.username);
    if (!user) return res.status(404).json({ problem: 'no such user' });
    return res.json({ statuses: await endSessionsOf(user, { application, current, storage }) });
  });

  // A front-channel logout names one of them, and browsers never see it.
  router.get('/sessions/:username', async (req, res) => {
    const user = users.byUsername(req.params.username);
    if (!user) return res.status(404).json({ problem: 'no such user' });
    return res.json({ sids: await sessionIdsOf(user, { application, current, storage }) });
  });

  // Logto has no front-channel logout; this is the sign-out page of a provider that has it.
  router.get('/front-channel', (req, res) => {
    const { sid, uri } = req.query;
    if (!URL.canParse(uri)) return res.status(400).json({ problem: 'uri must be a URL' });
    // Front-Channel Logout 1.0 section 3: `iss` and `sid` come together, or neither does.
    const address = new URL(uri);
    if (sid) {
      address.searchParams.set('iss', issuer);
      address.searchParams.set('sid', sid);
    }
    return res.send(frontChannelPage(address.href));
  });

  // Express knows an error handler by its four parameters.
  router.use((error, _req, res, _next) => {
    res.status(400).json({ problem: error.message });
  });

  return router;
}
