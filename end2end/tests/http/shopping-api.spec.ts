// The shopping API as another client calls it.
import type { APIResponse } from '@playwright/test';
import { appOrigin, logtoOrigin } from '../../servers/addresses.mjs';
import { BILLING, SHOPPING } from '../page-objects/api-pages.ts';
import { expect, test } from '../fixtures/test.ts';
import { sign } from '../fixtures/logto-control.ts';
import { tokensFor } from './clients/own-client.ts';
import { signInOverHttp } from './clients/sign-in.ts';

const ITEMS = '/api/shopping/items';
const METADATA = 'https://shopping.example.com/.well-known/oauth-protected-resource/api';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Returns the parameters of the challenge (RFC 6750 section 3). */
function challenge(answer: APIResponse): Record<string, string> {
  const value = answer.headers()['www-authenticate'] ?? '';
  expect(value).toMatch(/^Bearer( |$)/);
  const parameters = value.matchAll(/(\w+)="([^"]*)"/g);
  return Object.fromEntries([...parameters].map(([, name, text]) => [name, text]));
}

test('the answer to a request without a token says where to get one', async ({ request }) => {
  for (const answer of [
    await request.get(ITEMS),
    await request.post(ITEMS, { data: { name: 'Bread' } }),
    await request.get(ITEMS, { headers: { authorization: 'Basic bGVwdG9zOnNlY3JldA==' } }),
    // A token in an address would end up in logs, so it is not accepted there.
    await request.get(`${ITEMS}?access_token=garbage`),
  ]) {
    expect(answer.status()).toBe(401);
    expect(challenge(answer)).toEqual({ resource_metadata: METADATA });
    expect(answer.headers()['cache-control']).toBe('no-store');
    expect(answer.headers()).not.toHaveProperty('set-cookie');
  }
});

test('a browser session does not replace a token', async ({ request }) => {
  await signInOverHttp(request);
  expect((await request.get(ITEMS)).status()).toBe(401);
});

test('a malformed token is invalid', async ({ request }) => {
  for (const token of ['garbage', 'a.b.c', 'eyJhbGciOiJub25lIn0.e30.', 'x'.repeat(5_000)]) {
    const answer = await request.get(ITEMS, { headers: bearer(token) });
    expect(answer.status(), token).toBe(401);
    expect(challenge(answer)).toMatchObject({
      error: 'invalid_token',
      resource_metadata: METADATA,
    });
    expect(await answer.json()).toMatchObject({ error: 'invalid_token' });
  }
  const broken = await request.get(ITEMS, { headers: { authorization: 'Bearer ' } });
  expect(broken.status()).toBe(400);
  expect(challenge(broken)).toMatchObject({ error: 'invalid_request' });
});

test('the metadata names the authorization server and the scopes', async ({ request }) => {
  const answer = await request.get('/.well-known/oauth-protected-resource/api');
  expect(answer.status()).toBe(200);
  expect(answer.headers()['content-type']).toBe('application/json');
  expect(await answer.json()).toEqual({
    resource: SHOPPING,
    authorization_servers: [`${logtoOrigin}/oidc`],
    scopes_supported: ['read', 'write'],
    bearer_methods_supported: ['header'],
  });
});

test('alice’s token can read and write her list', async ({ request, startApp }) => {
  const { origin } = await startApp();
  const tokens = await tokensFor(request, {
    origin: logtoOrigin,
    username: 'alice',
    resource: SHOPPING,
  });
  expect(tokens.scope).toBe('read write');
  const headers = bearer(tokens.access_token);
  const none = await request.get(`${origin}${ITEMS}`, { headers });
  expect([none.status(), await none.json()]).toEqual([200, { items: [] }]);
  expect(none.headers()['cache-control']).toBe('no-store');

  const added = await request.post(`${origin}${ITEMS}`, { headers, data: { name: ' Bread ' } });
  expect([added.status(), await added.json()]).toEqual([201, { id: 1, name: 'Bread' }]);
  const one = await request.get(`${origin}${ITEMS}`, { headers });
  expect(await one.json()).toEqual({ items: [{ id: 1, name: 'Bread' }] });

  const empty = await request.post(`${origin}${ITEMS}`, { headers, data: { name: '' } });
  expect([empty.status(), (await empty.json()).error]).toEqual([422, 'invalid_item']);
});

test('a token without the permission gets an error that names it', async ({ request }) => {
  const who = { origin: logtoOrigin, username: 'bob', resource: SHOPPING };
  const headers = bearer((await tokensFor(request, who)).access_token);
  const calls: [scope: string, answer: APIResponse][] = [
    ['read', await request.get(ITEMS, { headers })],
    ['write', await request.post(ITEMS, { headers, data: { name: 'Bread' } })],
  ];
  for (const [scope, answer] of calls) {
    expect(answer.status()).toBe(403);
    expect(challenge(answer)).toMatchObject({
      error: 'insufficient_scope',
      scope,
      resource_metadata: METADATA,
    });
    expect(await answer.json()).toMatchObject({ error: 'insufficient_scope', scope });
  }
});

test('a token with only the scope read cannot write', async ({ request }) => {
  const who = { origin: logtoOrigin, username: 'alice', resource: SHOPPING, scope: 'read' };
  const headers = bearer((await tokensFor(request, who)).access_token);
  expect((await request.get(ITEMS, { headers })).status()).toBe(200);
  expect((await request.post(ITEMS, { headers, data: { name: 'Bread' } })).status()).toBe(403);
});

test('tokens for anything else are invalid', async ({ playwright }) => {
  const request = await playwright.request.newContext({ baseURL: appOrigin });
  const origin = logtoOrigin;
  const billing = await tokensFor(request, {
    origin,
    username: 'alice',
    resource: BILLING,
    scope: 'read read:invoices',
  });
  const fresh = await playwright.request.newContext({ baseURL: appOrigin });
  const userInfo = await tokensFor(fresh, { origin, username: 'alice' });
  const now = Math.floor(Date.now() / 1000);
  const good = {
    iss: `${origin}/oidc`,
    aud: SHOPPING,
    sub: 'a1icek2m9qx7',
    client_id: 'leptos-app',
    scope: 'read',
    jti: 'jti',
    iat: now,
    exp: now + 60,
  };
  const forged = (changes: object, header: object = {}) =>
    sign({ origin }, { ...good, ...changes }, { typ: 'at+jwt', ...header });
  const call = async (token: string) =>
    (await request.get(ITEMS, { headers: bearer(token) })).status();
  expect(await call(await forged({})), 'the unchanged pattern is accepted').toBe(200);
  for (const [what, token] of Object.entries({
    'for another API': billing.access_token,
    'for userinfo': userInfo.access_token,
    'an ID token': userInfo.id_token,
    expired: await forged({ iat: now - 7200, exp: now - 3600 }),
    'of another issuer': await forged({ iss: 'https://evil.test/oidc' }),
    'for an organization': await forged({ aud: 'urn:logto:organization:acme' }),
    'of another kind': await forged({}, { typ: 'logout+jwt' }),
    'changed afterwards': (await forged({})).replace(/\.[^.]+\./, (payload) =>
      payload.replace(/[A-Za-y]/, (letter) => String.fromCharCode(letter.charCodeAt(0) + 1)),
    ),
  })) {
    expect(await call(token), what).toBe(401);
  }
  await request.dispose();
  await fresh.dispose();
});

test('values in the address of the page are escaped', async ({ request }) => {
  await signInOverHttp(request, { username: 'bob' });
  const scope = encodeURIComponent('<script>alert(1)</script>');
  const page = await request.get(`/resources?problem=lacks&scope=${scope}`);
  expect(page.status()).toBe(200);
  expect(await page.text()).not.toContain('<script>alert');
  const unknown = await request.get('/resources?problem=%3Cb%3E&scope=x');
  expect(await unknown.text()).not.toContain('<b>');
});
