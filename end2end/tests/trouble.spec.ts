import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
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
} from './visitor.ts';

const CALLBACK = '/api/auth/callback/logto';
const CANNOT_BE_REACHED = 'We could not reach the sign-in service. Try again in a minute.';
const EXPIRED = 'This sign-in took too long or was already used.';
const FOREIGN = 'This sign-in did not start in this browser.';

/** The address with which Logto sends the browser back. */
function callbackOf(page: Page): Promise<string> {
  return page
    .waitForRequest((request) => new URL(request.url()).pathname === CALLBACK)
    .then((request) => request.url());
}

test('Logto cannot be reached: we say so, and trying again works later', async ({
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
  // A failure is remembered for a moment.
  await expect(async () => {
    await tryAgainButton(page).click();
    await expect(page.getByLabel('Password')).toBeVisible({ timeout: 1_500 });
  }).toPass();
  await enterPassword(page);
  await expectSignedIn(page);
  await expect(page).toHaveURL(`${origin}/profile`);
});

test('Logto fails while we redeem its answer: we say so, and trying again works', async ({
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
  // What the browser does after ten minutes.
  await context.clearCookies({ name: /^authjs\.state\./ });
  await enterPassword(page);
  await expectError(page, EXPIRED);

  await tryAgainButton(page).click();
  await expectSignedIn(page);
});

test('an answer with an invented state is refused', async ({ page }) => {
  await page.goto(`${CALLBACK}?code=invented&state=invented`);
  await expectError(page, EXPIRED);
  await tryAgainButton(page).click();
  await expectLogto(page);
});

test('an answer with a wrong state is refused and spoils no sign-in under way', async ({
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

test('an answer used again leads home while signed in, and nowhere after', async ({ page }) => {
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

test('an answer that is overheard is worth nothing in another browser', async ({
  page,
  browser,
  context,
  startApp,
}) => {
  const { app, origin } = await startApp();
  await goToLogto(page, `${origin}/profile`);
  // So that nobody has used the answer yet.
  await app.stop();
  const callback = callbackOf(page);
  await enterPassword(page);
  const overheard = await callback;
  // The tab would ask again by itself once the app is back.
  await page.close();
  await app.start();

  const other = await browser.newContext();
  const thief = await other.newPage();
  await thief.goto(overheard);
  await expectError(thief, EXPIRED);
  await other.close();

  const owner = await context.newPage();
  await owner.goto(overheard);
  await expectSignedIn(owner);
  await expect(owner).toHaveURL(`${origin}/profile`);
});

test('a broken answer is refused, and a session that there was stays', async ({ page }) => {
  await signIn(page);
  for (const query of ['?code=x', '?state=&code=', '?error=server_error', '?%ff=%00&code=a&code=b']) {
    await page.goto(`${CALLBACK}${query}`);
    await expect(page.getByRole('main')).toBeVisible();
    await page.goto('/');
    await expectSignedIn(page);
  }
});

test('an address that is none of ours says so', async ({ page }) => {
  const answer = await page.goto('/no-such-page');
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Not found');
  await page.getByRole('link', { name: 'Back to the front page' }).click();
  await expect(page).toHaveURL('/');
});
