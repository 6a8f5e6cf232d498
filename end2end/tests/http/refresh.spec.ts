import type { APIRequestContext } from '@playwright/test';
import { expect, test } from '../fixtures.ts';
import { change, fail, grants } from '../logto-control.ts';
import { signInOverHttp } from './sign-in.ts';

const LIFETIME = 8;

test.use({ logtoEnv: { LOGTO_ACCESS_TOKEN_TTL: String(LIFETIME) } });

/** Until when the page says the access token is valid. */
async function validUntil(request: APIRequestContext, origin: string): Promise<number> {
  const answer = await request.get(`${origin}/profile`);
  expect(answer.status()).toBe(200);
  const [, datetime] =
    (await answer.text()).match(/Valid until<\/dt><dd><time datetime="([^"]+)"/) ?? [];
  return Date.parse(datetime);
}

const ended = (until: number) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(until - Date.now(), 0) + 100));

for (const servers of [1, 2]) {
  test(`a hundred requests at once to ${servers} of one application renew a token once`, async ({
    playwright,
    startApp,
    ownLogto,
  }) => {
    await ownLogto.logto.start();
    const issuer = `${ownLogto.origin}/oidc`;
    const first = await startApp({ issuer });
    const apps = [first];
    if (servers === 2) apps.push(await startApp({ issuer, database: first.database }));
    const request = await playwright.request.newContext({ baseURL: first.origin });
    await signInOverHttp(request);
    const before = await validUntil(request, first.origin);
    // Slow enough for all to come meanwhile.
    await fail(ownLogto, { endpoint: 'token', delayMs: 300, times: 1 });
    await ended(before);

    const all = Array.from({ length: 100 }, (_, n) =>
      validUntil(request, apps[n % apps.length].origin),
    );
    const seen = new Set(await Promise.all(all));
    expect([...seen], 'all have the one new token').toHaveLength(1);
    expect([...seen][0]).toBeGreaterThan(Date.now());
    expect(await grants(ownLogto)).toMatchObject({ refresh_token: 1, errors: {} });
    await request.dispose();
  });
}

test('HEAD, as a link preview asks, is answered like GET', async ({ request }) => {
  await signInOverHttp(request);
  for (const page of ['/profile', '/sessions', '/profile/', '/sessions/']) {
    expect((await request.head(page)).status(), page).toBe(200);
    expect((await request.get(page)).status(), page).toBe(200);
  }
  expect(await (await request.get('/sessions/')).text()).toContain('This device');
});

test('a grant that Logto has ended ends the session for all requests at once', async ({
  playwright,
  startApp,
  ownLogto,
}) => {
  await ownLogto.logto.start();
  const { origin } = await startApp({ issuer: `${ownLogto.origin}/oidc` });
  const request = await playwright.request.newContext({ baseURL: origin });
  await signInOverHttp(request);
  const before = await validUntil(request, origin);
  await change(ownLogto, 'alice', { suspended: true });
  await ended(before);

  const answers = await Promise.all(Array.from({ length: 20 }, () => request.get('/profile')));
  for (const answer of answers) {
    expect(answer.status()).toBe(200);
    const page = await answer.text();
    expect(page).toContain('Signed out');
    expect(page).not.toContain('alice@example.com');
  }
  expect(await (await request.get('/api/auth/session')).json()).toBeNull();
  expect(await grants(ownLogto)).toMatchObject({ refresh_token: 1, errors: { refresh_token: 1 } });
  await request.dispose();
});
