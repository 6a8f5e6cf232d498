import { expect, test } from './fixtures.ts';
import {
  claimsTable,
  enterPassword,
  expectSignedIn,
  expectSignedOut,
  goToLogto,
  signIn,
  signOut,
  signOutButton,
} from './visitor.ts';

test('after signing out Logto asks for the password again', async ({ page, context, baseURL }) => {
  await signIn(page);
  await signOut(page);
  const names = (await context.cookies(baseURL)).map(({ name }) => name);
  expect(names.filter((name) => name.includes('authjs'))).toEqual([]);

  await page.reload();
  await expectSignedOut(page);
  await goToLogto(page);
  await enterPassword(page, 'bob');
  await expectSignedIn(page);
  await expect(claimsTable(page)).toContainText('b0bw4n8t1r5z');
});

test('a copy of the cookie is worth nothing after signing out', async ({
  page,
  context,
  baseURL,
}) => {
  await signIn(page);
  const copies = (await context.cookies(baseURL)).filter(({ name }) => name.includes('authjs'));
  expect(copies).toHaveLength(1);
  await signOut(page);

  await context.addCookies(copies);
  await page.reload();
  await expectSignedOut(page);
});

test('signing out works while Logto is down', async ({ page, startApp, ownLogto }) => {
  await ownLogto.logto.start();
  const { origin } = await startApp({ issuer: `${ownLogto.origin}/oidc` });
  await signIn(page, { from: `${origin}/` });
  await ownLogto.logto.stop();

  await signOutButton(page).click();
  await expectSignedOut(page);
  await expect(page).toHaveURL(`${origin}/`);
});

test('the built-in sign-out page asks first', async ({ page }) => {
  await signIn(page);
  await page.goto('/api/auth/signout');
  await page.goto('/');
  await expectSignedIn(page);

  await page.goto('/api/auth/signout');
  await signOut(page);
});
