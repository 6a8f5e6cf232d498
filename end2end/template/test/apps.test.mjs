// Apps made from `examples/starter`: each compiles for the server and for the browser and passes
// its own tests; one is built and a user signs in.
//
// All are built in the target folder of the repository, where their dependencies are built already.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { chromium } from '@playwright/test';
import { browserOptions } from '../../browser/options.mjs';
import { repository } from '../../servers/app-environment.mjs';
import { unusedPort } from '../../servers/free-ports.mjs';
import { starterEnvironment } from '../../servers/starter-environment.mjs';
import { DATABASES, RENDERINGS, generate } from '../generate.mjs';

const target = join(repository, 'target');

function makeApp(rendering, database) {
  const name = `${rendering}-${database}`;
  const folder = join(target, 'template', name);
  generate(folder, { name, rendering, database, crates: repository });
  return { name, folder };
}

function cargo(folder, ...options) {
  const { status } = spawnSync('cargo', options, {
    cwd: folder,
    env: { ...process.env, CARGO_TARGET_DIR: target },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  assert.equal(status, 0, `cargo ${options.join(' ')}`);
}

for (const rendering of RENDERINGS) {
  for (const database of DATABASES) {
    test(`${rendering}, ${database}: the app compiles, and its tests pass`, () => {
      const { folder } = makeApp(rendering, database);
      cargo(folder, 'test', '--features', 'ssr');
      // As `cargo leptos` builds it.
      const wasm = ['--target', 'wasm32-unknown-unknown', '--target-dir', join(target, 'front')];
      cargo(folder, 'build', '--lib', '--no-default-features', '--features', 'hydrate', ...wasm);
    });
  }
}

/** Starts a program that ends with the test. Returns its first line. */
async function start(t, file, args, env) {
  const child = spawn(file, args, {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  const [line] = await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(([status]) => assert.fail(`${file} ended with ${status}`)),
  ]);
  return line;
}

test('islands, sqlite: in Chromium, a user signs in at the local Logto and signs out', async (t) => {
  const { name, folder } = makeApp('islands', 'sqlite');
  cargo(folder, 'leptos', 'build');

  const data = mkdtempSync(join(tmpdir(), 'template-'));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const port = await unusedPort();
  const origin = `http://localhost:${port}`;
  const logto = await start(t, process.execPath, [join('end2end', 'logto', 'start.mjs')], {
    LOGTO_PORT: '0',
    LOGTO_REDIRECT_URIS: `${origin}/api/auth/callback/logto`,
    LOGTO_BACKCHANNEL_URI: '',
  });
  const [issuer] = /http\S+/.exec(logto);
  await start(t, join(target, 'debug', name), [], {
    ...starterEnvironment({ port, database: join(data, 'auth.db'), issuer }),
    LEPTOS_OUTPUT_NAME: name,
    LEPTOS_SITE_ROOT: join(folder, 'target', 'site'),
  });

  const browser = await chromium.launch(browserOptions);
  t.after(() => browser.close());
  const page = await browser.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    const isProblem = /error|warning/.test(message.type());
    if (isProblem && message.location().url.startsWith(origin)) problems.push(message.text());
  });
  /** The session's island asks for the session as soon as it runs. */
  const islandRuns = () => page.waitForResponse(`${origin}/api/auth/session`);

  await page.goto(origin);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Username').fill('alice');
  await page.getByLabel('Password').fill('password');
  const running = islandRuns();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Hello, Alice Example.').waitFor();
  await running;
  await page.getByRole('link', { name: 'Protected' }).click();
  await page.getByText('Only signed-in users see this.').waitFor();
  await page.getByRole('link', { name: 'Home' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  assert.deepEqual(problems, []);
});
