import type { Page } from '@playwright/test';
import { forgetBehind } from '../fixtures/lost-session.ts';
import { expect, test } from '../fixtures/test.ts';
import {
  expectError,
  expectSignedIn,
  expectSignedOut,
  goToLogto,
  enterPassword,
  otherSessionRows,
  rowValue,
  sessionRows,
  signIn,
  signInButton,
  signOut,
  signOutEverywhereButton,
  signOutOfOthersButton,
  thisSessionRow,
} from '../page-objects/user.ts';

// Each test starts its own app: in the shared app, alice is also signed in by other tests.

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const MINUTE = 60_000;

const sessionCookies = async (page: Page) =>
  (await page.context().cookies()).filter(({ name }) => name.includes('authjs'));

/** Expects the browser to be signed in or out at its next request. */
async function expectNext(page: Page, origin: string, state: 'in' | 'out'): Promise<void> {
  await page.goto(`${origin}/profile`);
  await (state === 'in' ? expectSignedIn : expectSignedOut)(page);
}

test('a user sees only their own sessions', async ({
  page,
  startApp,
  openBrowser,
}) => {
  const { origin } = await startApp();
  const bob = await openBrowser();
  await signIn(bob, { username: 'bob', from: `${origin}/` });
  const before = Date.now();
  const firefox = await openBrowser({ userAgent: FIREFOX });
  await signIn(firefox, { from: `${origin}/` });
  await signIn(page, { from: `${origin}/sessions` });

  await expect(page).toHaveURL(`${origin}/sessions`);
  await expect(sessionRows(page)).toHaveCount(2);
  await expect(thisSessionRow(page)).toHaveCount(1);
  await expect(thisSessionRow(page).getByRole('heading')).toHaveText('Chrome on Windows');
  await expect(otherSessionRows(page).getByRole('heading')).toHaveText('Firefox on Linux');
  for (const row of await sessionRows(page).all()) {
    await expect(rowValue(row, 'Address')).toHaveText('127.0.0.0/24');
    for (const what of ['Signed in', 'Last used']) {
      const time = rowValue(row, what).locator('time');
      await expect(time).toHaveText(/^\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC$/);
      const at = Date.parse((await time.getAttribute('datetime')) ?? '');
      // The page's times have whole seconds.
      expect(at).toBeGreaterThan(before - 1_000);
      expect(at).toBeLessThan(before + MINUTE);
    }
  }

  await firefox.goto(`${origin}/sessions`);
  await expect(thisSessionRow(firefox).getByRole('heading')).toHaveText('Firefox on Linux');
  await bob.goto(`${origin}/sessions`);
  await expect(sessionRows(bob)).toHaveCount(1);
});

test('the name of every button says what it ends', async ({ page, startApp, openBrowser }) => {
  const { origin } = await startApp();
  for (let n = 0; n < 2; n += 1) await signIn(await openBrowser(), { from: `${origin}/` });
  await signIn(page, { from: `${origin}/sessions` });

  const names = [];
  for (const button of await page.getByRole('main').getByRole('button').all()) {
    await expect(button).toHaveAccessibleName(/^Sign out/);
    names.push(await button.ariaSnapshot());
  }
  expect(names).toHaveLength(5);
  expect(new Set(names).size, names.join('\n')).toBe(names.length);
  await expect(otherSessionRows(page).getByRole('button').first()).toHaveAccessibleName(
    /^Sign out of Chrome on Windows, signed in \d+ \w+ \d{4}, \d\d:\d\d UTC, \d of 3$/,
  );
});

test('signing out of another session takes effect at its next request', async ({
  page,
  startApp,
  openBrowser,
}) => {
  const { origin } = await startApp();
  const other = await openBrowser();
  await signIn(other, { from: `${origin}/` });
  await signIn(page, { from: `${origin}/sessions` });

  await otherSessionRows(page).getByRole('button').click();
  await expect(page).toHaveURL(`${origin}/sessions`);
  await expect(sessionRows(page)).toHaveCount(1);
  await expectNext(other, origin, 'out');
  await expectNext(page, origin, 'in');
});

test('signing out of this session is the ordinary sign-out', async ({ page, startApp }) => {
  const { origin } = await startApp();
  await signIn(page, { from: `${origin}/sessions` });
  await expect(signOutOfOthersButton(page)).toBeHidden();

  await signOut(page);
  await expect(page).toHaveURL(`${origin}/`);
  // Logto's own session has ended too.
  await goToLogto(page, `${origin}/sessions`);
});

test('signing out of all others keeps this session', async ({ page, startApp, openBrowser }) => {
  const { origin } = await startApp();
  const others = [await openBrowser(), await openBrowser()];
  for (const other of others) await signIn(other, { from: `${origin}/` });
  await signIn(page, { from: `${origin}/sessions` });
  await expect(sessionRows(page)).toHaveCount(3);

  await signOutOfOthersButton(page).click();
  await expect(page).toHaveURL(`${origin}/sessions`);
  await expect(sessionRows(page)).toHaveCount(1);
  await expect(signOutOfOthersButton(page)).toBeHidden();
  for (const other of others) await expectNext(other, origin, 'out');
  await expectNext(page, origin, 'in');
});

test('signing out everywhere ends all sessions of this user only', async ({
  page,
  startApp,
  openBrowser,
}) => {
  const { origin } = await startApp();
  const [other, bob] = [await openBrowser(), await openBrowser()];
  await signIn(other, { from: `${origin}/` });
  await signIn(bob, { username: 'bob', from: `${origin}/` });
  await signIn(page, { from: `${origin}/sessions` });
  const copies = await sessionCookies(page);
  expect(copies).toHaveLength(1);

  await signOutEverywhereButton(page).click();
  await expectSignedOut(page);
  await expect(page).toHaveURL(`${origin}/`);
  expect(await sessionCookies(page)).toEqual([]);
  await page.context().addCookies(copies);
  await expectNext(page, origin, 'out');
  await expectNext(other, origin, 'out');
  await expectNext(bob, origin, 'in');
});

test('a user cannot end another user’s session by its id', async ({
  page,
  startApp,
  openBrowser,
}) => {
  const { origin } = await startApp();
  const bobs = [await openBrowser(), await openBrowser()];
  for (const bob of bobs) await signIn(bob, { username: 'bob', from: `${origin}/` });
  await bobs[1].goto(`${origin}/sessions`);
  const which = otherSessionRows(bobs[1]).locator('input[name=which]');
  const id = await which.inputValue();

  const alice = await openBrowser();
  await signIn(alice, { from: `${origin}/` });
  await signIn(page, { from: `${origin}/sessions` });
  const forged = otherSessionRows(page).locator('input[name=which]');
  await forged.evaluate((input, id) => ((input as HTMLInputElement).value = id), id);
  await otherSessionRows(page).getByRole('button').click();

  await expect(page).toHaveURL(`${origin}/sessions`);
  await expect(sessionRows(page)).toHaveCount(2);
  for (const bob of bobs) await expectNext(bob, origin, 'in');
  await expectNext(alice, origin, 'in');
});

test('a signed-out user is asked to sign in, and returns', async ({ page, startApp }) => {
  const { origin } = await startApp();
  const answer = await page.goto(`${origin}/sessions`);
  expect(answer?.status()).toBe(200);
  await expect(sessionRows(page)).toHaveCount(0);
  await signInButton(page).click();
  await enterPassword(page);
  await expectSignedIn(page);
  await expect(page).toHaveURL(`${origin}/sessions`);
  await expect(sessionRows(page)).toHaveCount(1);
});

test('a form sent after the session ended leads to a sign-in and back', async ({
  page,
  startApp,
  javaScriptEnabled,
}) => {
  const { origin } = await startApp();
  await signIn(page, { from: `${origin}/sessions` });
  await forgetBehind(page, javaScriptEnabled);

  await signOutEverywhereButton(page).click();
  await expectError(page, 'Your session has ended. Please sign in again.');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expectSignedIn(page);
  await expect(page).toHaveURL(`${origin}/sessions`);
});

test('two servers with one database see each change at the next request', async ({
  page,
  startApp,
  openBrowser,
}) => {
  const a = await startApp();
  const b = await startApp({ database: a.database, env: { AUTH_URL: a.origin } });
  const other = await openBrowser();
  await signIn(other, { from: `${b.origin}/` });
  await signIn(page, { from: `${a.origin}/` });
  await expectNext(page, b.origin, 'in');
  await expectNext(other, a.origin, 'in');

  await page.goto(`${a.origin}/sessions`);
  await otherSessionRows(page).getByRole('button').click();
  await expect(sessionRows(page)).toHaveCount(1);
  await expectNext(other, b.origin, 'out');

  await signOut(page);
  await expectNext(page, b.origin, 'out');
});
