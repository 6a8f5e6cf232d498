// The sign-in routes are under the path of `AUTH_URL`, in an app that hydrates as a whole.
import type { Page } from '@playwright/test';
import { open } from '../fixtures/open.ts';
import { changeSeed, DAMAGES } from '../fixtures/seed.ts';
import { expect, test as base } from '../fixtures/test.ts';
import { enterPassword, expectLogto } from '../page-objects/user.ts';
import { follow, signIn, signInButton, signOutButton, who } from './pages.ts';

const BASE_PATH = '/auth';
const TAG = { tag: '@JavaScript' };

/** Opens a page of an app with another base path. */
const test = base.extend<{ page: Page }>({
  page: async ({ startApp, openBrowser, javaScriptEnabled }, use) => {
    const { origin } = await startApp({ hydrated: true, basePath: BASE_PATH });
    const page = await openBrowser({ baseURL: origin, javaScriptEnabled });
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().startsWith(`${origin}/api/auth`)) asked.push(request.url());
    });
    await use(page);
    expect(asked, 'nobody asks under the default base path').toEqual([]);
  },
});

test('the buttons sign in and out, also after a link', async ({ page }) => {
  await signIn(page);
  await follow(page, 'Profile');
  await expect(page.getByText('alice@example.com')).toBeVisible();
  await follow(page, 'Home');
  await signOutButton(page).click();
  const proceed = page.getByRole('button', { name: 'Continue' });
  await expect(proceed.or(signInButton(page))).toBeVisible();
  if (await proceed.isVisible()) await proceed.click();
  // The router renders the button in the browser.
  await follow(page, 'Profile');
  await signInButton(page).click();
  await expectLogto(page);
  await enterPassword(page);
  await expect(who(page)).toHaveText('Alice Example');
});

test('event handlers sign in and out', TAG, async ({ page }) => {
  await open(page, '/profile', `${BASE_PATH}/session`);
  await page.getByRole('button', { name: 'Go to sign-in' }).click();
  await expectLogto(page);
  await enterPassword(page);
  await expect(who(page)).toHaveText('Alice Example');
  await page.waitForLoadState('networkidle');
  await page.getByRole('button', { name: 'Fetch the session again' }).click();
  await page.getByRole('button', { name: 'Sign out and stay here' }).click();
  await expect(who(page)).toHaveText('Signed out');
});

test('a link to a guarded page asks for a sign-in', async ({ page, javaScriptEnabled }) => {
  if (javaScriptEnabled === false) await page.goto('/profile');
  else await open(page, '/profile', `${BASE_PATH}/session`);
  await page.getByRole('link', { name: 'Protected' }).click();
  await expect(page).toHaveURL(`${BASE_PATH}/signin?callbackUrl=%2Fprotected`);
  await signInButton(page).click();
  await enterPassword(page);
  await expect(page.getByText('Only signed-in users see this.')).toBeVisible();
});

for (const [name, change] of DAMAGES) {
  test(`a page whose seed is ${name} finds the session`, TAG, async ({ page }) => {
    await signIn(page);
    await changeSeed(page, change);
    await page.goto('/profile');
    await expect(who(page)).toHaveText('Alice Example');
    await follow(page, 'Home');
  });
}
