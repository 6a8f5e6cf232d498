// The session changes while a page with islands is open. All tests need JavaScript.
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import {
  expectName,
  expectSignedOut,
  goToLogto,
  signIn,
  signOut,
  signOutButton,
} from '../page-objects/user.ts';
import { fail } from '../fixtures/logto-control.ts';
import { open } from '../fixtures/open.ts';
import { changeSeed, DAMAGES } from '../fixtures/seed.ts';

const TAG = { tag: '@JavaScript' };
/** The page with a form. */
const FORM = '/sign-in';

const notice = (page: Page) => page.getByText('Your sign-in has changed');
const hint = (page: Page) => page.getByLabel('Login hint');

async function comeToFront(page: Page): Promise<void> {
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange'))).catch(() => {});
}

/** Ends the session without any page of the browser. */
async function signOutElsewhere(page: Page): Promise<void> {
  const address = new URL('/api/auth/signout', page.url()).href;
  const answer = await page.context().request.post(address, { maxRedirects: 0 });
  expect(answer.status()).toBe(303);
}

function countLoads(page: Page): () => number {
  let loads = 0;
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) loads += 1;
  });
  return () => loads;
}

/** Holds the page's script back until it is released. */
async function holdScript(page: Page): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/pkg/*.wasm', async (route) => {
    await released;
    await route.continue().catch(() => {});
  });
  return release;
}

function asksForSession(page: Page): Promise<unknown> {
  return page.waitForEvent('requestfinished', (request) =>
    request.url().endsWith('/api/auth/session'));
}

for (const [what, change] of [
  ['a text', (page: Page) => hint(page).fill('half a na')],
  ['a choice', (page: Page) => page.getByLabel('First screen').selectOption('register')],
] as const) {
  test(`a form with ${what} is kept, and a notice asks to load the page again`, TAG, async ({
    context,
  }) => {
    const [tab, other] = [await context.newPage(), await context.newPage()];
    await signIn(other);
    await open(tab, FORM);
    await change(tab);
    const loads = countLoads(tab);

    await signOut(other);
    await expect(notice(tab)).toBeVisible();
    await expectName(tab, 'Alice Example');
    if (what === 'a text') await expect(hint(tab)).toHaveValue('half a na');

    // The same user again: the page is right as it is.
    await signIn(other);
    await expect(notice(tab)).toBeHidden();
    await signOut(other);
    await expect(notice(tab)).toBeVisible();
    expect(loads(), 'pages loaded').toBe(0);

    await tab.getByRole('button', { name: 'Reload the page' }).click();
    await expectName(tab, 'Signed out');
    await expect(notice(tab)).toBeHidden();
  });
}

test('a page that nobody has typed in is loaded again', TAG, async ({ page }) => {
  await signIn(page);
  await open(page, FORM);
  await signOutElsewhere(page);
  await expectName(page, 'Alice Example');
  await comeToFront(page);
  await expectName(page, 'Signed out');
});

test('a session that ends between rendering and hydration', TAG, async ({ page }) => {
  await signIn(page);
  await page.route('**/pkg/*.js', async (route) => {
    await signOutElsewhere(page);
    await route.continue();
  }, { times: 1 });
  // The browser has the file already.
  await page.goto('/profile');
  await expectName(page, 'Signed out');
  await expect(page.getByText('alice@example.com')).toBeHidden();
});

test('a session that ends before the script runs, in a page that a link led to', TAG, async ({
  page,
}) => {
  await signIn(page);
  const release = await holdScript(page);
  // A click in the page before is none in this one.
  await page.getByRole('link', { name: 'Profile', exact: true }).click();
  await expect(page).toHaveURL('/profile');
  await signOutElsewhere(page);
  release();
  await expectName(page, 'Signed out');
  await expect(page.getByText('alice@example.com')).toBeHidden();
});

test('a page that was clicked before the script runs, but not left', TAG, async ({ page }) => {
  await signIn(page);
  // Playwright's clock would also replace `performance`, where the page's clicks are counted.
  await page.addInitScript(() => {
    const wait = window.setTimeout.bind(window);
    const ways: (() => void)[] = [];
    window.setTimeout = ((run: () => void, ms: number) =>
      ms === 20_000 ? ways.push(run) : wait(run, ms)) as typeof window.setTimeout;
    Object.assign(window, { endWays: () => ways.map((run) => run()).length });
  });
  const release = await holdScript(page);
  await page.goto('/profile');
  await page.getByRole('heading').first().click();
  await signOutElsewhere(page);
  const loads = countLoads(page);
  const asked = asksForSession(page);
  release();
  await asked;
  await page.waitForTimeout(1_000);
  await expect(notice(page)).toBeHidden();
  expect(loads(), 'pages loaded').toBe(0);

  expect(await page.evaluate('endWays()'), 'timers of 20 seconds').toBe(1);
  await expectName(page, 'Signed out');
  await expect(page.getByText('alice@example.com')).toBeHidden();
  expect(loads(), 'pages loaded').toBe(1);
});

for (const [how, press] of [
  ['clicked', (button: Locator) => button.click({ noWaitAfter: true })],
  ['pressed with Enter', (button: Locator) => button.press('Enter', { noWaitAfter: true })],
] as const) {
  test(`a sign-out ${how} before the script runs leads to Logto`, TAG, async ({
    page,
    startBoth,
    ownLogto,
  }) => {
    const { origin } = await startBoth();
    await signIn(page, { from: `${origin}/` });
    // Meanwhile the page asks for the session. If it loaded itself again, Logto would not be reached.
    await fail(ownLogto, { endpoint: 'end_session', delayMs: 8_000 });
    const release = await holdScript(page);
    // Playwright's `evaluate` waits for the page that follows.
    await page.addInitScript(() => {
      setInterval(() => document.dispatchEvent(new Event('visibilitychange')), 200);
    });
    await page.goto(`${origin}/`);
    const left = page.waitForRequest((request) => request.url().includes('/session/end?'));
    const asked = asksForSession(page);
    await press(signOutButton(page));
    await left;
    const loads = countLoads(page);
    release();
    await asked;
    await asksForSession(page);
    await page.waitForTimeout(500);
    expect(loads(), 'pages loaded').toBe(0);

    await expectSignedOut(page);
    await goToLogto(page, `${origin}/`);
  });
}

test('a browser that is never idle', TAG, async ({ page }) => {
  await page.addInitScript(() => {
    window.requestIdleCallback = (run, options) =>
      (options?.timeout ? setTimeout(run, options.timeout) : 0) as unknown as number;
  });
  await open(page, '/');
});

test('a request for the session that gets no answer', TAG, async ({ page }) => {
  await signIn(page);
  await changeSeed(page, () => '');
  await page.addInitScript(() => {
    const timeout = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (ms) => timeout(ms / 100);
  });
  await page.route('**/api/auth/session', () => {}, { times: 1 });
  await page.goto('/profile');
  await asksForSession(page);
  await expectName(page, 'Alice Example');
});

test('a page that a cache keeps is not loaded again and again', TAG, async ({ page }) => {
  await signIn(page);
  await open(page, '/');
  const kept = await page.request.get('/profile');
  await page.route('**/profile', (route) => route.fulfill({ response: kept }));
  await signOutElsewhere(page);
  const loads = countLoads(page);
  await page.goto('/profile');
  await expect(notice(page)).toBeVisible();
  await page.waitForTimeout(500);
  expect(loads(), 'pages loaded').toBe(2);
});

for (const [what, change] of [
  ['missing', () => ''],
  ...DAMAGES,
] as const) {
  test(`a seed that is ${what}`, TAG, async ({ page }) => {
    await signIn(page);
    await changeSeed(page, change);
    const loads = countLoads(page);
    await open(page, '/profile');
    await expectName(page, 'Alice Example');
    await expect(notice(page)).toBeHidden();
    expect(loads(), 'pages loaded').toBe(1);
  });
}
