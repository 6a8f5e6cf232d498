import { browserOptions } from '../../browser/options.mjs';
import { expect, test } from '../fixtures/test.ts';
import { claimsTable, expectSignedIn, expectSignedOut, signIn, signOut } from '../page-objects/user.ts';

// Turns the back/forward cache on, as in real browsers. The argument is for chromium-headless-shell.
test.use({
  launchOptions: {
    ...browserOptions,
    args: [...browserOptions.args, '--enable-bfcache'],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  },
});

test('the Back button shows no claims after signing out', async ({ page }) => {
  const backTo = (address: string) =>
    // The history also contains Logto's pages.
    expect(async () => {
      // The page may be left before `evaluate` returns.
      await page.evaluate(() => history.back()).catch(() => {});
      await expect(page).toHaveURL(address, { timeout: 1_000 });
    }).toPass();
  await signIn(page);
  await page.goto('/profile');
  await expectSignedIn(page);
  await signOut(page);

  for (const address of ['/profile', '/']) {
    await backTo(address);
    await expect(page.getByRole('banner')).toContainText('Signed out');
    await expect(page.getByText('Alice')).toBeHidden();
    await expectSignedOut(page);
    await expect(claimsTable(page)).toBeHidden();
  }
});
