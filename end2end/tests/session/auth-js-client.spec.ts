// The published client of Auth.js, `next-auth/react`, unchanged.
import type { Page } from '@playwright/test';
import { frontPorts, logtoOrigin } from '../../servers/addresses.mjs';
import { startFront } from '../../servers/auth-js-front.mjs';
import { sessionCookie } from '../fixtures/cookies.ts';
import { registerCallback } from '../fixtures/logto-control.ts';
import { expect, test as base } from '../fixtures/test.ts';
import {
  enterPassword,
  expectLogto,
  expectSignedIn,
  expectSignedOut,
  goToLogto,
  signIn,
  signInButton,
  signOut,
} from '../page-objects/user.ts';

type Client = {
  getCsrfToken(): Promise<string>;
  getProviders(): Promise<Record<string, Record<string, string>>>;
  getSession(): Promise<{ user: { id: string; name: string }; expires: string } | null>;
  signIn(provider?: string, options?: object, parameters?: object): Promise<SignInResult>;
  signOut(options?: object): Promise<{ url: string }>;
  update(data?: unknown): Promise<{ user: { id: string; name: string } } | null>;
};
type SignInResult = { error?: string; ok: boolean; status: number; url: string | null };
declare global {
  interface Window {
    authJs: Client;
  }
}

/** Opens tabs of one browser at an app with the client of Auth.js in front of it. */
const test = base.extend<{
  basePath: string;
  origin: string;
  openTab: (path: string) => Promise<Page>;
}>({
  basePath: ['', { option: true }],
  origin: async ({ basePath, startApp }, use, testInfo) => {
    const port = frontPorts[testInfo.parallelIndex % frontPorts.length];
    const origin = `http://localhost:${port}`;
    await registerCallback(`${origin}${basePath}`);
    const app = await startApp({ env: { AUTH_URL: `${origin}${basePath}` } });
    const appPort = Number(new URL(app.origin).port);
    const stop = await startFront({ port, appPort, basePath });
    await use(origin);
    await stop();
  },
  // The browser after the front: fixtures end in reverse, and a page that fetches its session while
  // the front stops fails.
  openTab: async ({ origin, openBrowser }, use) => {
    let first: Page | undefined = await openBrowser({ baseURL: origin });
    const context = first.context();
    await use(async (path) => {
      const tab = first ?? (await context.newPage());
      first = undefined;
      await tab.goto(path);
      return tab;
    });
  },
});

const PAGE = '/next-auth/';

async function expectStatus(page: Page, status: string, user = ''): Promise<void> {
  await expect(page.locator('#status')).toHaveText(status);
  await expect(page.locator('#user')).toHaveText(user);
}

const expectAlice = (page: Page) => expectStatus(page, 'authenticated', 'Alice Example');

/** Signs in by the client, which leaves the page. */
async function signInByClient(page: Page, username = 'alice'): Promise<void> {
  await leave(page, () => void window.authJs.signIn('logto'));
  await enterPassword(page, username);
  await expectStatus(page, 'authenticated', username === 'alice' ? 'Alice Example' : username);
}

/** Calls something that leaves the page. */
async function leave(page: Page, call: () => void): Promise<void> {
  await expect(page.locator('#status')).not.toHaveText('loading');
  await page.evaluate(call);
}

for (const basePath of ['/api/auth', '/app/login']) {
  test.describe(`next-auth/react under ${basePath}`, { tag: '@JavaScript' }, () => {
    test.use({ basePath });

    test('a visitor has no session, a token, and one provider', async ({ basePath, openTab, origin }) => {
      const page = await openTab(PAGE);
      await expectStatus(page, 'unauthenticated');
      expect(await page.evaluate(() => window.authJs.getSession())).toBeNull();
      const token = await page.evaluate(() => window.authJs.getCsrfToken());
      expect(token).toMatch(/^[0-9a-f]{64}$/);
      expect(await page.evaluate(() => window.authJs.getCsrfToken())).toBe(token);
      expect(await page.evaluate(() => window.authJs.getProviders())).toEqual({
        logto: {
          id: 'logto',
          name: 'Logto',
          type: 'oidc',
          signinUrl: `${origin}${basePath}/signin/logto`,
          callbackUrl: `${origin}${basePath}/callback/logto`,
        },
      });
    });

    test('signIn with parameters returns to the page', async ({ openTab, origin }) => {
      const page = await openTab(`${PAGE}?page=2`);
      await leave(page, () => {
        void window.authJs.signIn('logto', undefined, { login_hint: 'alice', prompt: 'login' });
      });
      // Logto shows what the parameter says.
      await expect(page.getByLabel('Username')).toHaveValue('alice');
      await enterPassword(page);
      await expectAlice(page);
      expect(page.url()).toBe(`${origin}${PAGE}?page=2`);
      const session = await page.evaluate(() => window.authJs.getSession());
      expect(session?.user.name).toBe('Alice Example');
      expect(Date.parse(session?.expires ?? '')).toBeGreaterThan(Date.now());
    });

    test('signIn goes to a callbackUrl, and never to another site', async ({ openTab, origin }) => {
      const page = await openTab(PAGE);
      await leave(page, () => void window.authJs.signIn('logto', { callbackUrl: '/next-auth/in' }));
      await enterPassword(page);
      await expectAlice(page);
      expect(page.url()).toBe(`${origin}${PAGE}in`);
      await page.evaluate(() => {
        void window.authJs.signIn('logto', { callbackUrl: 'https://evil.test/' });
      });
      await expect(page).toHaveURL(`${origin}/`);
    });

    test('signIn without a provider shows the page with the button', async ({ openTab, origin }) => {
      const page = await openTab(PAGE);
      await leave(page, () => void window.authJs.signIn());
      await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
      await signInButton(page).click();
      await enterPassword(page);
      await expectAlice(page);
      expect(page.url()).toBe(`${origin}${PAGE}`);
    });

    test('signIn without a redirect returns the address, or the error', async ({ basePath, openTab }) => {
      const page = await openTab(PAGE);
      const call = () => window.authJs.signIn('logto', { redirect: false });
      await expectStatus(page, 'unauthenticated');
      const started = await page.evaluate(call);
      expect(started).toMatchObject({ ok: true, status: 200 });
      expect(started.error).toBeUndefined();
      expect(started.url).toContain(`${logtoOrigin}/oidc/auth?`);

      await page.route(`**${basePath}/csrf`, (route) =>
        route.fulfill({ json: { csrfToken: 'f'.repeat(64) } }),
      );
      const refused = await page.evaluate(call);
      expect(refused).toMatchObject({ error: 'MissingCSRF', url: null });
      // With a redirect the user sees a page with a button that works.
      await page.evaluate(() => void window.authJs.signIn('logto'));
      await expect(page.getByText('This form was out of date.')).toBeVisible();
      await signInButton(page).click();
      await enterPassword(page);
      await expectAlice(page);
    });

    test('useSession with required asks for a sign-in and returns', async ({ openTab, origin }) => {
      const page = await openTab(`${PAGE}required`);
      await expect(page.getByText('Please sign in to see this page.')).toBeVisible();
      await signInButton(page).click();
      await enterPassword(page);
      await expectAlice(page);
      expect(page.url()).toBe(`${origin}${PAGE}required`);
    });

    test('update returns the session, and writes nothing into it', async ({ openTab }) => {
      const page = await openTab(PAGE);
      await signInByClient(page);
      const before = await page.evaluate(() => window.authJs.getSession());
      for (const data of [undefined, null, { user: { id: 'mallory', name: 'Mallory' } }]) {
        const updated = await page.evaluate((data) => window.authJs.update(data), data);
        expect(updated?.user).toEqual(before?.user);
        await expectAlice(page);
      }
    });

    test('signOut ends the session here and at Logto', async ({ openTab, origin }) => {
      const page = await openTab(PAGE);
      await signInByClient(page);
      await leave(page, () => void window.authJs.signOut({ callbackUrl: '/next-auth/out' }));
      await expect(page).toHaveURL(`${origin}${PAGE}out`);
      await expectStatus(page, 'unauthenticated');
      // Logto asks for the password again.
      await leave(page, () => void window.authJs.signIn('logto'));
      await expectLogto(page);
    });

    test('signOut without a redirect ends the session here', async ({ openTab }) => {
      const page = await openTab(PAGE);
      await signInByClient(page);
      const answer = await page.evaluate(() => window.authJs.signOut({ redirect: false }));
      expect(answer.url).toContain(`${logtoOrigin}/oidc/session/end?`);
      await expectStatus(page, 'unauthenticated');
    });

    test('a tab that comes to the front learns of the end of the session', async ({ openTab }) => {
      const page = await openTab(PAGE);
      await signInByClient(page);
      await page.context().clearCookies({ name: sessionCookie });
      await expectAlice(page);
      // Chromium without a screen never hides a tab.
      await page.waitForTimeout(1_100);
      await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
      await expectStatus(page, 'unauthenticated');
    });

    test('tabs of this client and of our own stay in step', async ({ openTab }) => {
      const theirs = await openTab(PAGE);
      const ours = await openTab('/');
      await expectStatus(theirs, 'unauthenticated');
      await expectSignedOut(ours);
      let loads = 0;
      theirs.on('load', () => (loads += 1));

      await signIn(ours);
      await expectAlice(theirs);
      await signOut(ours);
      await expectStatus(theirs, 'unauthenticated');
      await goToLogto(ours);
      await enterPassword(ours, 'bob');
      await expectSignedIn(ours);
      await expectStatus(theirs, 'authenticated', 'bob');
      expect(loads, 'the tab learns it from messages, without being loaded').toBe(0);

      await leave(theirs, () => void window.authJs.signOut());
      await expectStatus(theirs, 'unauthenticated');
      await expectSignedOut(ours);
      await signInByClient(theirs);
      await expectSignedIn(ours);
    });

    test('two tabs of this client stay in step, and fall silent', async ({ openTab }) => {
      const [one, other] = [await openTab(PAGE), await openTab(PAGE)];
      await signInByClient(one);
      await expectAlice(other);
      const ours = await openTab('/');
      await expectSignedIn(ours);
      await one.waitForTimeout(1_500);
      let requests = 0;
      one.context().on('request', () => (requests += 1));
      await one.waitForTimeout(2_000);
      expect(requests, 'no tab answers the messages of another for ever').toBe(0);
      await one.evaluate(() => window.authJs.signOut({ redirect: false }));
      for (const tab of [one, other]) await expectStatus(tab, 'unauthenticated');
      await expectSignedOut(ours);
    });
  });
}
