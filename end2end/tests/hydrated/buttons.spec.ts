import { expect, test } from '../fixtures/test.ts';
import { enterPassword, expectLogto } from '../page-objects/user.ts';
import { follow, note, open, signIn, signInButton, signOutButton, who } from './pages.ts';

test('the buttons sign in, return to the page, and sign out', async ({ page }) => {
  await page.goto('/profile?from=mail');
  await expect(page.getByText('alice@example.com')).toBeHidden();
  await signInButton(page).click();
  await expectLogto(page);
  await enterPassword(page);
  await expect(page.getByText('alice@example.com')).toBeVisible();
  await expect(page).toHaveURL('/profile?from=mail');

  await follow(page, 'Home');
  await signOutButton(page).click();
  // Without JavaScript, Logto's sign-out page needs a press of its button.
  const proceed = page.getByRole('button', { name: 'Continue' });
  await expect(proceed.or(signInButton(page))).toBeVisible();
  if (await proceed.isVisible()) await proceed.click();
  await expect(who(page)).toHaveText('Signed out');
  await expect(page).toHaveURL('/');
});

test('the buttons work before the page is interactive', { tag: '@JavaScript' }, async ({ page }) => {
  // The WASM never arrives.
  await page.route('**/*.wasm', () => {});
  await signIn(page);
  await signOutButton(page).click();
  await expect(signInButton(page)).toBeVisible();
});

test('event handlers sign in and out', { tag: '@JavaScript' }, async ({ page }) => {
  await open(page, '/profile?a=1');
  await page.getByRole('button', { name: 'Go to sign-in' }).click();
  await expectLogto(page);
  await enterPassword(page);
  await expect(who(page)).toHaveText('Alice Example');
  await expect(page).toHaveURL('/profile?a=1');

  await page.waitForLoadState('networkidle');
  await page.getByRole('button', { name: 'Sign out and stay here' }).click();
  await expect(who(page)).toHaveText('Signed out');
  await expect(page).toHaveURL('/profile');
});

test('an event handler that fails leaves the page as it is', { tag: '@JavaScript' }, async ({
  browser,
  baseURL,
}) => {
  // Not the fixture, which expects no error in the console.
  const page = await browser.newPage({ baseURL });
  await open(page, '/profile');
  await note(page).fill('half a thou');
  for (const [answer, sentence] of [
    [{ status: 503, body: 'We could not load your session.' }, 'Something went wrong on this site.'],
    [{ contentType: 'text/html', body: '<!DOCTYPE html><p>Hello' }, 'Something went wrong'],
    [{ json: { url: 5 } }, 'Something went wrong on this site.'],
    [null, 'We could not reach this site.'],
  ] as const) {
    await page.route('**/api/auth/**', (route) => (answer ? route.fulfill(answer) : route.abort()));
    for (const name of ['Go to sign-in', 'Sign out and stay here', 'Fetch the session again']) {
      await page.getByRole('button', { name }).click();
      await expect(page.getByRole('alert')).toContainText(sentence);
    }
    await page.unroute('**/api/auth/**');
  }
  await expect(note(page)).toHaveValue('half a thou');
  await expect(who(page)).toHaveText('Signed out');
  await page.close();
});
