import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { card, expectScopes, IN_ORGANIZATION, refreshButton } from '../page-objects/api-pages.ts';
import { leaveAndForget } from '../fixtures/lost-session.ts';
import { expect, test } from '../fixtures/test.ts';
import { authorization } from '../fixtures/logto-control.ts';
import { lastProof, signInWith } from '../page-objects/sign-in-options-page.ts';
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
} from '../page-objects/user.ts';

const NOT_ASKED =
  'Logto did not say when you last signed in. Set “Ask again after” to find out.';
const NO_TOKEN =
  'You are signed in, but we could not get access to your data. Please sign in again.';
const NO_SESSION = 'You are not signed in at the sign-in service.';

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
    /^You last signed in at Logto on \d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d UTC\.$/,
  );
  const time = await lastProof(page).locator('time').getAttribute('datetime');
  expect(Math.abs(Date.parse(time ?? '') - Date.now())).toBeLessThan(30_000);
}

test('signing up creates an account and returns signed in', async ({ page }) => {
  await page.goto('/?from=friend');
  await signUpButton(page).click();
  const username = await makeAccount(page);
  await expectName(page, username);
  await expect(page).toHaveURL('/?from=friend');
  await expect(signUpButton(page)).toBeHidden();
  expect(await claims(page)).toMatchObject({ username, name: 'null', roles: '[]' });
});

test('a user who has an account can switch from signing up to signing in', async ({ page }) => {
  await page.goto('/');
  await signUpButton(page).click();
  await expectRegistration(page);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await enterPassword(page);
  await expectName(page, 'Alice Example');
});

test('without options it is an ordinary sign-in', async ({ page }) => {
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

for (const screen of ['Create an account', 'Create an account with the identifiers below']) {
  test(`the first screen can be: ${screen}`, async ({ page }) => {
    await signInWith(page, { 'First screen': screen });
    const username = await makeAccount(page);
    await expectName(page, username);
    await expect(page).toHaveURL('/sign-in');
  });
}

for (const choices of [
  { 'Ask again after': '0' },
  { Prompt: 'Ask to sign in again' },
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

test('a recent enough authentication is not repeated, and the page shows its time', async ({
  page,
}) => {
  await signIn(page);
  await signInWith(page, { 'Ask again after': '3600' });
  await expect(page).toHaveURL('/sign-in');
  await expectProvedNow(page);
});

test('a silent sign-in works for a user signed in at Logto', async ({ page }) => {
  await signIn(page);
  await leaveAndForget(page);
  await page.goto('/');
  await expectSignedOut(page);

  await signInWith(page, { Prompt: 'Ask nothing (silent sign-in)' });
  await expectName(page, 'Alice Example');
  await expect(page).toHaveURL('/sign-in');
});

test('a silent sign-in while signed in here keeps the refresh token', async ({
  page,
}) => {
  await signIn(page);
  await signInWith(page, { Prompt: 'Ask nothing (silent sign-in)' });
  await expect(page).toHaveURL('/sign-in');
  await page.goto('/organizations');
  await expectScopes(card(page, 'Acme'), IN_ORGANIZATION, ['read:members', 'invite:members']);
  await refreshButton(page).click();
  await expect(page).toHaveURL('/organizations');
  await expectName(page, 'Alice Example');
});

test('a silent sign-in alone returns no refresh token, and pages say so', async ({
  page,
}) => {
  await signIn(page);
  await leaveAndForget(page);
  await signInWith(page, { Prompt: 'Ask nothing (silent sign-in)' });
  await expect(page).toHaveURL('/sign-in');
  for (const address of ['/organizations', '/resources']) {
    await page.goto(address);
    await expectName(page, 'Alice Example');
    await expect(page.getByText(NO_TOKEN).first()).toBeVisible();
    await expect(page.getByText('Your session has ended.')).toBeHidden();
  }

  await page.goto('/organizations');
  await refreshButton(page).click();
  await expectError(page, NO_TOKEN);
  await tryAgainButton(page).click();
  await expect(page).toHaveURL('/organizations');
  await expectScopes(card(page, 'Acme'), IN_ORGANIZATION, ['read:members', 'invite:members']);
});

test('a silent sign-in of a user signed out at Logto fails, and an ordinary one works', async ({
  page,
}) => {
  await signInWith(page, { Prompt: 'Ask nothing (silent sign-in)' });
  await expectError(page, NO_SESSION);
  await expect(page).toHaveURL(/error=LoginRequired/);

  await tryAgainButton(page).click();
  await enterPassword(page);
  await expectName(page, 'Alice Example');
  await expect(page).toHaveURL('/sign-in');
});

test('a silent sign-in that fails keeps the session here', async ({ page }) => {
  await signIn(page);
  // Logto's session cookie. Cookies ignore ports, so all of localhost is one host.
  await page.context().clearCookies({ name: /^_session/ });
  await signInWith(page, { Prompt: 'Ask nothing (silent sign-in)' });
  await expectError(page, NO_SESSION);
  await page.goto('/');
  await expectName(page, 'Alice Example');
});

test('a silent sign-in that needs consent fails and says so', async ({ page, startApp }) => {
  const { origin } = await startApp({ env: { AUTH_LOGTO_SCOPES: '', AUTH_LOGTO_RESOURCES: '' } });
  await signIn(page, { from: `${origin}/` });
  await leaveAndForget(page);
  await signInWith(page, { Prompt: 'Ask nothing (silent sign-in)' });
  await expectError(page, 'You have not given this site your consent yet.');

  await tryAgainButton(page).click();
  await expectName(page, 'Alice Example');
});

// All sign-ins in one session at Logto share a grant, and revoking any of its refresh tokens revokes
// the whole grant. So the refresh token of the former session must not be revoked.
test('signing in again does not reduce the permissions of the user', async ({ page }) => {
  await signIn(page);
  for (const [choices, asksPassword] of [
    [{ 'Ask again after': '0' }, true],
    [{ Prompt: 'Ask nothing (silent sign-in)' }, false],
    [{ Prompt: 'Ask to sign in again' }, true],
    [{ Prompt: 'Ask nothing (silent sign-in)' }, false],
  ] as const) {
    await signInWith(page, choices);
    if (asksPassword) await enterPassword(page);
    await expect(page).toHaveURL('/sign-in');
    await page.goto('/resources');
    await expect(page.getByRole('main')).toContainText('read:invoices');
    await expect(page.getByRole('main')).toContainText('Your shopping list');
  }
});

test('all options are sent to Logto, and if requests are pushed, not through the browser', async ({
  page,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth({ env: { AUTH_LOGTO_PUSHED_REQUESTS: 'always' } });
  const sent = page.waitForRequest((request) => new URL(request.url()).pathname === '/oidc/auth');
  await signInWith(
    page,
    {
      'First screen': 'Sign in with the identifiers below',
      Identifiers: 'email username',
      'Direct sign-in': 'social:google',
      'Login hint': 'alice@example.com',
      Prompt: 'Ask to sign in again',
      'Ask again after': '600',
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

test('empty options are not sent', async ({ page, startBoth, ownLogto }) => {
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
    'organization_id',
  ]) {
    expect(sent, name).not.toHaveProperty(name);
  }
  expect(sent.ui_locales, 'the language of the browser').toBe('en');
});

test('a browser in Thai sees the built-in pages and Logto in Thai', async ({
  startBoth,
  ownLogto,
  openBrowser,
  javaScriptEnabled,
}) => {
  const { origin } = await startBoth();
  const page = await openBrowser({ baseURL: origin, locale: 'th-TH', javaScriptEnabled });
  await page.goto('/api/auth/signout');
  await expect(page.locator('html')).toHaveAttribute('lang', 'th');
  await expect(page.getByRole('heading', { name: 'ออกจากระบบ' })).toBeVisible();
  await page.goto('/api/auth/signin');
  await page.getByRole('button', { name: 'ลงชื่อเข้าใช้' }).click();
  await expectLogto(page);
  expect((await authorization(ownLogto)).ui_locales).toBe('th');
});
