import { expect, test } from '@playwright/test';
import { holdsToken } from '../fixtures/browser-watch.ts';
import { follow, signInOverHttp } from './clients/sign-in.ts';

test('from sign-in to sign-out, no answer of the app contains a token', async ({ request }) => {
  const answers = await signInOverHttp(request, { form: { redirect_to: '/profile' } });
  for (const path of [
    '/',
    '/profile',
    '/organizations?organization=acme',
    '/resources',
    '/sessions',
    '/sign-in',
    '/api/auth/session',
    '/no-such-page',
  ]) {
    answers.push(await request.get(path));
  }
  answers.push(await request.post('/api/auth'));
  answers.push(await request.post('/api/refresh_claims', { maxRedirects: 0 }));
  const form = { name: 'Bread' };
  answers.push(await request.post('/api/add_item', { form, maxRedirects: 0 }));
  const left = await request.post('/api/sign_out', { maxRedirects: 0 });
  answers.push(left, ...(await follow(request, left)));

  expect(answers.length).toBeGreaterThan(8);
  for (const answer of answers) {
    const headers = answer.headersArray().map(({ name, value }) => `${name}: ${value}`);
    for (const part of [answer.url(), ...headers, await answer.text()]) {
      expect(holdsToken(part), part).toBe(false);
    }
  }
});

test('every cookie has HttpOnly, SameSite=Lax, Path=/ and no Domain', async ({ request }) => {
  const answers = await signInOverHttp(request);
  const left = await request.post('/api/sign_out', { maxRedirects: 0 });
  const cookies = [...answers, left]
    .flatMap((answer) => answer.headersArray())
    .filter(({ name }) => name.toLowerCase() === 'set-cookie')
    .map(({ value }) => value);

  // Set at the start, set and removed at the callback, removed at sign-out; and one for the return
  // from Logto.
  expect(cookies.map((cookie) => cookie.match(/^authjs\.\d+\.([\w-]+)/)?.[1])).toEqual([
    'state',
    'session-token',
    'state',
    'session-token',
    'sign-out',
  ]);
  for (const cookie of cookies) {
    expect(cookie).toContain('; HttpOnly');
    expect(cookie).toContain('; SameSite=Lax');
    expect(cookie).toContain('; Path=/');
    expect(cookie).not.toMatch(/; Domain/i);
  }
});
