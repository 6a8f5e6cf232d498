// A third-party application: Logto asks users for consent.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { changeApplication } from '../fixtures/logto-control.ts';
import {
  enterPassword,
  expectError,
  expectName,
  expectSignedOut,
  goToLogto,
  tryAgainButton,
} from '../page-objects/user.ts';

const authorizeButton = (page: Page) => page.getByRole('button', { name: 'Authorize' });

test.beforeEach(async ({ startBoth, ownLogto, page }) => {
  const { origin } = await startBoth();
  await changeApplication(ownLogto, { thirdParty: true });
  await goToLogto(page, `${origin}/profile`);
  await enterPassword(page);
  await expect(page.getByRole('heading', { name: 'Authorize Leptos app' })).toBeVisible();
});

test('a user who consents is signed in', async ({ page }) => {
  await expect(page.getByRole('listitem').filter({ hasText: /^email$/ })).toBeVisible();
  await authorizeButton(page).click();
  await expectName(page, 'Alice Example');
  await expect(page).toHaveURL(/\/profile$/);
});

test('a user who cancels sees the error page and can try again', async ({ page }) => {
  const bare = page.waitForRequest((request) =>
    request.url().endsWith('/api/auth/callback/logto'),
  );
  await page.getByRole('link', { name: 'Cancel' }).click();
  await bare;
  await expectError(page, 'You cancelled the sign-in.');

  // The password is not asked for again.
  await tryAgainButton(page).click();
  await authorizeButton(page).click();
  await expectName(page, 'Alice Example');
  await expect(page).toHaveURL(/\/profile$/);
});

test('a user who has not answered yet is not signed in', async ({ page }) => {
  const { origin } = new URL(
    (await page.getByRole('link', { name: 'Cancel' }).getAttribute('href')) ?? '',
  );
  await page.goto(`${origin}/profile`);
  await expectSignedOut(page);
});
