import { expect, test } from '../fixtures/test.ts';
import { change, fail, grants } from '../fixtures/logto-control.ts';
import { settle } from '../fixtures/lost-session.ts';
import { claimRows, claimSources } from '../page-objects/profile-page.ts';
import { expectSignedIn, expectSignedOut, signIn } from '../page-objects/user.ts';

const USERINFO_ONLY = ['custom_data', 'identities', 'sso_identities', 'organization_data'];
/** Claims that Logto leaves out if it has no value. */
const LEFT_OUT = [
  'middle_name',
  'nickname',
  'preferred_username',
  'profile',
  'website',
  'gender',
  'birthdate',
  'zoneinfo',
];
const NONE = 'Requested, but Logto has no value.';

test('alice sees each claim in the ID token next to the one from userinfo', async ({ page }) => {
  await signIn(page, { from: '/profile' });
  const rows = await claimRows(page);

  const both = {
    sub: 'a1icek2m9qx7',
    name: 'Alice Example',
    username: 'alice',
    picture: null,
    created_at: '2025-01-01T00:00:00.123Z',
    updated_at: '2025-06-01T00:00:00.456Z',
    family_name: 'Example',
    given_name: 'Alice',
    locale: 'en-GB',
    email: 'alice@example.com',
    email_verified: 'true',
    phone_number: '12025550143',
    phone_number_verified: 'true',
    roles: '["shopper"]',
    organizations: '["acme","globex"]',
    organization_roles: '["acme:admin","globex:member"]',
  };
  for (const [name, value] of Object.entries(both)) {
    expect(rows[name], name).toMatchObject({ idToken: value, userInfo: value });
    expect(rows[name], name).not.toHaveProperty('hint');
  }
  expect(rows.address.idToken).toBe(rows.address.userInfo);
  expect(JSON.parse(rows.address.idToken ?? '')).toMatchObject({ locality: 'London' });
  for (const name of LEFT_OUT) {
    const nowhere = { idToken: undefined, userInfo: undefined, hint: NONE };
    expect(rows[name], name).toMatchObject(nowhere);
  }
  // The protocol's own claims are not shown.
  const named = [...Object.keys(both), ...LEFT_OUT, ...USERINFO_ONLY, 'address'];
  expect(Object.keys(rows).sort()).toEqual(named.sort());
});

test("the profile shows the row that the example's own code keeps", async ({ page, startApp }) => {
  const app = await startApp();
  const row = page.locator('dl > div').filter({ hasText: 'Sign-ins here' });
  const times = row.getByRole('definition');
  const session = page.getByRole('definition').filter({ hasText: /^began with sign-in/ });
  for (const number of [1, 2]) {
    // The page that is left would load itself again.
    await page.goto('about:blank');
    await page.context().clearCookies();
    await signIn(page, { from: `${app.origin}/profile` });
    await expect(times).toHaveText(`${number}`);
    await expect(session).toHaveText(`began with sign-in ${number}`);
  }
});

test('claims that can be large come only from userinfo', async ({ page }) => {
  await signIn(page, { from: '/profile' });
  const rows = await claimRows(page);

  const google = {
    userId: '109876543210987654321',
    details: {
      id: '109876543210987654321',
      name: 'Alice Example',
      email: 'alice@gmail.example',
    },
  };
  const acme = {
    issuer: 'https://login.acme.example',
    identityId: 'alice@acme.example',
    detail: { email: 'alice@acme.example', name: 'Alice Example' },
  };
  const expected: Record<string, unknown> = {
    custom_data: { plan: 'pro' },
    identities: { google },
    sso_identities: [acme],
    organization_data: [
      { id: 'acme', name: 'Acme', description: 'Makes everything a road runner hunter needs.' },
      { id: 'globex', name: 'Globex', description: null },
    ],
  };
  for (const name of USERINFO_ONLY) {
    expect(rows[name], name).toMatchObject({ idToken: undefined, userInfoOnly: true });
    expect(JSON.parse(rows[name].userInfo ?? ''), name).toEqual(expected[name]);
  }
  const others = Object.entries(rows).filter(([, { userInfoOnly }]) => userInfoOnly);
  expect(others.map(([name]) => name).sort()).toEqual([...USERINFO_ONLY].sort());
});

test('bob has only a username: other claims are null or absent', async ({ page }) => {
  await signIn(page, { username: 'bob', from: '/profile' });
  await expect(page.getByRole('main')).toContainText('b0bw4n8t1r5z');
  const rows = await claimRows(page);

  for (const name of ['name', 'picture', 'email', 'phone_number']) {
    expect(rows[name], name).toMatchObject({ idToken: null, userInfo: null });
    expect(rows[name], name).not.toHaveProperty('hint');
  }
  for (const name of ['roles', 'organizations', 'organization_roles']) {
    expect(rows[name], name).toMatchObject({ idToken: '[]', userInfo: '[]' });
  }
  for (const [name, value] of Object.entries({
    custom_data: '{}',
    identities: '{}',
    sso_identities: '[]',
    organization_data: '[]',
  })) {
    expect(rows[name], name).toMatchObject({ idToken: undefined, userInfo: value });
  }
  for (const name of [...LEFT_OUT, 'family_name', 'given_name', 'locale', 'address']) {
    const nowhere = { idToken: undefined, userInfo: undefined, hint: NONE };
    expect(rows[name], name).toMatchObject(nowhere);
  }
});

test('for a claim that is not requested, the page says what to add', async ({ page, startApp }) => {
  const { origin } = await startApp({ env: { AUTH_LOGTO_SCOPES: 'email' } });
  await signIn(page, { from: `${origin}/profile` });
  const rows = await claimRows(page);

  for (const [name, scope] of Object.entries({
    phone_number: 'phone',
    phone_number_verified: 'phone',
    address: 'address',
    custom_data: 'custom_data',
    identities: 'identities',
    sso_identities: 'identities',
    roles: 'roles',
    organizations: 'urn:logto:scope:organizations',
    organization_data: 'urn:logto:scope:organizations',
    organization_roles: 'urn:logto:scope:organization_roles',
  })) {
    expect(rows[name], name).toMatchObject({
      idToken: undefined,
      userInfo: undefined,
      scope,
      hint: `Add ${scope} to AUTH_LOGTO_SCOPES.`,
    });
  }
  expect(rows.email).toMatchObject({ idToken: 'alice@example.com', scope: 'email' });
  expect(rows.nickname).toMatchObject({ scope: 'profile', hint: NONE });
});

test('userinfo shows changes since the sign-in, the ID token does not', async ({
  page,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  await signIn(page, { from: `${origin}/profile` });
  await change(ownLogto, 'alice', { picture: 'https://pictures.example/alice.png' });

  await page.reload();
  const rows = await claimRows(page);
  expect(rows.picture).toMatchObject({
    idToken: null,
    userInfo: 'https://pictures.example/alice.png',
  });
});

test('while userinfo does not answer, the page shows the ID token', async ({
  page,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  await signIn(page, { from: `${origin}/profile` });
  await fail(ownLogto, { endpoint: 'me', status: 503 });

  const answer = await page.reload();
  expect(answer?.status()).toBe(200);
  await expectSignedIn(page);
  await expect(page.getByRole('status')).toHaveText(
    'Userinfo: We could not reach the sign-in service. Try again in a minute.',
  );
  const rows = await claimRows(page);
  expect(rows.email).toMatchObject({ idToken: 'alice@example.com', userInfo: undefined });
  // Nobody knows what Logto would have said.
  expect(rows.nickname).not.toHaveProperty('hint');

  await page.reload();
  expect((await claimRows(page)).email).toMatchObject({ userInfo: 'alice@example.com' });
});

test('a wrong answer of userinfo is not said to be a failed sign-in', async ({
  page,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  await signIn(page, { from: `${origin}/profile` });
  await fail(ownLogto, { endpoint: 'me', status: 400 });

  await page.reload();
  await expectSignedIn(page);
  await expect(page.getByRole('status')).toHaveText(
    'Userinfo: The sign-in service did not give us this data. Try again in a minute.',
  );
  await expect(page.getByRole('main')).not.toContainText('could not sign you in');
});

test('a suspended user is signed out at the next visit to the profile', async ({
  page,
  javaScriptEnabled,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  await signIn(page, { from: `${origin}/profile` });
  await settle(page, javaScriptEnabled);
  await change(ownLogto, 'alice', { suspended: true });

  // The access token has not expired, but userinfo refuses it.
  const answer = await page.reload();
  expect(answer?.status()).toBe(200);
  await expectSignedOut(page);
  await expect(claimSources(page)).toBeHidden();
  await expect(page.getByRole('main')).not.toContainText('alice@example.com');
  expect(await grants(ownLogto)).toMatchObject({ errors: { refresh_token: 1 } });
});

test('a signed-out user sees no claims', async ({ page }) => {
  const answer = await page.goto('/profile');
  expect(answer?.status()).toBe(200);
  await expectSignedOut(page);
  await expect(claimSources(page)).toBeHidden();
});
