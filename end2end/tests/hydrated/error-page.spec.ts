// The built-in error page, as an app that hydrates shows it.
import { violations } from '../fixtures/axe.ts';
import { expect, test } from '../fixtures/test.ts';
import { enterPassword } from '../page-objects/user.ts';

const ERROR = '/api/auth/error?error=Cancelled&ref=a1B2-_xy&callbackUrl=%2Fprofile';

test('a failure leads to the built-in page, and its button signs in', async ({ page }) => {
  await page.goto('/api/auth/callback/logto?code=x&state=y');
  await expect(page).toHaveURL(/\/api\/auth\/error\?error=Expired&ref=/);
  await expect(page.getByRole('alert')).toHaveText(/^This sign-in took too long/);
  await page.goto(ERROR);
  await expect(page.getByRole('heading', { name: 'Sign-in cancelled' })).toBeVisible();
  await expect(page.getByText('tell us this reference: a1B2-_xy')).toBeVisible();
  await page.getByRole('button', { name: 'Try again' }).click();
  await enterPassword(page);
  await expect(page).toHaveURL('/profile');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds no problems, ${colorScheme}`, { tag: '@JavaScript' }, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(ERROR);
    expect(await violations(page)).toEqual([]);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(320);
  });
}
