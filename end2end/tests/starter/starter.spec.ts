// `examples/starter` as it is: what a new app begins with. The tests in `tests/hydrated` go into
// detail, with more pages.
import { expect, test } from '../fixtures/test.ts';
import { enterPassword, expectLogto } from '../page-objects/user.ts';
import {
  comeToFront,
  countLoads,
  follow,
  open,
  said,
  signIn,
  signInButton,
  signOutButton,
  signOutElsewhere,
  who,
} from '../hydrated/pages.ts';

const TAG = { tag: '@JavaScript' };
const SECRET = 'Only signed-in users see this.';

test('the button signs in, every page knows the user, and the other button signs out', async ({
  page,
  javaScriptEnabled,
}) => {
  await page.goto('/');
  await expect(page.getByText('Hello. You are signed out.')).toBeVisible();
  await signInButton(page).click();
  await expectLogto(page);
  await enterPassword(page);
  await expect(page.getByText('Hello, Alice Example.')).toBeVisible();
  await expect(page).toHaveURL('/');

  const loads = countLoads(page);
  const seen: [string, string][] = [];
  for (const [link, text] of [
    ['Profile', 'alice@example.com'],
    ['Protected', SECRET],
    ['Home', 'Hello, Alice Example.'],
  ] as const) {
    await follow(page, link);
    await expect(page.getByText(text)).toBeVisible();
    seen.push([page.url(), await said(page)]);
  }
  expect(loads(), 'pages loaded').toBe(javaScriptEnabled === false ? seen.length : 0);
  for (const [url, text] of seen) {
    await page.goto(url);
    expect(text, url).toBe(await said(page));
  }

  await signOutButton(page).click();
  const proceed = page.getByRole('button', { name: 'Continue' });
  await expect(proceed.or(signInButton(page))).toBeVisible();
  if (await proceed.isVisible()) await proceed.click();
  await expect(who(page)).toHaveText('Signed out');
});

test('the guarded page asks for a sign-in and is opened after it', async ({
  page,
  javaScriptEnabled,
}) => {
  const answer = await page.goto('/protected?from=mail');
  expect(await answer?.text()).not.toContain(SECRET);
  await expect(page).toHaveURL('/api/auth/signin?callbackUrl=%2Fprotected%3Ffrom%3Dmail');
  if (javaScriptEnabled === false) await page.goto('/profile');
  else await open(page, '/profile');
  await page.getByRole('link', { name: 'Protected' }).click();
  await expect(page).toHaveURL('/api/auth/signin?callbackUrl=%2Fprotected');
  await signInButton(page).click();
  await enterPassword(page);
  await expect(page.getByText(SECRET)).toBeVisible();
  await expect(page).toHaveURL('/protected');
});

test('programs get 401 for the guarded page', async ({ page, request }) => {
  await page.goto('/');
  const headers = { accept: 'application/json' };
  const answer = await request.get('/protected', { headers, maxRedirects: 0 });
  expect(answer.status()).toBe(401);
  expect(await answer.text()).not.toContain(SECRET);
});

test('a sign-out elsewhere closes the guarded page, which asks for a sign-in', TAG, async ({
  page,
}) => {
  await signIn(page);
  await open(page, '/protected');
  await expect(page.getByText(SECRET)).toBeVisible();
  await signOutElsewhere(page);
  await comeToFront(page);
  await expect(who(page)).toHaveText('Signed out');
  await expect(page.getByText(SECRET)).toBeHidden();
  await signInButton(page).click();
  await expect(page.getByText(SECRET)).toBeVisible();
  await expect(page).toHaveURL('/protected');
});
