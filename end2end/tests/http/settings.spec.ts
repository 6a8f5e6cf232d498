import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { logtoOrigin, sparePorts } from '../../servers/addresses.mjs';
import { appEnvironment, binary, repository } from '../../servers/app-environment.mjs';

/** Starts the app, which must fail; returns its exit code and messages. */
function start(env: Record<string, string>): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      binary,
      { cwd: repository, env: { ...process.env, ...env }, timeout: 10_000 },
      (error, _stdout, stderr) => resolve({ code: error?.code ?? 0, stderr }),
    );
  });
}

const good = (database: string) =>
  appEnvironment({ port: sparePorts[0], database, issuer: `${logtoOrigin}/oidc` });

test('tests set every variable that the book names', () => {
  const book = readFileSync(`${repository}/docs/src/reference/settings.md`, 'utf8');
  const firstColumns = [...book.matchAll(/^\| (.*?) \|/gm)].map(([, column]) => column);
  const named = firstColumns.flatMap((column) => column.match(/(?<=`)[A-Z][A-Z0-9_]+(?=`)/g) ?? []);
  // Those of the server under `cargo leptos`, which the tests do not use.
  const ours = named.filter((name) => !['LEPTOS_OUTPUT_NAME', 'LEPTOS_WATCH'].includes(name));
  expect(ours.length).toBeGreaterThan(30);
  expect(Object.keys(good('auth.db'))).toEqual(expect.arrayContaining(ours));
});

test('wrong settings stop the app, and the message names them all', async ({}, testInfo) => {
  const wrong = {
    AUTH_LOGTO_ISSUER: 'http://logto.example.com/oidc',
    AUTH_LOGTO_ID: '',
    AUTH_LOGTO_SECRET: '',
    AUTH_SECRET: 'short',
    AUTH_URL: 'ftp://x',
    LEPTOS_SITE_ADDR: 'nowhere',
    DATABASE_URL: 'mysql://x',
  };
  const { code, stderr } = await start({ ...good(testInfo.outputPath('auth.db')), ...wrong });
  expect(code).toBe(1);
  for (const name of Object.keys(wrong)) expect(stderr).toContain(name);
});

test('a database that cannot be opened stops the app with a message', async () => {
  const { code, stderr } = await start(good('/dev/null/auth.db'));
  expect(code).toBe(1);
  expect(stderr).toContain('/dev/null');
  expect(stderr).not.toContain('panicked');
});
