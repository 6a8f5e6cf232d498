import { expect, test } from '@playwright/test';
import { answerOverHttp } from './clients/sign-in.ts';

const session = '/api/auth/session';

test('an answer that comes twice at the same moment signs in', async ({ request }) => {
  const { callback } = await answerOverHttp(request);
  const answers = await Promise.all([0, 1, 2].map(() => request.get(callback)));
  for (const answer of answers) expect(answer.status(), answer.url()).toBeLessThan(500);
  expect(await (await request.get(session)).json()).not.toBeNull();
});

test('HEAD, as a link preview asks, does not spend the answer', async ({ request }) => {
  const { callback } = await answerOverHttp(request);
  expect((await request.head(callback, { maxRedirects: 0 })).status()).toBe(400);
  await request.get(callback);
  expect(await (await request.get(session)).json()).not.toBeNull();
});

test('the answer leaves the address bar: no code in the page one ends at', async ({ request }) => {
  const { callback } = await answerOverHttp(request, { form: { redirect_to: '/profile' } });
  const ended = await request.get(callback);
  expect(ended.url()).not.toContain('code=');
  expect(new URL(ended.url()).pathname).toBe('/profile');
});
