import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import {
  enterPassword,
  expectError,
  expectLogto,
  expectSignedIn,
  goToLogto,
  signIn,
  signInButton,
  signOut,
  tryAgainButton,
} from '../page-objects/user.ts';

const CALLBACK = '/api/auth/callback/logto';
const CANNOT_BE_REACHED = 'We could not reach the sign-in service. Try again in a minute.';
const EXPIRED = 'This sign-in took too long or was already used.';
const FOREIGN = 'This sign-in did not start in this browser.';

/** Waits for the callback; returns its address. */
function callbackOf(page: Page): Promise<string> {
  return page
    .waitForRequest((request) => new URL(request.url()).pathname === CALLBACK)
    .then((request) => request.url());
}

test('Logto cannot be reached: the error page says so, and trying again works later', async ({
  page,
  startApp,
  ownLogto,
}) => {
  const { origin } = await startApp({ issuer: `${ownLogto.origin}/oidc` });
  await page.goto(`${origin}/profile`);
  await signInButton(page).click();
  await expectError(page, CANNOT_BE_REACHED);
  await tryAgainButton(page).click();
  await expectError(page, CANNOT_BE_REACHED);

  await ownLogto.logto.start();
  // The app remembers a failure for a short time.
  await expect(async () => {
    await tryAgainButton(page).click();
    await expect(page.getByLabel('Password')).toBeVisible({ timeout: 1_500 });
  }).toPass();
  await enterPassword(page);
  await expectSignedIn(page);
  await expect(page).toHaveURL(`${origin}/profile`);
});

test('the token endpoint fails: the error page says so, and trying again works', async ({
  page,
  startApp,
  ownLogto,
}) => {
  await ownLogto.logto.start();
  const { origin } = await startApp({ issuer: `${ownLogto.origin}/oidc` });
  await goToLogto(page, `${origin}/`);
  await fetch(`${ownLogto.origin}/test/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ endpoint: 'token', status: 500, times: 1 }),
  });
  await enterPassword(page);
  await expectError(page, /We could not reach the sign-in service|The sign-in service could not sign you in/);

  await tryAgainButton(page).click();
  await expectSignedIn(page);
});

test('a sign-in that took too long has expired, and trying again works', async ({
  page,
  context,
}) => {
  await goToLogto(page, '/profile');
  // The browser does this after ten minutes.
  await context.clearCookies({ name: /^authjs\.\d+\.state\./ });
  await enterPassword(page);
  await expectError(page, EXPIRED);

  await tryAgainButton(page).click();
  await expectSignedIn(page);
});

test('a callback with an invented state is refused', async ({ page }) => {
  await page.goto(`${CALLBACK}?code=invented&state=invented`);
  await expectError(page, EXPIRED);
  await tryAgainButton(page).click();
  await expectLogto(page);
});

test('a callback with a wrong state is refused, and a sign-in in progress still works', async ({
  page,
  context,
}) => {
  await goToLogto(page, '/profile');
  const other = await context.newPage();
  await other.goto(`${CALLBACK}?code=invented&state=invented`);
  await expectError(other, FOREIGN);

  await enterPassword(page);
  await expectSignedIn(page);
  await expect(page).toHaveURL('/profile');
});

test('a callback used again redirects home, and after sign-out is refused', async ({ page }) => {
  await goToLogto(page, '/profile');
  const callback = callbackOf(page);
  await enterPassword(page);
  await expectSignedIn(page);

  await page.goto(await callback);
  await expect(page).toHaveURL('/');
  await expectSignedIn(page);

  await signOut(page);
  await page.goto(await callback);
  await expectError(page, EXPIRED);
});

test('a stolen callback address is refused in another browser', async ({
  page,
  browser,
  context,
  startApp,
}) => {
  const { app, origin } = await startApp();
  await goToLogto(page, `${origin}/profile`);
  // Stop the app, so that the code is not used yet.
  await app.stop();
  const callback = callbackOf(page);
  await enterPassword(page);
  const stolen = await callback;
  // The tab would retry by itself once the app is back.
  await page.close();
  await app.start();

  const other = await browser.newContext();
  const thief = await other.newPage();
  await thief.goto(stolen);
  await expectError(thief, EXPIRED);
  await other.close();

  const owner = await context.newPage();
  await owner.goto(stolen);
  await expectSignedIn(owner);
  await expect(owner).toHaveURL(`${origin}/profile`);
});

test('a malformed callback is refused, and an existing session stays', async ({ page }) => {
  await signIn(page);
  for (const query of ['?code=x', '?state=&code=', '?error=server_error', '?%ff=%00&code=a&code=b']) {
    await page.goto(`${CALLBACK}${query}`);
    await expect(page.getByRole('main')).toBeVisible();
    await page.goto('/');
    await expectSignedIn(page);
  }
});

test('an unknown address shows the page Not found', async ({ page }) => {
  const answer = await page.goto('/no-such-page');
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not found');
  await page.getByRole('link', { name: 'Back to the home page' }).click();
  await expect(page).toHaveURL('/');
});
