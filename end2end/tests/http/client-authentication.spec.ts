// How the app authenticates to Logto, from sign-in to sign-out.
import { generateKeyPairSync } from 'node:crypto';
import type { APIRequestContext } from '@playwright/test';
import { SHOPPING } from '../page-objects/api-pages.ts';
import { expect, test } from '../fixtures/test.ts';
import { changeApplication, grants } from '../fixtures/logto-control.ts';
import { follow, signInOverHttp } from './clients/sign-in.ts';

type Key = { pem: string; jwks: object };

function makeKey(kid: string, make: () => ReturnType<typeof generateKeyPairSync>): Key {
  const { privateKey, publicKey } = make();
  return {
    pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' }] },
  };
}

const KEYS = {
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  EdDSA: () => generateKeyPairSync('ed25519'),
};

/** Signs in, gets a token for an API and signs out. */
async function wholeWay(request: APIRequestContext): Promise<void> {
  await signInOverHttp(request);
  const page = await (await request.get('/resources')).text();
  expect(page).toContain(SHOPPING);
  expect(page).toContain('Nothing yet.');
  const left = await request.post('/api/sign_out', { maxRedirects: 0 });
  expect(left.headers().location).toContain('/oidc/session/end?');
  await follow(request, left);
  expect(await (await request.get('/api/auth/session')).json()).toBeNull();
}

test('client_secret_post: the secret in the form', async ({ playwright, startBoth, ownLogto }) => {
  const { origin } = await startBoth({
    env: { AUTH_LOGTO_AUTH_METHOD: 'client_secret_post', AUTH_LOGTO_PUSHED_REQUESTS: 'always' },
  });
  const request = await playwright.request.newContext({ baseURL: origin });
  await wholeWay(request);
  const calls = await grants(ownLogto);
  expect(calls).toMatchObject({ authorization_code: 1, par: 1, revocation: 1, errors: {} });
  // The code, the pushed request, and the tokens for two APIs.
  expect(calls.authentication).toEqual({ client_secret_post: 4 });
  await request.dispose();
});

for (const [alg, make] of Object.entries(KEYS)) {
  test(`private_key_jwt: an assertion with ${alg}`, async ({ playwright, startBoth, ownLogto }) => {
    const kid = `key-of-${alg}`;
    const { pem, jwks } = makeKey(kid, make);
    const { origin } = await startBoth({
      env: {
        AUTH_LOGTO_AUTH_METHOD: 'private_key_jwt',
        AUTH_LOGTO_PUSHED_REQUESTS: 'always',
        AUTH_LOGTO_SECRET: '',
        AUTH_LOGTO_PRIVATE_KEY: pem,
        // ES384 is the default.
        AUTH_LOGTO_PRIVATE_KEY_ALG: alg === 'ES384' ? '' : alg,
        AUTH_LOGTO_PRIVATE_KEY_ID: kid,
      },
    });
    await changeApplication(ownLogto, { jwks });
    const request = await playwright.request.newContext({ baseURL: origin });
    await wholeWay(request);
    const calls = await grants(ownLogto);
    expect(calls).toMatchObject({ authorization_code: 1, par: 1, revocation: 1, errors: {} });
    expect(calls.authentication).toEqual({ private_key_jwt: 4 });
    await request.dispose();
  });
}

test('a key that Logto does not know leads to the error page', async ({
  playwright,
  startBoth,
  ownLogto,
}) => {
  const { pem } = makeKey('unknown', KEYS.ES384);
  const { jwks } = makeKey('known', KEYS.ES384);
  const { origin } = await startBoth({
    env: {
      AUTH_LOGTO_AUTH_METHOD: 'private_key_jwt',
      // The app authenticates when the sign-in begins.
      AUTH_LOGTO_PUSHED_REQUESTS: 'always',
      // On one line, because many platforms allow no line breaks in variables.
      AUTH_LOGTO_PRIVATE_KEY: pem.trim().replaceAll('\n', '\\n'),
      AUTH_LOGTO_PRIVATE_KEY_ID: 'unknown',
    },
  });
  await changeApplication(ownLogto, { jwks });
  const request = await playwright.request.newContext({ baseURL: origin });
  const answer = await request.post('/api/sign_in', { headers: { accept: 'text/html' } });
  expect(answer.url()).toContain('/auth/error?error=Configuration');
  expect(answer.status()).toBe(503);
  expect(await answer.text()).toContain('Sign-in is not set up correctly on this site.');
  await request.dispose();
});
