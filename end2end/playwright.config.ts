// Runs every flow in Chromium, with JavaScript and without (except tests tagged
// @JavaScript). Tests that need no browser run once, over plain HTTP.
import { join } from 'node:path';
import { defineConfig, devices } from '@playwright/test';
import {
  appOrigin,
  appPort,
  hydratedOrigin,
  hydratedPort,
  logtoOrigin,
  logtoPort,
  starterOrigin,
  starterPort,
} from './servers/addresses.mjs';
import { appEnvironment, binary, repository } from './servers/app-environment.mjs';
import { browserOptions } from './browser/options.mjs';
import { hydratedBinary, hydratedFolder } from './servers/hydrated.mjs';
import { localLogto } from './servers/local-logto.mjs';
import { starterBinary, starterEnvironment, starterFolder } from './servers/starter-environment.mjs';

const issuer = `${logtoOrigin}/oidc`;
// Playwright empties it at the start of each run.
const outputDir = join(repository, 'end2end', 'test-results');
const http = '**/http/*.spec.ts';
// The same flows on apps that hydrate as a whole.
const hydrated = '**/hydrated/*.spec.ts';
const starter = '**/starter/*.spec.ts';

export default defineConfig({
  testDir: 'tests',
  outputDir,
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  // Two browsers share a busy machine there, and one page in about 900 tests hung for a reason that is not
  // known. The end names each test that needed the second attempt, with its first error.
  retries: process.env.CI ? 1 : 0,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['html', { open: 'never' }], ['./count-reporter.mjs']],
  use: {
    ...devices['Desktop Chrome'],
    baseURL: appOrigin,
    // CI keeps no files that one could open.
    trace: process.env.CI ? 'off' : 'retain-on-failure',
    launchOptions: browserOptions,
  },
  projects: [
    { name: 'JavaScript on', testIgnore: [http, hydrated, starter] },
    {
      name: 'JavaScript off',
      testIgnore: [http, hydrated, starter],
      grepInvert: /@JavaScript/,
      use: { javaScriptEnabled: false },
    },
    { name: 'hydrated', testMatch: hydrated, use: { baseURL: hydratedOrigin } },
    {
      name: 'hydrated, JavaScript off',
      testMatch: hydrated,
      grepInvert: /@JavaScript/,
      use: { baseURL: hydratedOrigin, javaScriptEnabled: false },
    },
    { name: 'starter', testMatch: starter, use: { baseURL: starterOrigin } },
    {
      name: 'starter, JavaScript off',
      testMatch: starter,
      grepInvert: /@JavaScript/,
      use: { baseURL: starterOrigin, javaScriptEnabled: false },
    },
    { name: 'HTTP', testMatch: http },
  ],
  webServer: [
    {
      name: 'Logto',
      command: 'node logto/start.mjs',
      url: `${logtoOrigin}/test/healthy`,
      // The default is the app of `make dev`, on another port. Tests set their own.
      env: {
        ...localLogto,
        LOGTO_PORT: String(logtoPort),
        LOGTO_TEST: '1',
        LOGTO_BACKCHANNEL_URI: '',
      },
      gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
      reuseExistingServer: false,
    },
    {
      name: 'app',
      command: binary,
      cwd: repository,
      url: `${appOrigin}/healthz`,
      env: appEnvironment({ port: appPort, database: join(outputDir, 'app', 'auth.db'), issuer }),
      gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
      reuseExistingServer: false,
    },
    {
      name: 'starter',
      command: starterBinary,
      cwd: starterFolder,
      url: starterOrigin,
      env: starterEnvironment({
        port: starterPort,
        database: join(outputDir, 'starter', 'auth.db'),
        issuer,
      }),
      gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
      reuseExistingServer: false,
    },
    {
      name: 'hydrated',
      command: hydratedBinary,
      cwd: hydratedFolder,
      url: hydratedOrigin,
      env: starterEnvironment({
        port: hydratedPort,
        database: join(outputDir, 'hydrated', 'auth.db'),
        issuer,
        folder: hydratedFolder,
      }),
      gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
      reuseExistingServer: false,
    },
  ],
});
