import type { Page } from '@playwright/test';
import { change, fail, grants } from '../fixtures/logto-control.ts';
import { expect, test } from '../fixtures/test.ts';
import { accessToken, expectSignedIn, expectSignedOut, signIn, signInButton, validUntil } from '../page-objects/user.ts';

/** In seconds: short enough to wait for, long enough for the steps of a test. */
const LIFETIME = 6;
const ENDED = 'Your session has ended. Please sign in again.';
const NOT_RENEWED =
  'The access token has expired and could not be refreshed. Try again in a minute.';

test.use({ logtoEnv: { LOGTO_ACCESS_TOKEN_TTL: String(LIFETIME) } });

/** Waits until the access token has expired; returns when it did. */
async function untilTokenEnded(page: Page): Promise<number> {
  const until = await validUntil(page);
  expect(until - Date.now()).toBeLessThanOrEqual(LIFETIME * 1000);
  await page.waitForTimeout(Math.max(until - Date.now(), 0) + 100);
  return until;
}

test('the profile shows when the token expires, and its scopes', async ({ page }) => {
  await signIn(page, { from: '/profile' });
  await expect(accessToken(page)).toContainText('openid offline_access profile email');
  // The tests' shared Logto issues tokens that are valid for an hour.
  const left = (await validUntil(page)) - Date.now();
  expect(left).toBeGreaterThan(50 * 60_000);
  expect(left).toBeLessThanOrEqual(60 * 60_000);
});

test('an expired token is refreshed before the page is shown', async ({
  page,
  startApp,
  ownLogto,
}) => {
  await ownLogto.logto.start();
  const { origin } = await startApp({ issuer: `${ownLogto.origin}/oidc` });
  await signIn(page, { from: `${origin}/profile` });
  const before = await untilTokenEnded(page);

  await page.reload();
  expect(await validUntil(page)).toBeGreaterThan(before);
  expect(await validUntil(page)).toBeGreaterThan(Date.now());
  expect(await grants(ownLogto)).toMatchObject({ refresh_token: 1, errors: {} });
});

test('after Logto has ended the session, the user can sign in again and returns', async ({
  page,
  startApp,
  ownLogto,
}) => {
  await ownLogto.logto.start();
  const { origin } = await startApp({ issuer: `${ownLogto.origin}/oidc` });
  await signIn(page, { from: `${origin}/profile` });
  await change(ownLogto, 'alice', { suspended: true });
  await untilTokenEnded(page);

  await page.reload();
  await expectSignedOut(page);
  await expect(page.getByRole('main')).toContainText(ENDED);
  await expect(page.getByRole('banner')).toContainText('Signed out');
  await expect(accessToken(page)).toBeHidden();

  await change(ownLogto, 'alice', { suspended: false });
  await signInButton(page).click();
  await expectSignedIn(page);
  await expect(page).toHaveURL(`${origin}/profile`);
  await expect(page.getByRole('main')).not.toContainText(ENDED);
});

test('while Logto is down, the user stays signed in and the page says so', async ({
  page,
  startApp,
  ownLogto,
}) => {
  await ownLogto.logto.start();
  const { origin } = await startApp({ issuer: `${ownLogto.origin}/oidc` });
  await signIn(page, { from: `${origin}/profile` });
  await ownLogto.logto.stop();
  await untilTokenEnded(page);

  const answer = await page.reload();
  expect(answer?.status()).toBe(200);
  await expectSignedIn(page);
  await expect(accessToken(page)).toContainText(NOT_RENEWED);
  await expect(page.getByRole('main')).toContainText('alice@example.com');
});

test('a refresh that failed succeeds at a later request', async ({
  page,
  startApp,
  ownLogto,
}) => {
  await ownLogto.logto.start();
  const { origin } = await startApp({ issuer: `${ownLogto.origin}/oidc` });
  await signIn(page, { from: `${origin}/profile` });
  const before = await untilTokenEnded(page);
  await fail(ownLogto, { endpoint: 'token', status: 503, times: 1 });

  await page.reload();
  await expectSignedIn(page);
  await expect(accessToken(page)).toContainText(NOT_RENEWED);
  // The app remembers a failure for a short time.
  await expect(async () => {
    await page.reload();
    await expect(accessToken(page).locator('time')).toBeVisible({ timeout: 500 });
  }).toPass();
  expect(await validUntil(page)).toBeGreaterThan(before);
});
