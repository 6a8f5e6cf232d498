// The session changes while a page is open. All tests need JavaScript.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import {
  comeToFront,
  countLoads,
  follow,
  note,
  open,
  said,
  signIn,
  signInButton,
  signOutButton,
  signOutElsewhere,
  who,
} from './pages.ts';
import { changeSeed, DAMAGES } from '../fixtures/seed.ts';

const TAG = { tag: '@JavaScript' };
const SESSION = '**/api/auth/session';

/** Expects the page to say what the server says. */
async function expectTruth(page: Page): Promise<void> {
  const shown = await said(page);
  await page.reload();
  expect(shown).toBe(await said(page));
}

test('another tab signs in, out, and in as somebody else', TAG, async ({ context }) => {
  const [tab, other] = [await context.newPage(), await context.newPage()];
  await open(tab, '/profile');
  await note(tab).fill('half a thou');
  const loads = countLoads(tab);

  await signIn(other);
  await expect(who(tab)).toHaveText('Alice Example');
  await expect(tab.getByText('alice@example.com')).toBeVisible();
  await expect(tab.getByText('You may shop.')).toBeVisible();

  await signOutButton(other).click();
  await expect(who(tab)).toHaveText('Signed out');
  await expect(tab.getByText('alice@example.com')).toBeHidden();
  await expect(signInButton(other)).toBeVisible();

  await signIn(other, { username: 'bob' });
  await expect(who(tab)).toHaveText('bob');
  await expect(tab.getByText('You may shop.')).toBeHidden();

  await expect(note(tab)).toHaveValue('half a thou');
  expect(loads(), 'pages loaded').toBe(0);
  await follow(tab, 'Home');
  await expectTruth(tab);
});

test('a field in SignedIn does not keep what the former user typed', TAG, async ({
  page,
  context,
  browser,
  baseURL,
}) => {
  await signIn(page);
  await open(page, '/profile');
  const nickname = page.getByLabel('A nickname');
  await nickname.fill('of alice');

  // From alice to bob at once: the tab never sees a signed-out session.
  const elsewhere = await browser.newContext({ baseURL });
  await signIn(await elsewhere.newPage(), { username: 'bob' });
  await context.addCookies(await elsewhere.cookies());
  await elsewhere.close();
  await comeToFront(page);
  await expect(who(page)).toHaveText('bob');
  await expect(nickname).toHaveValue('');
});

for (const [moment, happen] of [
  ['the tab comes to the front', comeToFront],
  [
    'Back restores the page from the back/forward cache',
    (page: Page) =>
      page.evaluate(() =>
        window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })),
      ),
  ],
  ['the browser is online again', (page: Page) => page.evaluate(() => window.dispatchEvent(new Event('online')))],
  ['a handler asks', (page: Page) => page.getByRole('button', { name: 'Fetch the session again' }).click()],
] as const) {
  test(`a sign-out elsewhere is seen when ${moment}`, TAG, async ({ page }) => {
    await signIn(page);
    await open(page, '/profile');
    await note(page).fill('half a thou');
    await signOutElsewhere(page);
    await expect(who(page)).toHaveText('Alice Example');

    await happen(page);
    await expect(who(page)).toHaveText('Signed out');
    await expect(note(page)).toHaveValue('half a thou');
    await expectTruth(page);
  });
}

test('a page that is restored shows no former user', TAG, async ({ page }) => {
  await signIn(page);
  await open(page, '/profile');
  await page.goto('/healthz');
  await signOutElsewhere(page);
  await page.goBack();
  await expect(who(page)).toHaveText('Signed out');
  await expect(page.getByText('alice@example.com')).toBeHidden();
});

test('while offline, nothing changes and nothing is asked', TAG, async ({ page, context }) => {
  await signIn(page);
  await open(page, '/profile');
  await page.waitForLoadState('networkidle');
  await signOutElsewhere(page);
  await context.setOffline(true);
  let asked = 0;
  page.on('request', () => (asked += 1));
  await comeToFront(page);
  await follow(page, 'Home');
  await expect(page.getByText('Hello, Alice Example.')).toBeVisible();
  expect(asked).toBe(0);

  await context.setOffline(false);
  await expect(who(page)).toHaveText('Signed out');
  await expect(signInButton(page)).toBeVisible();
});

test('a session that ends between rendering and hydration', TAG, async ({ page }) => {
  await signIn(page);
  await page.route('**/starter.js', async (route) => {
    await expect(who(page)).toHaveText('Alice Example');
    await signOutElsewhere(page);
    await route.continue();
  });
  await page.goto('/profile');
  await expect(who(page)).toHaveText('Signed out');
  await expect(page.getByText('alice@example.com')).toBeHidden();
  await page.unroute('**/starter.js');
  await expectTruth(page);
});

test('answers that are no session change nothing', TAG, async ({ browser, baseURL }) => {
  // Not the fixture, which expects no error in the console.
  const page = await browser.newPage({ baseURL });
  await signIn(page);
  await open(page, '/profile');
  for (const answer of [
    { status: 503, body: 'We could not load your session.' },
    { status: 500, json: null },
    { status: 401, json: null },
    { contentType: 'text/html', body: '<!DOCTYPE html><p>Sign in to this network' },
    { body: '' },
    { json: {} },
    { json: [] },
    { json: 'null' },
    { json: { user: {}, expires: '2030-01-01T00:00:00Z' } },
    { json: { user: { id: 5 }, expires: '2030-01-01T00:00:00Z' } },
    { json: { user: { id: 'mallory' } } },
    'abort',
  ] as const) {
    await page.route(SESSION, (route) => (answer === 'abort' ? route.abort() : route.fulfill(answer)));
    const ended = page.waitForEvent(answer === 'abort' ? 'requestfailed' : 'requestfinished');
    await comeToFront(page);
    await ended;
    await expect(who(page), JSON.stringify(answer)).toHaveText('Alice Example');
    await page.unroute(SESSION);
  }
  // The next answer counts again.
  await signOutElsewhere(page);
  await comeToFront(page);
  await expect(who(page)).toHaveText('Signed out');
  await page.close();
});

test('an answer that arrives late does not replace a newer one', TAG, async ({ page }) => {
  await signIn(page);
  await open(page, '/profile');
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(SESSION, async (route) => {
    const answer = await route.fetch();
    await held;
    await route.fulfill({ response: answer });
  }, { times: 1 });
  await comeToFront(page);
  await page.waitForTimeout(200);
  await signOutElsewhere(page);
  await comeToFront(page);
  await expect(who(page)).toHaveText('Signed out');
  const late = page.waitForEvent('requestfinished');
  release();
  await late;
  await page.waitForTimeout(200);
  await expect(who(page)).toHaveText('Signed out');
});

test('messages of other scripts change nothing', TAG, async ({ context }) => {
  const [tab, other] = [await context.newPage(), await context.newPage()];
  await signIn(tab);
  await open(tab, '/profile');
  await other.goto('/');
  await expect(who(other)).toHaveText('Alice Example');
  const loads = countLoads(tab);
  let asked = 0;
  tab.on('request', (request) => {
    if (request.url().endsWith('/api/auth/session')) asked += 1;
  });
  const send = (messages: unknown[]) =>
    other.evaluate((all) => {
      const channel = new BroadcastChannel('next-auth');
      for (const message of all) channel.postMessage(message);
    }, messages);

  await send([null, 'session', 5, [], {}, { event: 'storage' }, { data: { trigger: 'signout' } }]);
  await tab.waitForTimeout(300);
  expect(asked, 'requests after messages that are not of the client').toBe(0);

  // The client's messages are asked about, never believed.
  await send([
    { event: 'session' },
    { event: 'session', data: null, user: {} },
    { event: 'session', data: { trigger: 'signout' }, user: '' },
    { event: 'session', data: { trigger: 'getSession' }, user: 'mallory' },
  ]);
  await expect.poll(() => asked).toBe(4);
  await expect(who(tab)).toHaveText('Alice Example');
  expect(loads(), 'pages loaded').toBe(0);
});

// Without the element itself, the page would not have the form that Leptos expects.
for (const [what, change] of [
  ['empty', (seed: string) => seed.replace(/>.*</s, '><')],
  ...DAMAGES,
] as const) {
  test(`a seed that is ${what}`, TAG, async ({ page }) => {
    await signIn(page);
    await changeSeed(page, change);
    await open(page, '/profile');
    await expect(who(page)).toHaveText('Alice Example');
    await page.unroute('**/profile');
    await follow(page, 'Home');
    await expect(page.getByText('Hello, Alice Example.')).toBeVisible();
    await expectTruth(page);
  });
}
