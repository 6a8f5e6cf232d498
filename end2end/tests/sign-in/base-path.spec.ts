// The sign-in routes are under the path of `AUTH_URL`.
import type { Page } from '@playwright/test';
import { expect, test as base } from '../fixtures/test.ts';
import {
  enterPassword,
  expectError,
  expectSignedIn,
  expectSignedOut,
  goToLogto,
  signIn,
  signInButton,
  signOut,
  tryAgainButton,
} from '../page-objects/user.ts';

const BASE_PATH = '/app/login';

/** Opens a page of an app with another base path. */
const test = base.extend<{ page: Page }>({
  page: async ({ startApp, openBrowser, javaScriptEnabled }, use) => {
    const { origin } = await startApp({ basePath: BASE_PATH });
    const page = await openBrowser({ baseURL: origin, javaScriptEnabled });
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().startsWith(`${origin}/api/auth`)) asked.push(request.url());
    });
    await use(page);
    expect(asked, 'nobody asks under the default base path').toEqual([]);
  },
});

test('a user signs in, and out at Logto too', async ({ page }) => {
  await signIn(page);
  await page.goto('/profile');
  await page.reload();
  await page.goto('/');
  await signOut(page);
  await goToLogto(page);
});

test('the built-in pages and their forms are there', async ({ page }) => {
  await page.goto(`${BASE_PATH}/signin?callbackUrl=%2Fprofile`);
  await signInButton(page).click();
  await enterPassword(page);
  await expect(page).toHaveURL('/profile');
  await page.goto(`${BASE_PATH}/signout`);
  await expect(page.getByRole('heading', { name: 'Sign out' })).toBeVisible();
  await page.goto(`${BASE_PATH}/callback/logto?error=access_denied&state=x`);
  // The user is signed in, and has no sign-in of this state.
  await expect(page).toHaveURL('/');
});

test('a sign-in that fails can be tried again', async ({ page }) => {
  await page.goto(`${BASE_PATH}/callback/logto?code=x&state=y`);
  await expectError(page, 'too long');
  await tryAgainButton(page).click();
  await enterPassword(page);
  await expectSignedIn(page);
});

test('tabs stay in step', { tag: '@JavaScript' }, async ({ page }) => {
  const other = await page.context().newPage();
  await other.goto('/');
  await expectSignedOut(other);
  await signIn(page);
  await expectSignedIn(other);
  await signOut(page);
  await expectSignedOut(other);
});
