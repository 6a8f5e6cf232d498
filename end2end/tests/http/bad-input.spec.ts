import { expect, test } from '@playwright/test';
import { appOrigin, appPort } from '../../servers/addresses.mjs';
import { sessionCookie } from '../fixtures/cookies.ts';
import { signInOverHttp } from './clients/sign-in.ts';

const TARGETS = [
  '//evil.test',
  'https://evil.test',
  'https://evil.test/profile',
  '/\\evil.test',
  '\\\\evil.test',
  '/\t/evil.test',
  '/.//evil.test',
  'http://localhost.evil.test:3010/',
  `${appOrigin}@evil.test/`,
  'javascript:alert(1)',
  '',
];

for (const target of TARGETS) {
  test(`a sign-in with redirect_to ${JSON.stringify(target)} ends at /`, async ({ request }) => {
    const answers = await signInOverHttp(request, { form: { redirect_to: target } });
    expect(answers.at(-1)?.url()).toBe(`${appOrigin}/`);
  });
}

test('callbackUrl and Referer cannot redirect to another site either', async ({ request }) => {
  for (const target of TARGETS) {
    const page = await request.get(`/api/auth/signin?callbackUrl=${encodeURIComponent(target)}`);
    expect(page.status()).toBe(200);
    expect(await page.text()).toContain('name="callbackUrl" value="/"');

    const error = await request.get(`/auth/error?callbackUrl=${encodeURIComponent(target)}`);
    expect(error.status()).toBeLessThan(500);
  }
  const answers = await signInOverHttp(request, { from: 'https://evil.test/profile' });
  expect(answers.at(-1)?.url()).toBe(`${appOrigin}/`);
});

for (const path of [
  '/api/sign_in',
  '/api/sign_in_with',
  '/api/sign_up',
  '/api/sign_out',
  '/api/sign_out_of',
  '/api/refresh_claims',
  '/api/add_item',
  '/api/auth',
  '/api/auth/signin/logto?login_hint=bob',
  '/api/auth/signout',
]) {
  test(`another site cannot post to ${path}`, async ({ request }) => {
    await signInOverHttp(request);
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.test' },
      { origin: 'null' },
    ]) {
      const answer = await request.post(path, { headers, maxRedirects: 0 });
      expect(answer.status(), JSON.stringify(headers)).toBe(403);
      expect(answer.headers()).not.toHaveProperty('set-cookie');
    }
    expect(await (await request.get('/api/auth/session')).json()).not.toBeNull();
  });
}

test('the app’s own pages can post', async ({ request }) => {
  const headers = { 'sec-fetch-site': 'same-origin', origin: appOrigin };
  const answer = await request.post('/api/sign_in', { headers, maxRedirects: 0 });
  expect(answer.headers().location).toContain('/oidc/auth?');
});

const CALLBACKS = [
  '',
  '?',
  '?state',
  '?code=x',
  '?state=x',
  '?code=x&state=x',
  '?code=x&code=x&state=x',
  '?error=access_denied&state=x',
  '?error=server_error',
  '?error=%3Cscript%3E&error_description=%3Cscript%3E&state=x',
  '?code=%00&state=%ff%fe',
  `?code=${'x'.repeat(9_000)}&state=x`,
  '?code=x&state=x&iss=https://evil.test/oidc',
];

for (const query of CALLBACKS) {
  const shown = query.length > 80 ? `${query.slice(0, 40)}…` : query;
  test(`the callback ${JSON.stringify(shown)} shows the error page and ends no session`, async ({
    request,
  }) => {
    const callback = `/api/auth/callback/logto${query}`;
    const out = await request.get(callback, { maxRedirects: 0 });
    expect(out.status()).toBe(303);
    expect(out.headers().location).toMatch(/^\/auth\/error\?error=\w+&ref=[\w-]+/);
    const page = await request.get(callback);
    expect(page.status()).toBeLessThan(500);
    expect(await page.text()).not.toContain('<script>alert');

    await signInOverHttp(request);
    expect((await request.get(callback)).status()).toBeLessThan(500);
    expect(await (await request.get('/api/auth/session')).json()).not.toBeNull();
  });
}

const COOKIES = [
  '_logto={"appId":"x","organizationId":"a,b"}',
  'a="unclosed',
  '=; ;; =x',
  'flag',
  'authjs.state.x=%%%',
  'authjs.3010.state.x=%%%',
  'authjs.3000.session-token=x',
  'authjs.session-token.0=x',
  `big=${'x'.repeat(6_000)}`,
];

test('foreign and malformed cookies do not hide the session', async ({
  request,
  playwright,
  baseURL,
}) => {
  await signInOverHttp(request);
  const { cookies } = await request.storageState();
  const session = cookies.find(({ name }) => sessionCookie.test(name));
  const ours = `${session?.name}=${session?.value}`;
  const bare = await playwright.request.newContext({ baseURL });
  for (const foreign of COOKIES) {
    for (const cookie of [`${foreign}; ${ours}`, `${ours}; ${foreign}`]) {
      const answer = await bare.get('/api/auth/session', { headers: { cookie } });
      expect(answer.status(), cookie).toBe(200);
      expect(await answer.json(), cookie).not.toBeNull();
    }
  }
  await bare.dispose();
});

test('a malformed session cookie counts as signed out', async ({ playwright, baseURL }) => {
  const bare = await playwright.request.newContext({ baseURL });
  for (const value of ['', 'x', '""', '%00', 'é', 'eyJhbGciOiJub25lIn0.e30.', 'A'.repeat(43), 'x'.repeat(6_000)]) {
    const headers = { cookie: `authjs.${appPort}.session-token=${encodeURI(value)}` };
    expect(await (await bare.get('/api/auth/session', { headers })).json(), value).toBeNull();
    expect((await bare.get('/', { headers })).status(), value).toBe(200);
    const left = await bare.post('/api/sign_out', { headers, maxRedirects: 0 });
    expect(left.status(), value).toBeLessThan(400);
  }
  await bare.dispose();
});

test('malformed forms cause no server error', async ({ request }) => {
  for (const path of [
    '/api/sign_in',
    '/api/sign_in_with',
    '/api/sign_up',
    '/api/sign_out',
    '/api/sign_out_of',
    '/api/refresh_claims',
    '/api/add_item',
    '/api/auth/signin/logto',
    '/api/auth/signout',
  ]) {
    for (const [type, data] of [
      ['application/x-www-form-urlencoded', 'redirect_to=%ff&redirect_to=%zz&=&&callbackUrl=%'],
      ['application/x-www-form-urlencoded', '\u0000'],
      ['application/json', '{"redirect_to": ['],
      ['application/json', '[]'],
      ['multipart/form-data', 'x'],
      ['text/plain', 'x'],
    ]) {
      const answer = await request.post(path, {
        headers: { 'content-type': type },
        data: Buffer.from(data),
        maxRedirects: 0,
      });
      expect(answer.status(), `${path} ${type} ${data}`).toBeLessThan(500);
    }
  }
});

test('unknown routes are answered with 400', async ({ request }) => {
  for (const path of ['nothing', 'session/x', 'signin/other', 'callback/other', 'callback']) {
    const answer = await request.get(`/api/auth/${path}`);
    expect(answer.status(), path).toBe(400);
    expect(await answer.json(), path).toBe('Bad request.');
  }
  expect((await request.head('/api/auth/callback/logto?code=x&state=x')).status()).toBe(400);
});
