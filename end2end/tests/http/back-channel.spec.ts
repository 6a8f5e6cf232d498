import { randomUUID } from 'node:crypto';
import type { APIRequestContext } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { sign } from '../fixtures/logto-control.ts';
import { signInOverHttp } from './clients/sign-in.ts';

const BACK_CHANNEL = '/api/auth/backchannel-logout/logto';
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const FORM = 'application/x-www-form-urlencoded';

type Logto = { origin: string };

/** Signs a logout token as Logto 1.37 sends it, with these changes. */
function logoutToken(logto: Logto, changes: object = {}, header: object = {}): Promise<string> {
  const payload = {
    iss: `${logto.origin}/oidc`,
    aud: 'leptos-app',
    sub: 'a1icek2m9qx7',
    iat: Math.floor(Date.now() / 1000),
    jti: randomUUID(),
    events: { [EVENT]: {} },
    ...changes,
  };
  return sign(logto, payload, { typ: 'logout+jwt', ...header });
}

/** Sends a body; returns the status of the answer, which must be empty and set no cookie. */
async function statusOf(request: APIRequestContext, body: string, type = FORM): Promise<number> {
  const answer = await request.post(BACK_CHANNEL, {
    headers: { 'content-type': type },
    data: Buffer.from(body),
    maxRedirects: 0,
  });
  expect(answer.headers()['cache-control']).toContain('no-store');
  expect(answer.headers()).not.toHaveProperty('set-cookie');
  expect(await answer.text()).toBe('');
  return answer.status();
}

const isSignedIn = async (request: APIRequestContext) =>
  (await (await request.get('/api/auth/session')).json()) !== null;

test('a valid logout token is answered with 200, once, and all others with 400', async ({
  playwright,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  const alice = await playwright.request.newContext({ baseURL: origin });
  const bob = await playwright.request.newContext({ baseURL: origin });
  const logto = await playwright.request.newContext({ baseURL: origin });
  await signInOverHttp(alice);
  await signInOverHttp(bob, { username: 'bob' });
  const now = Math.floor(Date.now() / 1000);

  for (const [what, changes, header] of [
    ['for another client', { aud: 'other' }, {}],
    ['of another issuer', { iss: 'https://evil.test/oidc' }, {}],
    ['without an event', { events: undefined }, {}],
    ['with another event', { events: { 'urn:other': {} } }, {}],
    ['with a nonce', { nonce: 'n' }, {}],
    ['without sub and sid', { sub: undefined }, {}],
    ['without jti', { jti: undefined }, {}],
    ['too old', { iat: now - 3_600 }, {}],
    ['expired', { iat: now - 300, exp: now - 200 }, {}],
    ['of another kind', {}, { typ: 'at+jwt' }],
  ] as const) {
    const token = await logoutToken(ownLogto, changes, header);
    expect(await statusOf(logto, `logout_token=${token}`), what).toBe(400);
  }
  const good = await logoutToken(ownLogto);
  for (const [body, type] of [
    ['', FORM],
    ['logout_token=', FORM],
    ['logout_token=garbage', FORM],
    [`token=${good}`, FORM],
    [`logout_token=${good.slice(0, -8)}AAAAAAAA`, FORM],
    [`logout_token=${good}`, 'text/plain'],
    [JSON.stringify({ logout_token: good }), 'application/json'],
    [`logout_token=${'x'.repeat(20_000)}`, FORM],
  ]) {
    expect(await statusOf(logto, body, type), `${type} ${body.slice(0, 40)}`).toBe(400);
  }
  expect(await isSignedIn(alice)).toBe(true);

  expect(await statusOf(logto, `logout_token=${good}`)).toBe(200);
  expect(await isSignedIn(alice)).toBe(false);
  expect(await isSignedIn(bob)).toBe(true);

  // The same token cannot end a later session. ID tokens tell only seconds apart: a
  // sign-in within the second of a logout of the user would be refused.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const again = await playwright.request.newContext({ baseURL: origin });
  await signInOverHttp(again);
  expect(await statusOf(logto, `logout_token=${good}`)).toBe(400);
  expect(await isSignedIn(again)).toBe(true);
  // It is no error if there is no such session any more.
  const over = await logoutToken(ownLogto, { sub: undefined, sid: 'long-gone' });
  expect(await statusOf(logto, `logout_token=${over}`)).toBe(200);
  expect(await isSignedIn(again)).toBe(true);
  for (const context of [alice, again, bob, logto]) await context.dispose();
});

test('the address accepts only POST', async ({ request }) => {
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
    const answer = await request.fetch(BACK_CHANNEL, { method });
    expect(answer.status(), method).toBe(400);
    expect(answer.headers()['cache-control'], method).toContain('no-store');
  }
});
