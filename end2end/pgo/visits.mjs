// Runs a server and visits it as users do: what it then spends its time on is what the compiler
// optimizes. Ends the server as an operator does, because it writes its profile at its end.
//
//   node end2end/pgo/visits.mjs SERVER [SHARE OF THE VISITS]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser } from '../logto/test/browser.mjs';
import { appEnvironment, repository } from '../servers/app-environment.mjs';
import { unusedPort } from '../servers/free-ports.mjs';
import { localLogto } from '../servers/local-logto.mjs';

const port = await unusedPort();
const logtoPort = await unusedPort();
const origin = `http://localhost:${port}`;
const [file, share = 1] = process.argv.slice(2);
const MISSING = '/no-such-page';
/** Pages that ask Logto for nothing are visited most, as in the benchmark. */
const VISITS = [
  ['/', 3000],
  ['/api/auth/session', 3000],
  ['/sign-in', 500],
  ['/sessions', 300],
  ['/profile', 100],
  ['/organizations', 100],
  ['/resources', 100],
  [MISSING, 100],
];
const SIGN_INS = 100;
const AT_ONCE = 8;

const folder = mkdtempSync(join(tmpdir(), 'visits-'));
const servers = [];

async function start(file, args, env, ready) {
  const server = spawn(file, args, {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  servers.push(server);
  let isOver = false;
  for (const event of ['error', 'exit']) server.once(event, () => (isOver = true));
  for (let tries = 0; tries < 300 && !isOver; tries += 1) {
    const answer = await fetch(ready).catch(() => null);
    if (answer?.ok) return server;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${file} does not answer at ${ready}`);
}

async function signIn() {
  const browser = new Browser();
  const begun = await browser.open(`${origin}/api/auth/signin/logto`, { form: {} });
  const form = await browser.open(begun.url);
  const fields = { username: 'alice', password: 'password' };
  const signedIn = await browser.submit(form, fields);
  await browser.open(signedIn.url);
  await expectSession(browser);
  return browser;
}

async function expectSession(browser) {
  const session = await (await browser.request(`${origin}/api/auth/session`)).json();
  if (!session?.user) throw new Error('the user is not signed in');
}

/** Calls `visit` as often as `times` and the share say, in several loops at once. */
async function repeat(times, visit) {
  let left = times * share;
  const loop = async () => {
    while (left > 0) {
      left -= 1;
      await visit();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, loop));
}

async function visit(browser, path) {
  const answer = await browser.request(`${origin}${path}`);
  await answer.arrayBuffer();
  const isExpected = answer.status === (path === MISSING ? 404 : 200);
  if (!isExpected) throw new Error(`${path} answers ${answer.status}`);
}

/** Loads the style sheet and the script that a page names. */
async function visitFiles(browser) {
  const html = await (await browser.request(`${origin}/`)).text();
  const files = new Set(html.match(/\/pkg\/[\w.-]+\.(?:css|js)/g));
  if (files.size < 2) throw new Error(`/ names only ${[...files].join(' ') || 'no file'}`);
  for (const file of files) await visit(browser, file);
}

function end() {
  for (const server of servers) server.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    end();
    process.exit(1);
  });
}

try {
  const issuer = `http://localhost:${logtoPort}/oidc`;
  const ofLogto = {
    ...localLogto,
    LOGTO_PORT: logtoPort,
    LOGTO_REDIRECT_URIS: `${origin}/api/auth/callback/logto`,
    LOGTO_BACKCHANNEL_URI: '',
  };
  const logto = join(repository, 'end2end', 'logto', 'start.mjs');
  await start(process.execPath, [logto], ofLogto, `${issuer}/.well-known/openid-configuration`);
  const ofApp = appEnvironment({ port, database: join(folder, 'auth.db'), issuer });
  const server = await start(file, [], ofApp, `${origin}/healthz`);

  const [signedIn, signedOut] = [await signIn(), new Browser()];
  await visitFiles(signedOut);
  for (const [path, times] of VISITS) {
    for (const browser of [signedIn, signedOut]) await repeat(times, () => visit(browser, path));
  }
  await expectSession(signedIn);
  await repeat(SIGN_INS, async () => {
    const browser = await signIn();
    await browser.request(`${origin}/api/auth/signout`, { form: {} });
  });

  server.kill('SIGTERM');
  const [code] = await once(server, 'exit');
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
} finally {
  end();
}
