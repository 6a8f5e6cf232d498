import { expect, test } from '../fixtures/test.ts';
import { said, signIn, signOutButton, who } from './pages.ts';

const LINKS = ['Profile', 'Home', 'Protected', 'Profile', 'Protected', 'Home', 'Protected', 'Home', 'Profile', 'Home'];

for (const state of ['signed in', 'signed out'] as const) {
  test(`${state}, every page says after a link what the server says`, async ({
    page,
    javaScriptEnabled,
  }) => {
    if (state === 'signed in') await signIn(page);
    else await page.goto('/');
    await page.waitForLoadState('networkidle');
    let documents = 0;
    page.on('request', (request) => {
      if (request.isNavigationRequest()) documents += 1;
    });

    const seen: [string, string][] = [];
    for (const link of LINKS) {
      await page.getByRole('navigation').getByRole('link', { name: link }).click();
      await expect(page.getByRole('heading', { name: link })).toBeVisible();
      seen.push([page.url(), await said(page)]);
    }
    expect(documents, 'pages loaded').toBe(javaScriptEnabled === false ? LINKS.length : 0);

    for (const [url, text] of seen) {
      await page.goto(url);
      expect(text, url).toBe(await said(page));
    }
    await expect(who(page)).toHaveText(state === 'signed in' ? 'Alice Example' : 'Signed out');
    await expect(signOutButton(page)).toBeVisible({ visible: state === 'signed in' });
  });
}
