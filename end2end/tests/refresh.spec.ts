import type { Page } from '@playwright/test';
import { change, fail, grants } from './logto-control.ts';
import { expect, test } from './fixtures.ts';
import { accessToken, expectSignedIn, expectSignedOut, signIn, signInButton, validUntil } from './visitor.ts';

/** Short enough to wait for, long enough for what happens within one life. */
const LIFETIME = 6;
const ENDED = 'Your session has ended. Please sign in again.';
const NOT_RENEWED =
  'The access token has expired and could not be refreshed. Try again in a minute.';

test.use({ logtoEnv: { LOGTO_ACCESS_TOKEN_TTL: String(LIFETIME) } });

/** Signed in at an app and a Logto of the test's own; when the access token has ended. */
async function untilTokenEnded(page: Page): Promise<number> {
  const until = await validUntil(page);
  expect(until - Date.now()).toBeLessThanOrEqual(LIFETIME * 1000);
  await page.waitForTimeout(Math.max(until - Date.now(), 0) + 100);
  return until;
}

test('the profile shows until when the token is valid, and for what', async ({ page }) => {
  await signIn(page, { from: '/profile' });
  await expect(accessToken(page)).toContainText('openid offline_access profile email');
  // At the tests' common Logto it lives for an hour.
  const left = (await validUntil(page)) - Date.now();
  expect(left).toBeGreaterThan(50 * 60_000);
  expect(left).toBeLessThanOrEqual(60 * 60_000);
});

test('a token that has ended is renewed before the page is shown', async ({
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

test('a session that Logto has ended leads to signing in, and back', async ({
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

test('while Logto is down one stays signed in, and is told', async ({
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

test('what Logto could not do once it does at the next request', async ({
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
  // A failure is remembered for a moment.
  await expect(async () => {
    await page.reload();
    await expect(accessToken(page).locator('time')).toBeVisible({ timeout: 500 });
  }).toPass();
  expect(await validUntil(page)).toBeGreaterThan(before);
});
