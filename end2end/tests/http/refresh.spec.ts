import type { APIRequestContext } from '@playwright/test';
import { sessionCookie } from '../fixtures/cookies.ts';
import { expect, test } from '../fixtures/test.ts';
import { change, fail, grants } from '../fixtures/logto-control.ts';
import { signInOverHttp } from './clients/sign-in.ts';

const LIFETIME = 8;

test.use({ logtoEnv: { LOGTO_ACCESS_TOKEN_TTL: String(LIFETIME) } });

/** Returns the session cookie for `fetch`: Playwright takes seconds for a hundred requests. */
async function cookieOf(request: APIRequestContext): Promise<string> {
  const { cookies } = await request.storageState();
  const session = cookies.find(({ name }) => sessionCookie.test(name));
  return `${session?.name}=${session?.value}`;
}

/** Reads when the access token expires from the page, in milliseconds since 1970. */
async function validUntil(origin: string, cookie: string): Promise<number> {
  const answer = await fetch(`${origin}/profile`, { headers: { cookie } });
  expect(answer.status).toBe(200);
  const page = await answer.text();
  const [, datetime] = page.match(/Valid until<\/dt><dd><time datetime="([^"]+)"/) ?? [];
  return Date.parse(datetime);
}

const ended = (until: number) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(until - Date.now(), 0) + 100));

for (const servers of [1, 2]) {
  test(`100 requests at once refresh a token once, servers: ${servers}`, async ({
    playwright,
    startApp,
    ownLogto,
  }) => {
    await ownLogto.logto.start();
    const issuer = `${ownLogto.origin}/oidc`;
    const first = await startApp({ issuer });
    const apps = [first];
    if (servers === 2) apps.push(await startApp({ issuer, database: first.database, env: { AUTH_URL: first.origin } }));
    const request = await playwright.request.newContext({ baseURL: first.origin });
    await signInOverHttp(request);
    const cookie = await cookieOf(request);
    const before = await validUntil(first.origin, cookie);
    // Slow enough for all requests to arrive meanwhile.
    await fail(ownLogto, { endpoint: 'token', delayMs: 300, times: 1 });
    await ended(before);

    const all = Array.from({ length: 100 }, (_, n) =>
      validUntil(apps[n % apps.length].origin, cookie),
    );
    const seen = new Set(await Promise.all(all));
    expect([...seen], 'all have the one new token').toHaveLength(1);
    expect([...seen][0]).toBeGreaterThan(Date.now());
    expect(await grants(ownLogto)).toMatchObject({ refresh_token: 1, errors: {} });
    await request.dispose();
  });
}

test('a HEAD request, as sent by link previews, is answered like GET', async ({ request }) => {
  await signInOverHttp(request);
  for (const page of ['/profile', '/organizations', '/resources', '/sessions', '/sign-in']) {
    for (const address of [page, `${page}/`]) {
      expect((await request.head(address)).status(), address).toBe(200);
      expect((await request.get(address)).status(), address).toBe(200);
    }
  }
  expect(await (await request.get('/sessions/')).text()).toContain('This session');
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
  const cookie = await cookieOf(request);
  const before = await validUntil(origin, cookie);
  await change(ownLogto, 'alice', { suspended: true });
  await ended(before);

  const answers = await Promise.all(
    Array.from({ length: 20 }, () => fetch(`${origin}/profile`, { headers: { cookie } })),
  );
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    const page = await answer.text();
    expect(page).toContain('Signed out');
    expect(page).not.toContain('alice@example.com');
  }
  expect(await (await request.get('/api/auth/session')).json()).toBeNull();
  expect(await grants(ownLogto)).toMatchObject({ refresh_token: 1, errors: { refresh_token: 1 } });
  await request.dispose();
});
