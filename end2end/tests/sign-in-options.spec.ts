import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { card, expectScopes, IN_ORGANIZATION, lookAgainButton } from './api-pages.ts';
import { expect, test } from './fixtures.ts';
import { authorization } from './logto-control.ts';
import { lastProof, signInWith } from './sign-in-options-page.ts';
import {
  claims,
  enterPassword,
  expectError,
  expectLogto,
  expectName,
  expectRegistration,
  expectSignedOut,
  signIn,
  signUpButton,
  tryAgainButton,
} from './visitor.ts';

const NOT_ASKED =
  'Logto was not asked when you last proved who you are. Ask by the longest time since then.';
const NO_TOKEN =
  'You are signed in, but we could not get access to your data. Please sign in again.';
const NO_SESSION = 'You are not signed in at the sign-in service.';

/** So that the app knows nobody, and Logto still does. */
async function forgetSession(page: Page): Promise<void> {
  await page.context().clearCookies({ name: 'authjs.session-token' });
}

async function makeAccount(page: Page): Promise<string> {
  const username = `user-${randomUUID()}`;
  await expectRegistration(page);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill('password');
  await page.getByRole('button', { name: 'Create account' }).click();
  return username;
}

async function expectProvedNow(page: Page): Promise<void> {
  await expect(lastProof(page)).toHaveText(
    /^You last proved who you are on \d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC\.$/,
  );
  const time = await lastProof(page).locator('time').getAttribute('datetime');
  expect(Math.abs(Date.parse(time ?? '') - Date.now())).toBeLessThan(30_000);
}

test('signing up makes an account, and comes back signed in', async ({ page }) => {
  await page.goto('/?from=friend');
  await signUpButton(page).click();
  const username = await makeAccount(page);
  await expectName(page, username);
  await expect(page).toHaveURL('/?from=friend');
  await expect(signUpButton(page)).toBeHidden();
  expect(await claims(page)).toMatchObject({ username, name: 'null', roles: '[]' });
});

test('who has an account already goes on from signing up to signing in', async ({ page }) => {
  await page.goto('/');
  await signUpButton(page).click();
  await expectRegistration(page);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await enterPassword(page);
  await expectName(page, 'Alice Example');
});

test('nothing asked for is an ordinary sign-in', async ({ page }) => {
  await signInWith(page, {});
  await enterPassword(page);
  await expectName(page, 'Alice Example');
  await expect(page).toHaveURL('/sign-in');
  await expect(lastProof(page)).toHaveText(NOT_ASKED);
});

test('a login hint fills in the username', async ({ page }) => {
  await signInWith(page, { 'Login hint': 'bob' });
  await expect(page.getByLabel('Username')).toHaveValue('bob');
  await page.getByLabel('Password').fill('password');
  await page.keyboard.press('Enter');
  await expectName(page, 'bob');
  await expect(page).toHaveURL('/sign-in');
});

for (const screen of ['Make an account', 'Make an account by the identifiers below']) {
  test(`the first screen may be: ${screen}`, async ({ page }) => {
    await signInWith(page, { 'First screen': screen });
    const username = await makeAccount(page);
    await expectName(page, username);
    await expect(page).toHaveURL('/sign-in');
  });
}

for (const choices of [
  { 'Longest since the last proof': '0' },
  { Prompt: 'Prove who you are, even if you are signed in' },
]) {
  test(`${Object.entries(choices)} asks for the password again`, async ({ page }) => {
    await signIn(page);
    await page.goto('/sign-in');
    await expect(lastProof(page)).toHaveText(NOT_ASKED);

    await signInWith(page, choices);
    await expectLogto(page);
    await enterPassword(page);
    await expect(page).toHaveURL('/sign-in');
    await expectProvedNow(page);
    await expectName(page, 'Alice Example');
  });
}

test('a proof that is recent enough is not asked for again, and the page tells of it', async ({
  page,
}) => {
  await signIn(page);
  await signInWith(page, { 'Longest since the last proof': '3600' });
  await expect(page).toHaveURL('/sign-in');
  await expectProvedNow(page);
});

test('a silent sign-in works for who is signed in at Logto', async ({ page }) => {
  await signIn(page);
  await forgetSession(page);
  await page.goto('/');
  await expectSignedOut(page);

  await signInWith(page, { Prompt: 'Nothing: a silent sign-in' });
  await expectName(page, 'Alice Example');
  await expect(page).toHaveURL('/sign-in');
});

test('who signs in silently while signed in here keeps what tokens are got with', async ({
  page,
}) => {
  await signIn(page);
  await signInWith(page, { Prompt: 'Nothing: a silent sign-in' });
  await expect(page).toHaveURL('/sign-in');
  await page.goto('/organizations');
  await expectScopes(card(page, 'Acme'), IN_ORGANIZATION, ['read:members', 'invite:members']);
  await lookAgainButton(page).click();
  await expect(page).toHaveURL('/organizations');
  await expectName(page, 'Alice Example');
});

test('a silent sign-in alone gives nothing to get tokens with, and pages say so', async ({
  page,
}) => {
  await signIn(page);
  await forgetSession(page);
  await signInWith(page, { Prompt: 'Nothing: a silent sign-in' });
  await expect(page).toHaveURL('/sign-in');
  for (const address of ['/organizations', '/resources']) {
    await page.goto(address);
    await expectName(page, 'Alice Example');
    await expect(page.getByText(NO_TOKEN).first()).toBeVisible();
    await expect(page.getByText('Your session has ended.')).toBeHidden();
  }

  await page.goto('/organizations');
  await lookAgainButton(page).click();
  await expectError(page, NO_TOKEN);
  await tryAgainButton(page).click();
  await expect(page).toHaveURL('/organizations');
  await expectScopes(card(page, 'Acme'), IN_ORGANIZATION, ['read:members', 'invite:members']);
});

test('a silent sign-in of somebody unknown says so, and an ordinary one works', async ({
  page,
}) => {
  await signInWith(page, { Prompt: 'Nothing: a silent sign-in' });
  await expectError(page, NO_SESSION);
  await expect(page).toHaveURL(/error=LoginRequired/);

  await tryAgainButton(page).click();
  await enterPassword(page);
  await expectName(page, 'Alice Example');
  await expect(page).toHaveURL('/sign-in');
});

test('a silent sign-in that fails leaves one signed in here', async ({ page }) => {
  await signIn(page);
  // Logto's own session: to a browser all of localhost is one host.
  await page.context().clearCookies({ name: /^_session/ });
  await signInWith(page, { Prompt: 'Nothing: a silent sign-in' });
  await expectError(page, NO_SESSION);
  await page.goto('/');
  await expectName(page, 'Alice Example');
});

test('a silent sign-in that asks for more than was granted says so', async ({ page, startApp }) => {
  const { origin } = await startApp({ env: { AUTH_LOGTO_SCOPES: '', AUTH_LOGTO_RESOURCES: '' } });
  await signIn(page, { from: `${origin}/` });
  await forgetSession(page);
  await signInWith(page, { Prompt: 'Nothing: a silent sign-in' });
  await expectError(page, 'You have not given this site your consent yet.');

  await tryAgainButton(page).click();
  await expectName(page, 'Alice Example');
});

// Logto grants all sign-ins within one of its sessions the same, and revokes all of it with any of
// its refresh tokens: that of the session before must not be.
test('signing in again takes nothing from what one may do', async ({ page }) => {
  await signIn(page);
  for (const [choices, asksPassword] of [
    [{ 'Longest since the last proof': '0' }, true],
    [{ Prompt: 'Nothing: a silent sign-in' }, false],
    [{ Prompt: 'Prove who you are, even if you are signed in' }, true],
    [{ Prompt: 'Nothing: a silent sign-in' }, false],
  ] as const) {
    await signInWith(page, choices);
    if (asksPassword) await enterPassword(page);
    await expect(page).toHaveURL('/sign-in');
    await page.goto('/resources');
    await expect(page.getByRole('main')).toContainText('read:invoices');
    await expect(page.getByRole('main')).toContainText('Your shopping list');
  }
});

test('all that is asked for arrives at Logto, and not by way of the browser', async ({
  page,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  const sent = page.waitForRequest((request) => new URL(request.url()).pathname === '/oidc/auth');
  await signInWith(
    page,
    {
      'First screen': 'Sign in by the identifiers below',
      Identifiers: 'email username',
      'Direct sign-in': 'social:google',
      'Login hint': 'alice@example.com',
      Prompt: 'Prove who you are, even if you are signed in',
      'Longest since the last proof': '600',
      Languages: 'th en-GB',
      Organization: 'acme',
    },
    origin,
  );
  await expectLogto(page);

  expect(await authorization(ownLogto)).toMatchObject({
    first_screen: 'identifier:sign_in',
    identifier: 'email username',
    direct_sign_in: 'social:google',
    login_hint: 'alice@example.com',
    prompt: 'login consent',
    max_age: '600',
    ui_locales: 'th en-GB',
    organization_id: 'acme',
    redirect_uri: `${origin}/api/auth/callback/logto`,
    response_type: 'code',
    code_challenge_method: 'S256',
    pushed: true,
  });
  const { searchParams } = new URL((await sent).url());
  expect([...searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
});

test('what is left empty is not asked for', async ({ page, startBoth, ownLogto }) => {
  const { origin } = await startBoth();
  await signInWith(page, {}, origin);
  await expectLogto(page);
  const sent = await authorization(ownLogto);
  expect(sent.prompt).toBe('consent');
  for (const name of [
    'first_screen',
    'identifier',
    'direct_sign_in',
    'login_hint',
    'max_age',
    'ui_locales',
    'organization_id',
  ]) {
    expect(sent, name).not.toHaveProperty(name);
  }
});
