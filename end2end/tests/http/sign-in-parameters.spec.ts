import type { APIRequestContext, APIResponse } from '@playwright/test';
import { appOrigin } from '../../servers/addresses.mjs';
import { expect, test } from '../fixtures/test.ts';
import { authorization } from '../fixtures/logto-control.ts';

const SIGN_IN = '/api/auth/signin/logto';

/** Parameters that a browser must not be able to set. */
const OURS = {
  redirect_uri: 'https://evil.test/callback',
  client_id: 'evil',
  response_type: 'token',
  response_mode: 'fragment',
  scope: 'openid all',
  resource: 'https://evil.test/api',
  state: 'evil-state',
  nonce: 'evil-nonce',
  code_challenge: 'evil-challenge',
  code_challenge_method: 'plain',
  request: 'evil.request.',
  request_uri: 'https://evil.test/request',
  id_token_hint: 'evil.hint.',
};

function begin(
  request: APIRequestContext,
  parameters: Record<string, string>,
): Promise<APIResponse> {
  const query = new URLSearchParams(parameters);
  // As from a page of the app: a one-time token is accepted from nowhere else.
  const headers = { 'sec-fetch-site': 'same-origin' };
  return request.post(`${SIGN_IN}?${query}`, { headers, maxRedirects: 0 });
}

/** Begins a sign-in and follows it to Logto; returns the parameters that arrived there. */
async function arrived(
  request: APIRequestContext,
  logto: { origin: string },
  parameters: Record<string, string>,
): Promise<Record<string, unknown>> {
  const { location } = (await begin(request, parameters)).headers();
  await request.get(location, { maxRedirects: 0 });
  return authorization(logto);
}

test('the query can contain the parameters of a sign-in, as in Auth.js', async ({
  playwright,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  const request = await playwright.request.newContext({ baseURL: origin });
  const parameters = {
    login_hint: 'alice@example.com',
    first_screen: 'identifier:register',
    identifier: 'email phone',
    direct_sign_in: 'sso:connector-1',
    one_time_token: 'one-time',
    prompt: 'login consent',
    max_age: '0',
    ui_locales: 'th en',
    organization_id: 'acme',
  };
  expect(await arrived(request, ownLogto, parameters)).toMatchObject({
    ...parameters,
    pushed: false,
  });
  await request.dispose();
});

test('parameters that protect the sign-in cannot be set by a request', async ({
  playwright,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  const request = await playwright.request.newContext({ baseURL: origin });
  const sent = await arrived(request, ownLogto, { ...OURS, login_hint: 'bob' });
  expect(sent).toMatchObject({
    login_hint: 'bob',
    client_id: 'leptos-app',
    redirect_uri: `${origin}/api/auth/callback/logto`,
    response_type: 'code',
    code_challenge_method: 'S256',
  });
  expect(JSON.stringify(sent)).not.toContain('evil');
  await request.dispose();
});

const INVALID: Record<string, string>[] = [
  { first_screen: 'admin' },
  { identifier: 'email passport' },
  { direct_sign_in: 'google' },
  { direct_sign_in: 'social:' },
  { prompt: 'none login' },
  { prompt: 'create' },
  { max_age: '-1' },
  { max_age: 'soon' },
  { max_age: '4294967296' },
];

test('an invalid value is answered with 400', async ({ request }) => {
  for (const parameters of INVALID) {
    const refused = await begin(request, parameters);
    expect(refused.status(), JSON.stringify(parameters)).toBe(400);
    expect(refused.headers()).not.toHaveProperty('set-cookie');

    const form = { redirect_to: '/sign-in', ...parameters };
    const headers = { accept: 'application/json' };
    const answer = await request.post('/api/sign_in_with', { form, headers, maxRedirects: 0 });
    expect(answer.status(), JSON.stringify(parameters)).toBe(400);
    expect(answer.headers()).not.toHaveProperty('set-cookie');
  }
});

test('a browser that sends an invalid value sees the form with a message', async ({ request }) => {
  const sentence = 'One of these values is not valid.';
  expect(await (await request.get('/sign-in')).text()).not.toContain(sentence);
  for (const parameters of INVALID) {
    const headers = { accept: 'text/html', referer: `${appOrigin}/sign-in` };
    const answer = await request.post('/api/sign_in_with', { form: parameters, headers });
    expect(new URL(answer.url()).pathname, JSON.stringify(parameters)).toBe('/sign-in');
    expect(answer.status()).toBe(200);
    expect(await answer.text()).toContain(sentence);
  }
});
