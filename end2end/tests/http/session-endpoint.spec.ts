import { expect, test } from '@playwright/test';
import { signInOverHttp } from './clients/sign-in.ts';

const DAY = 24 * 60 * 60 * 1000;

test('signed out, the session is null', async ({ request }) => {
  const answer = await request.get('/api/auth/session');
  expect(answer.status()).toBe(200);
  expect(answer.headers()).toMatchObject({
    'content-type': 'application/json',
    'cache-control': 'private, no-cache, no-store',
    expires: '0',
    pragma: 'no-cache',
  });
  expect(await answer.text()).toBe('null');
});

test('signed in, the session has the user, its expiry and the roles', async ({ request }) => {
  await signInOverHttp(request);
  const answer = await request.get('/api/auth/session');
  expect(answer.headers()['cache-control']).toBe('private, no-cache, no-store');
  const session = await answer.json();
  expect(session).toEqual({
    user: { id: 'a1icek2m9qx7', name: 'Alice Example', email: 'alice@example.com' },
    expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
    roles: ['shopper'],
    organization_roles: ['acme:admin', 'globex:member'],
    // What the example's hook `public_session` adds.
    data: { visit: expect.stringMatching(/^[1-9]\d*$/) },
  });
  const left = Date.parse(session.expires) - Date.now();
  expect(left).toBeGreaterThan(3.9 * DAY);
  expect(left).toBeLessThan(4.1 * DAY);
});

test('values that Logto does not have are left out', async ({ request }) => {
  await signInOverHttp(request, { username: 'bob' });
  const { user } = await (await request.get('/api/auth/session')).json();
  expect(user).toEqual({ id: 'b0bw4n8t1r5z', name: 'bob' });
});

test('the server function auth returns the same', async ({ request }) => {
  expect(await (await request.post('/api/auth')).json()).toBeNull();
  await signInOverHttp(request);
  const ofFunction = await (await request.post('/api/auth')).json();
  expect(ofFunction).toEqual(await (await request.get('/api/auth/session')).json());
});

for (const path of [
  '/',
  '/profile',
  '/organizations',
  '/resources',
  '/sessions',
  '/sign-in',
  '/auth/error?error=Cancelled',
]) {
  test(`${path} must not be stored by caches`, async ({ request }) => {
    for (const who of ['signed out', 'signed in']) {
      if (who === 'signed in') await signInOverHttp(request);
      const answer = await request.get(path);
      expect(answer.headers()['cache-control'], who).toContain('no-store');
    }
  });
}
