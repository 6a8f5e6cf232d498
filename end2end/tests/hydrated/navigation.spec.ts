import { expect, test } from '../fixtures/test.ts';
import { countLoads, follow, open, said, signIn, signOutButton, signOutElsewhere, who } from './pages.ts';

const LINKS = ['Profile', 'Home', 'Protected', 'Profile', 'Protected', 'Home', 'Protected', 'Home', 'Profile', 'Home'];

for (const state of ['signed in', 'signed out'] as const) {
  test(`${state}, every page says after a link what the server says`, async ({
    page,
    javaScriptEnabled,
  }) => {
    if (state === 'signed in') await signIn(page);
    if (javaScriptEnabled === false) await page.goto('/');
    else await open(page, '/');
    const loads = countLoads(page);

    const seen: [string, string][] = [];
    // `guards.spec.ts` follows the links to guarded pages.
    const links = LINKS.filter((link) => state === 'signed in' || link !== 'Protected');
    for (const link of links) {
      await follow(page, link);
      seen.push([page.url(), await said(page)]);
    }
    expect(loads(), 'pages loaded').toBe(javaScriptEnabled === false ? links.length : 0);

    for (const [url, text] of seen) {
      await page.goto(url);
      expect(text, url).toBe(await said(page));
    }
    await expect(who(page)).toHaveText(state === 'signed in' ? 'Alice Example' : 'Signed out');
    await expect(signOutButton(page)).toBeVisible({ visible: state === 'signed in' });
  });
}

test('back and reload show the signed-in user', async ({ page }) => {
  await signIn(page);
  await follow(page, 'Profile');
  await follow(page, 'Protected');
  for (const heading of ['Profile', 'Home']) {
    await page.goBack();
    await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
    const before = await said(page);
    expect(before).toContain('Alice Example');
    await page.reload();
    expect(await said(page)).toBe(before);
  }
});

test('a part for a role is shown to users who have it', async ({ page, openBrowser }) => {
  await signIn(page);
  await follow(page, 'Profile');
  await expect(page.getByText('You may shop.')).toBeVisible();

  const other = await openBrowser();
  await signIn(other, { username: 'bob' });
  await follow(other, 'Profile');
  await expect(other.getByText('You may shop.')).toBeHidden();
});

test('the server refuses a user whom the page believes to be signed in', { tag: '@JavaScript' }, async ({
  browser,
  baseURL,
}) => {
  // Not the fixture, which expects no error in the console.
  const page = await browser.newPage({ baseURL });
  await signIn(page);
  await open(page, '/');
  await page.route('**/api/auth/session', (route) => route.abort());
  await signOutElsewhere(page);
  await follow(page, 'Protected');
  await expect(who(page)).toHaveText('Alice Example');
  await expect(page.getByText('Your session has ended. Please sign in again.')).toBeVisible();
  await expect(page.getByText('Only signed-in users see this.')).toBeHidden();
  await page.close();
});
