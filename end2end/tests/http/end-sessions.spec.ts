import { expect, test } from '@playwright/test';
import { signInOverHttp } from './clients/sign-in.ts';

const path = '/api/sign_out_of';

test('a malformed handle is refused and ends no session', async ({ request }) => {
  await signInOverHttp(request);
  for (const form of [
    {},
    { which: '' },
    { which: 'all' },
    { which: 'OTHERS' },
    { which: '../everywhere' },
    { which: '0' },
    { which: 'z'.repeat(32) },
    { which: `+${'0'.repeat(31)}` },
    { which: '\u0000' },
    { which: 'x'.repeat(20_000) },
  ]) {
    const json = { headers: { accept: 'application/json' }, form, maxRedirects: 0 };
    const refused = await request.post(path, json);
    expect(refused.status(), JSON.stringify(form)).toBe(400);
    const page = { headers: { accept: 'text/html' }, form, maxRedirects: 0 };
    expect((await request.post(path, page)).status(), JSON.stringify(form)).toBeLessThan(500);
  }
  expect(await (await request.get('/api/auth/session')).json()).not.toBeNull();
});

test('an unknown handle ends no session', async ({ request }) => {
  await signInOverHttp(request);
  const form = { which: '0'.repeat(32) };
  const done = await request.post(path, { form, headers: { accept: 'text/html' }, maxRedirects: 0 });
  expect(done.status()).toBe(302);
  expect(done.headers().location).toBe('/sessions');
  expect(await (await request.get('/api/auth/session')).json()).not.toBeNull();
});

test('signed out, it shows the error page', async ({ request }) => {
  const form = { which: 'everywhere' };
  const answer = await request.post(path, { form, headers: { accept: 'text/html' } });
  expect(answer.url()).toContain('/auth/error?error=SessionRequired');
  expect(answer.status()).toBe(401);
  expect(await answer.text()).toContain('Your session has ended. Please sign in again.');
});
