// The built-in pages of sign-in and sign-out. The app has an error page of its own; the starter shows
// the built-in one.
import { violations } from '../fixtures/axe.ts';
import { expect, test } from '../fixtures/test.ts';
import { enterPassword, expectSignedIn, expectSignedOut } from '../page-objects/user.ts';

const PAGES = ['/api/auth/signin?error=SessionRequired', '/api/auth/signout'];

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds no problems, ${colorScheme}`, { tag: '@JavaScript' }, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    for (const address of PAGES) {
      await page.goto(address);
      expect(await violations(page), address).toEqual([]);
    }
  });
}

test('the style applies under the strict policy, light and dark', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const address of PAGES) {
    const seen = new Set<string>();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.goto(address);
      const { color, width } = await page.evaluate(() => ({
        color: getComputedStyle(document.body).backgroundColor,
        width: document.documentElement.scrollWidth,
      }));
      seen.add(color);
      expect(width, address).toBeLessThanOrEqual(320);
    }
    expect(seen.size, address).toBe(2);
  }
});

test('a user signs in and out by them, with the keyboard', async ({ page, javaScriptEnabled }) => {
  await page.goto('/api/auth/signin?callbackUrl=%2F%3Ffrom%3Dbutton');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeFocused();
  await page.keyboard.press('Enter');
  await enterPassword(page);
  await expectSignedIn(page);
  await expect(page).toHaveURL('/?from=button');

  await page.goto('/api/auth/signout');
  await expect(page.getByText('Do you want to sign out?')).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();
  if (!javaScriptEnabled) await page.getByRole('button', { name: 'Continue' }).click();
  await expectSignedOut(page);
});
