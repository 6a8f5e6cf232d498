// Two apps on one machine: browsers send the cookies of one port to the other.
import { expect, test } from '../fixtures/test.ts';
import { expectSignedIn, expectSignedOut, signIn, signOut } from '../page-objects/user.ts';

test('two apps at different ports do not sign each other out', async ({
  page,
  context,
  startApp,
  baseURL,
}) => {
  const { origin } = await startApp();
  const other = await context.newPage();
  await signIn(page, { from: `${baseURL}/` });
  await other.goto(`${origin}/`);
  await expectSignedOut(other);
  // Logto knows the user and shows no page.
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expectSignedIn(other);
  await page.reload();
  await expectSignedIn(page);

  await signOut(page);
  await other.reload();
  await expectSignedIn(other);
  await signOut(other);
});

test('the cookies have the name that the app was given', async ({ page, startApp }) => {
  const { origin } = await startApp({ env: { AUTH_COOKIE_NAME: 'shop' } });
  await signIn(page, { from: `${origin}/` });
  const names = (await page.context().cookies(origin)).map(({ name }) => name);
  expect(names).toContain(`shop.${new URL(origin).port}.session-token`);
  expect(names.filter((name) => name.includes('authjs'))).toEqual([]);
  await signOut(page);
  await expectSignedOut(page);
});
