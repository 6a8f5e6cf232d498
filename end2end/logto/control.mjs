// The control API for tests, under /test/ and only with LOGTO_TEST=1.

import express from 'express';

export function controlRoutes(parts) {
  const { application, counts, current, faults, keys, requests, storage, users } = parts;
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
    const { redirectUris = [], backchannelUri, jwks } = req.body ?? {};
    application.addRedirectUris(redirectUris);
    if (backchannelUri !== undefined) application.backchannelUri = backchannelUri;
    if (jwks !== undefined) application.jwks = jwks;
    res.sendStatus(204);
  });

  // Express knows an error handler by its four parameters.
  router.use((error, _req, res, _next) => {
    res.status(400).json({ problem: error.message });
  });

  return router;
}
