import { expect, test } from '../fixtures/test.ts';
import { signOutHereButton } from '../page-objects/profile-page.ts';
import {
  claimsTable,
  enterPassword,
  expectName,
  expectSignedIn,
  expectSignedOut,
  goToLogto,
  signIn,
  signInButton,
  signOut,
  signOutButton,
} from '../page-objects/user.ts';

test('after a sign-out Logto asks for the password again', async ({ page, context, baseURL }) => {
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

test('a copy of the session cookie does not work after signing out', async ({
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

test('the built-in sign-out page asks for confirmation', async ({ page }) => {
  await signIn(page);
  await page.goto('/api/auth/signout');
  await page.goto('/');
  await expectSignedIn(page);

  await page.goto('/api/auth/signout');
  await signOut(page);
});

test('the built-in sign-out page redirects to callbackUrl', async ({ page }) => {
  await signIn(page);
  await page.goto('/api/auth/signout?callbackUrl=%2Fsessions%3Fa%3D1');
  await signOut(page);
  await expect(page).toHaveURL('/sessions?a=1');
});

test('signing out of this app only keeps the session at Logto', async ({ page, context }) => {
  await signIn(page, { from: '/profile' });
  const copies = (await context.cookies()).filter(({ name }) => name.includes('authjs'));
  await signOutHereButton(page).click();
  await expectSignedOut(page);
  await expect(page).toHaveURL('/');
  expect((await context.cookies()).filter(({ name }) => name.includes('authjs'))).toEqual([]);
  await context.addCookies(copies);
  await page.reload();
  await expectSignedOut(page);

  // No password is asked for.
  await signInButton(page).click();
  await expectName(page, 'Alice Example');
});

test('signing out of this app only works while Logto is down', async ({
  page,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  await signIn(page, { from: `${origin}/profile` });
  await ownLogto.logto.stop();

  // The profile cannot load userinfo, but it has the button.
  await page.reload();
  await signOutHereButton(page).click();
  await expectSignedOut(page);
  await expect(page).toHaveURL(`${origin}/`);
});

test('on return from Logto the state is checked and removed from the address', async ({
  page,
}) => {
  await signIn(page, { from: '/profile' });
  const back = page.waitForRequest((request) => {
    const { pathname, searchParams } = new URL(request.url());
    return pathname === '/' && searchParams.has('state');
  });
  const left = page.waitForRequest((request) => request.url().includes('/oidc/session/end?'));
  await signOut(page);

  const { searchParams: asked } = new URL((await left).url());
  expect([...asked.keys()].sort()).toEqual(['client_id', 'post_logout_redirect_uri', 'state']);
  const { searchParams: answered } = new URL((await back).url());
  expect(answered.get('state')).toBe(asked.get('state'));
  expect(answered.get('state')?.length).toBeGreaterThanOrEqual(22);
  await expect(page).toHaveURL('/');
  const ours = (await page.context().cookies()).filter(({ name }) => name.includes('authjs'));
  expect(ours).toEqual([]);
});

test('a state that belongs to no sign-out is ignored', async ({ page }) => {
  await signIn(page);
  await page.goto('/?state=invented');
  await expectSignedIn(page);
});

test('from sign-in to sign-out, no address contains a token', async ({ page }) => {
  const addresses: URL[] = [];
  page.on('request', (request) => addresses.push(new URL(request.url())));
  await signIn(page, { from: '/profile' });
  await signOut(page);

  const queryOf = (pathname: string) => {
    const found = addresses.filter((address) => address.pathname === pathname);
    expect(found, pathname).toHaveLength(1);
    return [...new Set(found[0].searchParams.keys())].sort();
  };
  expect(queryOf('/oidc/auth')).toEqual([
    'client_id',
    'code_challenge',
    'code_challenge_method',
    'nonce',
    'prompt',
    'redirect_uri',
    'resource',
    'response_type',
    'scope',
    'state',
    'ui_locales',
  ]);
  expect(queryOf('/api/auth/callback/logto')).toEqual(['code', 'iss', 'state']);
  expect(queryOf('/oidc/session/end')).toEqual([
    'client_id',
    'post_logout_redirect_uri',
    'state',
  ]);
  for (const { href } of addresses) {
    expect(href).not.toMatch(/id_token|access_token|refresh_token|eyJ/);
  }
});
