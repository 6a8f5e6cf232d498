// Links between the pages of the example: each page says what the server says of the user.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { expectName, signIn } from '../page-objects/user.ts';

/** Ten links of the navigation, with the heading of the page that each leads to. */
const LINKS = [
  'Profile',
  'Organizations',
  'API resources',
  'Sessions',
  'Sign-in options',
  'Home',
  'Sessions',
  'Profile',
  'API resources',
  'Home',
];

/** What changes with every request: times, and how long ago they were. */
const TIMES = /\d{4}-\d{2}-\d{2}[T ][\d:.]+( ?UTC|Z)?|\b(in )?\d+ (seconds?|minutes?|hours?)( ago)?/g;

async function said(page: Page): Promise<string> {
  const text = await page.locator('body').innerText();
  return text.replace(TIMES, '<time>').replace(/\s+/g, ' ').trim();
}

for (const user of ['alice', 'bob', null]) {
  test(`${user ?? 'signed out'}, every page says after a link what the server says`, async ({
    page,
  }) => {
    const name = user === 'alice' ? 'Alice Example' : (user ?? 'Signed out');
    if (user) await signIn(page, { username: user });
    else await page.goto('/');

    for (const link of LINKS) {
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: link }).click();
      await page.waitForLoadState();
      await expectName(page, name);
      const session = await (await page.context().request.get('/api/auth/session')).json();
      expect(session?.user?.name ?? session?.user?.id ?? 'Signed out', link).toBe(name);
      const afterLink = await said(page);
      await page.reload();
      expect(await said(page), link).toBe(afterLink);
    }
  });
}

test('back and reload show the signed-in user', async ({ page }) => {
  await signIn(page);
  await page.goto('/profile');
  await page.goto('/sessions');
  for (const address of ['/profile', '/']) {
    await page.goBack();
    await expect(page).toHaveURL(address);
    await expectName(page, 'Alice Example');
    await page.reload();
    await expectName(page, 'Alice Example');
  }
});
