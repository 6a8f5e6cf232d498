// The local Logto's HTTP server on the loopback addresses.

import { once } from 'node:events';
import { createServer } from 'node:http';

import express from 'express';

import { Application } from './application.mjs';
import { AuthorizationRequests } from './control/authorization-requests.mjs';
import { CallCounts } from './control/call-counts.mjs';
import { controlRoutes } from './control/routes.mjs';
import { endpointOf, Faults } from './control/faults.mjs';
import { interactionRoutes } from './interactions/interactions.mjs';
import { Storage } from './memory-adapter.mjs';
import { buildProvider } from './provider.mjs';
import { SigningKeys } from './tokens/signing-keys.mjs';
import { Users } from './accounts/users.mjs';

/** `localhost` may resolve to either. Other machines cannot reach them. */
const LOOPBACK = ['127.0.0.1', '::1'];

/** In milliseconds. Longer than clients keep idle connections, so no request meets a closed one. */
const KEEP_ALIVE = 120_000;

/** Starts the local Logto. `port` 0 selects a free port. */
export async function startLogto(settings) {
  const servers = await listen(settings.port);
  const { port } = servers[0].address();
  const issuer = settings.issuer ?? `http://localhost:${port}/oidc`;

  const { host, pathname } = new URL(issuer);

  const users = new Users();
  const application = new Application(settings.application);
  const keys = new SigningKeys(settings.keyFile);
  const storage = new Storage({ application, reuseLeeway: settings.reuseLeeway });

  const counts = new CallCounts();
  const faults = new Faults();
  const requests = new AuthorizationRequests();

  const current = {
    /** oidc-provider reads its keys only once, so a rotation needs a new Provider. */
    rebuild() {
      this.provider = buildProvider({ issuer, settings, application, keys, users, storage });
      this.handle = this.provider.callback();
      counts.watch(this.provider);
      requests.watch(this.provider);
    },
  };
  current.rebuild();

  const app = express();
  app.disable('x-powered-by');
  app.use((req, _res, next) => {
    // Endpoint addresses are derived from the issuer, not from the request's host.
    req.headers.host = host;
    next();
  });
  app.use(pathname, async (req, res) => {
    const endpoint = endpointOf(req.path);
    if (await faults.answer(endpoint, res)) return;
    counts.arrived(endpoint);
    current.handle(req, res);
  });
  app.use(interactionRoutes({ application, current, users }));
  if (settings.test) {
    const parts = { application, counts, current, faults, keys, requests, storage, users };
    app.use('/test', controlRoutes({ issuer, ...parts }));
  }

  for (const server of servers) server.on('request', app);

  return {
    issuer,
    port,
    async close() {
      await Promise.all(
        servers.map((server) => {
          server.close();
          server.closeAllConnections();
          return once(server, 'close');
        }),
      );
    },
  };
}

async function listen(port) {
  const servers = [];
  for (const address of LOOPBACK) {
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE });
    server.listen(servers[0]?.address().port ?? port, address);
    try {
      await once(server, 'listening');
      servers.push(server);
    } catch (cause) {
      // A machine without IPv6 has no ::1. Only the first address is required.
      const optional = servers.length > 0 && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(cause.code);
      if (!optional) {
        for (const started of servers) started.close();
        throw cause;
      }
    }
  }
  return servers;
}
