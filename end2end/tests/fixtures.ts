// Playwright's test, with our watch over every browser and servers to order.
import {
  test as base,
  type BrowserContext,
  type BrowserContextOptions,
  expect,
  type Page,
} from '@playwright/test';
import { logtoOrigin, sparePorts } from '../addresses.mjs';
import { BrowserWatch } from './browser-watch.ts';
import { type AppOptions, appProcess, logtoProcess, ServerProcess, unusedPort } from './processes.ts';

type OwnApp = { app: ServerProcess; origin: string; database: string };
type OwnAppOptions = Partial<Omit<AppOptions, 'port'>>;
type OwnLogto = { logto: ServerProcess; origin: string };

type Options = {
  /** More environment variables for `ownLogto`. */
  logtoEnv: Record<string, string>;
};

type Fixtures = {
  /** A browser of another person, or the same person's other one: cookies of its own. */
  openBrowser: (options?: BrowserContextOptions) => Promise<Page>;
  /** Starts an app, with a database of its own unless it is given one. */
  startApp: (options?: OwnAppOptions) => Promise<OwnApp>;
  /** A Logto of the test's own, not started yet. */
  ownLogto: OwnLogto;
  /** Starts `ownLogto`, and an app that signs in there. */
  startBoth: (options?: OwnAppOptions) => Promise<OwnApp>;
};

export { expect };

export const test = base.extend<Options & Fixtures>({
  logtoEnv: [{}, { option: true }],

  context: async ({ context }, use) => {
    const watch = new BrowserWatch(context);
    await use(context);
    expect(await watch.findings(), 'tokens and errors seen in the browser').toEqual([]);
  },

  openBrowser: async ({ browser }, use) => {
    const opened: { context: BrowserContext; watch: BrowserWatch }[] = [];
    await use(async (options) => {
      const context = await browser.newContext(options);
      opened.push({ context, watch: new BrowserWatch(context) });
      return context.newPage();
    });
    for (const { context, watch } of opened) {
      expect(await watch.findings(), 'tokens and errors seen in a browser').toEqual([]);
      await context.close();
    }
  },

  startApp: async ({}, use, testInfo) => {
    const perWorker = Math.floor(sparePorts.length / testInfo.config.workers);
    const ports = sparePorts.slice(testInfo.parallelIndex * perWorker).slice(0, perWorker);
    const started: ServerProcess[] = [];
    await use(async ({ host = 'localhost', issuer = `${logtoOrigin}/oidc`, ...options } = {}) => {
      const port = ports.shift();
      if (!port) throw new Error('no port left: see addresses.mjs');
      const database = options.database ?? testInfo.outputPath(`app-${port}`, 'auth.db');
      const app = appProcess({ ...options, database, host, issuer, port });
      started.push(app);
      await app.start();
      return { app, origin: `http://${host}:${port}`, database };
    });
    await Promise.all(started.map((app) => app.stop()));
  },

  ownLogto: async ({ logtoEnv }, use) => {
    const port = await unusedPort();
    const logto = logtoProcess(port, logtoEnv);
    await use({ logto, origin: `http://localhost:${port}` });
    await logto.stop();
  },

  startBoth: async ({ ownLogto, startApp }, use) => {
    await use(async (options) => {
      await ownLogto.logto.start();
      return startApp({ ...options, issuer: `${ownLogto.origin}/oidc` });
    });
  },
});
