// Playwright's test, with our watch over every browser and servers to order.
import { join } from 'node:path';
import { test as base, expect } from '@playwright/test';
import { logtoOrigin, sparePorts } from '../addresses.mjs';
import { BrowserWatch } from './browser-watch.ts';
import { type AppOptions, appProcess, logtoProcess, ServerProcess, unusedPort } from './processes.ts';

type OwnApp = { app: ServerProcess; origin: string };
type OwnLogto = { logto: ServerProcess; origin: string };

type Fixtures = {
  /** Starts an app with a database of its own. */
  startApp: (options?: Partial<Pick<AppOptions, 'host' | 'issuer'>>) => Promise<OwnApp>;
  /** A Logto of the test's own, not started yet. */
  ownLogto: OwnLogto;
};

export { expect };

export const test = base.extend<Fixtures>({
  context: async ({ context }, use) => {
    const watch = new BrowserWatch(context);
    await use(context);
    expect(await watch.findings(), 'tokens and errors seen in the browser').toEqual([]);
  },

  startApp: async ({}, use, testInfo) => {
    const perWorker = Math.floor(sparePorts.length / testInfo.config.workers);
    const ports = sparePorts.slice(testInfo.parallelIndex * perWorker).slice(0, perWorker);
    const started: ServerProcess[] = [];
    await use(async ({ host = 'localhost', issuer = `${logtoOrigin}/oidc` } = {}) => {
      const port = ports.shift();
      if (!port) throw new Error('no port left: see addresses.mjs');
      const database = testInfo.outputPath(`app-${port}`, 'auth.db');
      const app = appProcess({ database, host, issuer, port });
      started.push(app);
      await app.start();
      return { app, origin: `http://${host}:${port}` };
    });
    await Promise.all(started.map((app) => app.stop()));
  },

  ownLogto: async ({}, use) => {
    const port = await unusedPort();
    const logto = logtoProcess(port);
    await use({ logto, origin: `http://localhost:${port}` });
    await logto.stop();
  },
});
