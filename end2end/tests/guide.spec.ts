// Logto's guide for Auth.js from the section *Display user information* on: one test for each
// section, with its name. All other tests cover the sections before it.
import {
  askFor,
  AT_API,
  AT_SHOPPING,
  below,
  card,
  expectScopes,
  IN_ORGANIZATION,
  otherOrganization,
  SHOPPING,
  shoppingList,
} from './page-objects/api-pages.ts';
import { expect, test } from './fixtures/test.ts';
import { authorization, change, fail, grants } from './fixtures/logto-control.ts';
import { type ClaimRow, claimRows } from './page-objects/profile-page.ts';
import {
  accessToken,
  claims,
  claimsTable,
  expectSignedIn,
  expectSignedOut,
  signIn,
  signInButton,
  validUntil,
} from './page-objects/user.ts';

test('8. Display user information', async ({ page }) => {
  await page.goto('/');
  await expectSignedOut(page);
  await signIn(page);
  await expect(claimsTable(page).getByRole('columnheader')).toHaveText(['Name', 'Value']);
  expect(await claims(page)).toMatchObject({
    sub: 'a1icek2m9qx7',
    name: 'Alice Example',
    email: 'alice@example.com',
    picture: 'null',
  });
});

test('9. Request more claims', async ({ page, startApp, startBoth, ownLogto, openBrowser }) => {
  const withScopes = (AUTH_LOGTO_SCOPES: string) => ({
    env: { AUTH_LOGTO_SCOPES, AUTH_LOGTO_RESOURCES: '' },
  });
  // The default is `email`, as in the guide.
  const usual = await startBoth(withScopes(''));
  await signIn(page, { from: `${usual.origin}/` });
  const asked = (await authorization(ownLogto)).scope;
  expect(String(asked).split(' ').sort()).toEqual(['email', 'offline_access', 'openid', 'profile']);
  const few = await claims(page);
  expect(few).toMatchObject({ email: 'alice@example.com', email_verified: 'true' });
  expect(few).not.toHaveProperty('phone_number');
  expect(few).not.toHaveProperty('roles');

  const issuer = `${ownLogto.origin}/oidc`;
  const more = await startApp({ ...withScopes('phone roles no:such:scope'), issuer });
  const other = await openBrowser();
  await signIn(other, { from: `${more.origin}/` });
  expect(String((await authorization(ownLogto)).scope).split(' ').sort()).toEqual([
    'no:such:scope',
    'offline_access',
    'openid',
    'phone',
    'profile',
    'roles',
  ]);
  const many = await claims(other);
  expect(many).toMatchObject({ phone_number: '12025550143', roles: '["shopper"]' });
  expect(many).not.toHaveProperty('email');
});

test('10. Claims that need a network request', async ({ page, startBoth, ownLogto }) => {
  const { origin } = await startBoth();
  await signIn(page, { from: `${origin}/` });
  expect(await claims(page)).not.toHaveProperty('custom_data');
  expect(await grants(ownLogto)).toMatchObject({ me: 0 });

  await page.goto(`${origin}/profile`);
  const plan = (await claimRows(page)).custom_data;
  expect(plan).toMatchObject({ idToken: undefined, userInfo: '{"plan":"pro"}' });
  expect(await grants(ownLogto)).toMatchObject({ me: 1 });

  await change(ownLogto, 'alice', { customData: { plan: 'free' } });
  await page.reload();
  expect((await claimRows(page)).custom_data.userInfo).toBe('{"plan":"free"}');

  // "Don't forget to handle errors."
  await fail(ownLogto, { endpoint: 'me', status: 500 });
  expect((await page.reload())?.status()).toBe(200);
  await expect(page.getByRole('status')).toHaveText(
    'Userinfo: We could not reach the sign-in service. Try again in a minute.',
  );
  await expectSignedIn(page);
});

test.describe('with access tokens that end soon', () => {
  const LIFETIME = 6;
  test.use({ logtoEnv: { LOGTO_ACCESS_TOKEN_TTL: String(LIFETIME) } });

  test('11. Access token refresh', async ({ page, startBoth, ownLogto }) => {
    const { origin } = await startBoth();
    await signIn(page, { from: `${origin}/profile` });
    await expect(accessToken(page)).toContainText('which refreshes it when it expires');
    const before = await validUntil(page);
    await page.waitForTimeout(Math.max(before - Date.now(), 0) + 100);

    await page.reload();
    expect(await validUntil(page)).toBeGreaterThan(Date.now());
    expect((await claimRows(page)).custom_data.userInfo).toBe('{"plan":"pro"}');
    expect(await grants(ownLogto)).toMatchObject({ refresh_token: 1, errors: {} });
  });
});

/** How the page shows values of the guide's types. */
const TYPES: Record<string, RegExp> = {
  string: /^[^[{]+$/,
  boolean: /^(true|false)$/,
  milliseconds: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/,
  object: /^\{.*\}$/,
  array: /^\[.*\]$/,
};
const ORGANIZATIONS = 'urn:logto:scope:organizations';
const ORGANIZATION_ROLES = 'urn:logto:scope:organization_roles';
/** The rows of the guide's table: scope, claim, type, and whether it needs userinfo. */
const GUIDE: [scope: string, claim: string, type: string, needsUserInfo?: true][] = [
  ['openid', 'sub', 'string'],
  ['profile', 'name', 'string'],
  ['profile', 'username', 'string'],
  ['profile', 'picture', 'string'],
  ['profile', 'created_at', 'milliseconds'],
  ['profile', 'updated_at', 'milliseconds'],
  ['profile', 'family_name', 'string'],
  ['profile', 'given_name', 'string'],
  ['profile', 'middle_name', 'string'],
  ['profile', 'nickname', 'string'],
  ['profile', 'preferred_username', 'string'],
  ['profile', 'profile', 'string'],
  ['profile', 'website', 'string'],
  ['profile', 'gender', 'string'],
  ['profile', 'birthdate', 'string'],
  ['profile', 'zoneinfo', 'string'],
  ['profile', 'locale', 'string'],
  ['email', 'email', 'string'],
  ['email', 'email_verified', 'boolean'],
  ['phone', 'phone_number', 'string'],
  ['phone', 'phone_number_verified', 'boolean'],
  ['address', 'address', 'object'],
  ['custom_data', 'custom_data', 'object', true],
  ['identities', 'identities', 'object', true],
  ['identities', 'sso_identities', 'array', true],
  ['roles', 'roles', 'array'],
  [ORGANIZATIONS, 'organizations', 'array'],
  [ORGANIZATIONS, 'organization_data', 'array', true],
  [ORGANIZATION_ROLES, 'organization_roles', 'array'],
];
/** Claims that are null if Logto has no value; the other claims of `profile` are absent then. */
const NULLABLE = ['name', 'picture', 'email', 'phone_number'];
const ABSENT = GUIDE.map(([, claim]) => claim).slice(6, 17).concat('address');

test('12. Scopes and claims', async ({ page, openBrowser, startBoth, ownLogto }) => {
  const { origin } = await startBoth();
  // All data that Logto can have about a user.
  const profile = {
    familyName: 'Example',
    givenName: 'Alice',
    middleName: 'B.',
    nickname: 'Al',
    preferredUsername: 'al',
    profile: 'https://people.example/alice',
    website: 'https://alice.example',
    gender: 'female',
    birthdate: '0000-12-24',
    zoneinfo: 'Europe/London',
    locale: 'en-GB',
    address: { streetAddress: '1 Example Street', locality: 'London', postalCode: 'N1 9GU' },
  };
  await change(ownLogto, 'alice', { profile, picture: `${origin}/favicon.svg` });
  const now = Date.now();
  await signIn(page, { from: `${origin}/profile` });
  const rows = await claimRows(page);
  expect(Object.keys(rows).sort()).toEqual(GUIDE.map(([, claim]) => claim).sort());
  for (const [scope, claim, type, needsUserInfo = false] of GUIDE) {
    await test.step(`${scope}: ${claim}, ${type}`, () => {
      const row: ClaimRow = rows[claim];
      expect(row).toMatchObject({ scope, userInfoOnly: needsUserInfo });
      expect(row.userInfo).toMatch(TYPES[type]);
      if (needsUserInfo) expect(row.idToken).toBeUndefined();
      else expect(row.idToken).toBe(row.userInfo);
      expect(row).not.toHaveProperty('hint');
    });
  }
  expect(rows).toMatchObject({
    created_at: { userInfo: '2025-01-01T00:00:00.123Z' },
    birthdate: { userInfo: '0000-12-24' },
    organizations: { userInfo: '["acme","globex"]' },
    organization_roles: { userInfo: '["acme:admin","globex:member"]' },
  });
  expect(JSON.parse(rows.address.userInfo ?? '')).toEqual(profile.address);
  // Recent, and not in 1970 or the year 57000, as if milliseconds were mistaken for seconds.
  expect(Math.abs(Date.parse(rows.updated_at.userInfo ?? '') - now)).toBeLessThan(30_000);

  const bob = await openBrowser();
  await signIn(bob, { username: 'bob', from: `${origin}/profile` });
  const ofBob = await claimRows(bob);
  const claimsThat = (are: null | undefined) =>
    GUIDE.map(([, claim]) => claim).filter((claim) => ofBob[claim].userInfo === are);
  expect(claimsThat(null).sort()).toEqual([...NULLABLE].sort());
  expect(claimsThat(undefined).sort()).toEqual([...ABSENT].sort());
});

test('13. API resources', async ({ page, startBoth, ownLogto }) => {
  const { origin } = await startBoth({
    env: {
      AUTH_LOGTO_RESOURCES: SHOPPING,
      // Scopes that the API does not have are ignored.
      AUTH_LOGTO_SCOPES: 'email read write no:such:scope',
    },
  });
  await signIn(page, { from: `${origin}/resources` });
  // A refresh token requires these.
  expect(await authorization(ownLogto)).toMatchObject({
    prompt: 'consent',
    resource: SHOPPING,
    scope: expect.stringContaining('offline_access'),
  });
  await expectScopes(card(page, SHOPPING), AT_API, ['read', 'write']);
  await expect(shoppingList(page)).toContainText('Nothing yet.');
  // The sign-in returns a token for userinfo; the API's token is requested with the refresh token.
  expect(await grants(ownLogto)).toMatchObject({
    authorization_code: 1,
    refresh_token: 1,
    authentication: { client_secret_basic: 2 },
    errors: {},
  });
  await page.reload();
  expect(await grants(ownLogto), 'the token is kept').toMatchObject({ refresh_token: 1 });
});

test('14. Organization tokens', async ({ page, startApp, startBoth, ownLogto, openBrowser }) => {
  const { origin } = await startBoth();
  await signIn(page, { from: `${origin}/organizations` });
  expect(await authorization(ownLogto)).toMatchObject({
    scope: expect.stringContaining(ORGANIZATIONS),
    resource: expect.arrayContaining(['urn:logto:resource:organizations']),
  });
  await expectScopes(card(page, 'Acme'), IN_ORGANIZATION, ['read:members', 'invite:members']);
  await expectScopes(card(page, 'Acme'), AT_SHOPPING, ['read', 'write']);
  await expectScopes(card(page, 'Globex'), IN_ORGANIZATION, ['read:members']);
  await expectScopes(card(page, 'Globex'), AT_SHOPPING, ['read']);
  await askFor(page, 'initech');
  await expect(below(otherOrganization(page), 'In initech')).toHaveText(
    'You are not a member of this organization.',
  );

  // Without the scope there are no organization tokens.
  const without = await startApp({
    issuer: `${ownLogto.origin}/oidc`,
    env: { AUTH_LOGTO_SCOPES: 'email' },
  });
  const other = await openBrowser();
  await signIn(other, { from: `${without.origin}/organizations` });
  await expect(signInButton(other)).toBeHidden();
  await askFor(other, 'acme');
  await expect(below(otherOrganization(other), 'In acme')).toContainText(
    'Your sign-in does not include this permission.',
  );
});
