import { leaveAndForget } from '../fixtures/lost-session.ts';
import { expect, test } from '../fixtures/test.ts';
import {
  claims,
  claimsTable,
  enterPassword,
  expectError,
  expectLogto,
  expectSignedIn,
  expectSignedOut,
  goToLogto,
  signIn,
  tryAgainButton,
} from '../page-objects/user.ts';

test('alice signs in and reads her claims', async ({ page }) => {
  await page.goto('/');
  await expectSignedOut(page);
  await expect(page.getByRole('banner')).toContainText('Signed out');

  await signIn(page);

  await expect(page).toHaveURL('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Hello, Alice Example');
  await expect(page.getByRole('banner')).toContainText('Alice Example');
  expect(await claims(page)).toEqual({
    sub: 'a1icek2m9qx7',
    name: 'Alice Example',
    family_name: 'Example',
    given_name: 'Alice',
    picture: 'null',
    locale: 'en-GB',
    updated_at: '2025-06-01T00:00:00.456Z',
    username: 'alice',
    created_at: '2025-01-01T00:00:00.123Z',
    email: 'alice@example.com',
    email_verified: 'true',
    phone_number: '12025550143',
    phone_number_verified: 'true',
    address: JSON.stringify({
      formatted: '1 Example Street, London N1 9GU, United Kingdom',
      streetAddress: '1 Example Street',
      locality: 'London',
      postalCode: 'N1 9GU',
      country: 'United Kingdom',
    }),
    roles: '["shopper"]',
    organizations: '["acme","globex"]',
    organization_roles: '["acme:admin","globex:member"]',
  });
});

test('bob, who has only a username, signs in and reads his claims', async ({ page }) => {
  await signIn(page, { username: 'bob' });

  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Hello, bob');
  expect(await claims(page)).toEqual({
    sub: 'b0bw4n8t1r5z',
    name: 'null',
    picture: 'null',
    updated_at: '2025-01-02T00:00:00.789Z',
    username: 'bob',
    created_at: '2025-01-02T00:00:00.789Z',
    email: 'null',
    email_verified: 'false',
    phone_number: 'null',
    phone_number_verified: 'false',
    roles: '[]',
    organizations: '[]',
    organization_roles: '[]',
  });
});

test('a wrong password is refused, then the right one works', async ({ page }) => {
  await goToLogto(page);
  await enterPassword(page, 'alice', 'wrong');
  await expect(page.getByRole('alert')).toContainText('Incorrect username or password');

  await enterPassword(page);
  await expectSignedIn(page);
});

test('a user who cancels at Logto sees the error page and can try again', async ({ page }) => {
  await goToLogto(page, '/profile');
  await page.getByRole('link', { name: 'Cancel' }).click();
  await expectError(page, 'You cancelled the sign-in.');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign-in cancelled');

  await tryAgainButton(page).click();
  await expectLogto(page);
  await enterPassword(page);
  await expectSignedIn(page);
  await expect(page).toHaveURL('/profile');
});

test('a sign-in that Logto aborts counts as cancelled', async ({ page }) => {
  await goToLogto(page);
  await page.goto(new URL('/sign-in/abort', page.url()).href);
  await expectError(page, 'You cancelled the sign-in.');

  await tryAgainButton(page).click();
  await enterPassword(page);
  await expectSignedIn(page);
});

test('signing in and out with the keyboard alone', async ({ page, javaScriptEnabled }) => {
  const pressTabUntil = async (name: string) => {
    const button = page.getByRole('button', { name, exact: true });
    await expect(button).toBeVisible();
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press('Tab');
      if (await button.evaluate((element) => element === element.ownerDocument.activeElement)) return;
    }
    throw new Error(`Tab does not lead to ${name}`);
  };
  await page.goto('/');
  await pressTabUntil('Sign in');
  await page.keyboard.press('Enter');

  await expect(page.getByLabel('Username')).toBeFocused();
  await page.keyboard.type('alice');
  await page.keyboard.press('Tab');
  await page.keyboard.type('password');
  await page.keyboard.press('Enter');
  await expectSignedIn(page);

  await pressTabUntil('Sign out');
  await page.keyboard.press('Enter');
  if (!javaScriptEnabled) {
    await expect(page.getByRole('button', { name: 'Continue' })).toBeFocused();
    await page.keyboard.press('Enter');
  }
  await expectSignedOut(page);
});

test('signing in at a Logto on another site, as in production', async ({ page, startApp }) => {
  // Browsers treat 127.0.0.1 and localhost as different sites.
  const { origin } = await startApp({ host: '127.0.0.1' });
  await signIn(page, { from: `${origin}/profile` });
  await expect(page).toHaveURL(`${origin}/profile`);

  const session = (await page.context().cookies(origin)).filter(({ name }) =>
    name.startsWith('authjs.'),
  );
  expect(session.map(({ name }) => name)).toEqual([`authjs.${new URL(origin).port}.session-token`]);
});

test('a user already signed in at Logto needs no password', async ({ page }) => {
  await signIn(page);
  await leaveAndForget(page);
  await page.goto('/');
  await expectSignedOut(page);

  await page.getByRole('button', { name: 'Sign in' }).click();
  await expectSignedIn(page);
  await expect(claimsTable(page)).toBeVisible();
});
