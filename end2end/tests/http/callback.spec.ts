import { expect, test } from '@playwright/test';
import { answerOverHttp } from './clients/sign-in.ts';

const session = '/api/auth/session';

test('a callback that is sent several times at once signs in', async ({ request }) => {
  const { callback } = await answerOverHttp(request);
  const answers = await Promise.all([0, 1, 2].map(() => request.get(callback)));
  for (const answer of answers) expect(answer.status(), answer.url()).toBeLessThan(500);
  expect(await (await request.get(session)).json()).not.toBeNull();
});

test('a HEAD request, as sent by link previews, does not use up the code', async ({ request }) => {
  const { callback } = await answerOverHttp(request);
  expect((await request.head(callback, { maxRedirects: 0 })).status()).toBe(400);
  await request.get(callback);
  expect(await (await request.get(session)).json()).not.toBeNull();
});

test('the address of the final page does not contain the code', async ({ request }) => {
  const { callback } = await answerOverHttp(request, { form: { redirect_to: '/profile' } });
  const ended = await request.get(callback);
  expect(ended.url()).not.toContain('code=');
  expect(new URL(ended.url()).pathname).toBe('/profile');
});
