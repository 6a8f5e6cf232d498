import {
  askFor,
  AT_SHOPPING,
  below,
  card,
  cardNames,
  expectScopes,
  IN_ORGANIZATION,
  refreshButton,
  otherOrganization,
} from '../page-objects/api-pages.ts';
import { expect, test } from '../fixtures/test.ts';
import { change } from '../fixtures/logto-control.ts';
import { claims, enterPassword, expectName, rowValue, signIn, signInButton } from '../page-objects/user.ts';

const NOT_A_MEMBER = 'You are not a member of this organization.';
const NONE = 'You are not a member of any organization.';

test('alice sees her organizations and her permissions in each', async ({ page }) => {
  await signIn(page, { from: '/organizations' });

  expect(await cardNames(page)).toEqual(['Acme', 'Globex']);
  const acme = card(page, 'Acme');
  await expect(rowValue(acme, 'ID')).toHaveText('acme');
  await expect(rowValue(acme, 'Your roles')).toHaveText('admin');
  await expect(acme).toContainText('Makes everything a road runner hunter needs.');
  await expectScopes(acme, IN_ORGANIZATION, ['read:members', 'invite:members']);
  await expectScopes(acme, AT_SHOPPING, ['read', 'write']);

  const globex = card(page, 'Globex');
  await expect(rowValue(globex, 'ID')).toHaveText('globex');
  await expect(rowValue(globex, 'Your roles')).toHaveText('member');
  await expectScopes(globex, IN_ORGANIZATION, ['read:members']);
  await expectScopes(globex, AT_SHOPPING, ['read']);

  // Each of the four tokens is valid for an hour.
  const ends = page.getByRole('main').getByText('The token is valid until').locator('time');
  await expect(ends).toHaveCount(4);
  for (const end of await ends.all()) {
    const left = Date.parse((await end.getAttribute('datetime')) ?? '') - Date.now();
    expect(left).toBeGreaterThan(50 * 60_000);
    expect(left).toBeLessThanOrEqual(60 * 60_000);
  }
});

test('bob is a member of no organization', async ({ page }) => {
  await signIn(page, { username: 'bob', from: '/organizations' });
  await expect(page.getByRole('main').getByRole('status')).toHaveText(NONE);
  expect(await cardNames(page)).toEqual([]);
});

test('a user gets tokens only for their own organizations', async ({
  page,
  openBrowser,
}) => {
  await signIn(page, { from: '/organizations' });
  await askFor(page, 'acme');
  await expectScopes(otherOrganization(page), 'In acme', ['read:members', 'invite:members']);

  for (const id of ['initech', 'acme/../globex', '<b>&"']) {
    await askFor(page, id);
    await expect(below(otherOrganization(page), `In ${id}`)).toHaveText(NOT_A_MEMBER);
    // The other organizations are still shown.
    await expectScopes(card(page, 'Acme'), IN_ORGANIZATION, ['read:members', 'invite:members']);
  }

  const bob = await openBrowser();
  await signIn(bob, { username: 'bob', from: '/organizations' });
  await askFor(bob, 'acme');
  await expect(below(otherOrganization(bob), 'In acme')).toHaveText(NOT_A_MEMBER);
});

test('a membership changed at Logto is shown after *Refresh from Logto*', async ({
  page,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  await signIn(page, { from: `${origin}/organizations` });
  await expectScopes(card(page, 'Acme'), IN_ORGANIZATION, ['read:members', 'invite:members']);

  await change(ownLogto, 'alice', { organizations: { acme: ['member'] } });
  await page.goto(`${origin}/`);
  expect((await claims(page)).organization_roles).toBe('["acme:admin","globex:member"]');

  await page.goto(`${origin}/organizations`);
  await refreshButton(page).click();
  await expect(rowValue(card(page, 'Acme'), 'Your roles')).toHaveText('member');
  await expect(page).toHaveURL(`${origin}/organizations`);
  expect(await cardNames(page)).toEqual(['Acme']);
  await expectScopes(card(page, 'Acme'), IN_ORGANIZATION, ['read:members']);
  await expectScopes(card(page, 'Acme'), AT_SHOPPING, ['read']);
  await askFor(page, 'globex');
  await expect(below(otherOrganization(page), 'In globex')).toHaveText(NOT_A_MEMBER);

  await page.goto(`${origin}/`);
  const now = await claims(page);
  expect(now.organizations).toBe('["acme"]');
  expect(now.organization_roles).toBe('["acme:member"]');
});

test('a user who joins an organization sees it', async ({ page, startBoth, ownLogto }) => {
  const { origin } = await startBoth();
  await signIn(page, { username: 'bob', from: `${origin}/organizations` });
  await change(ownLogto, 'bob', { organizations: { globex: ['admin'] } });

  await refreshButton(page).click();
  await expect(rowValue(card(page, 'Globex'), 'Your roles')).toHaveText('admin');
  await expect(page.getByText(NONE)).toBeHidden();
  await expectScopes(card(page, 'Globex'), IN_ORGANIZATION, ['read:members', 'invite:members']);
});

test('of many organizations, the page shows the permissions of some only on request', async ({
  page,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  const ids = ['acme', 'one', 'two', 'three', 'four', 'five', 'six&seven'];
  const organizations = Object.fromEntries(ids.map((id) => [id, ['member']]));
  await change(ownLogto, 'alice', { organizations });
  await signIn(page, { from: `${origin}/organizations` });
  expect(await cardNames(page)).toEqual(['Acme', ...ids.slice(1)]);
  await expectScopes(card(page, 'five'), IN_ORGANIZATION, ['read:members']);

  const last = card(page, 'six&seven');
  await expect(below(last, IN_ORGANIZATION)).toBeHidden();
  await last.getByRole('link', { name: 'Show your permissions' }).click();
  await expectScopes(otherOrganization(page), 'In six&seven', ['read:members']);
});

test('while Logto is down, the page says so and the user stays signed in', async ({
  page,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  await signIn(page, { from: `${origin}/organizations` });
  await ownLogto.logto.stop();

  const answer = await page.reload();
  expect(answer?.status()).toBe(200);
  await expectName(page, 'Alice Example');
  await expect(page.getByRole('main').getByRole('status')).toHaveText(
    'We could not reach the sign-in service. Try again in a minute.',
  );
});

test('if the app does not request organizations, the page says what is missing', async ({
  page,
  startApp,
}) => {
  const { origin } = await startApp({ env: { AUTH_LOGTO_SCOPES: 'email' } });
  await signIn(page, { from: `${origin}/organizations` });
  await expect(page.getByRole('main').getByRole('status')).toContainText(
    'Your sign-in does not include this permission.',
  );
  await askFor(page, 'acme');
  await expect(below(otherOrganization(page), 'In acme')).toContainText(
    'Your sign-in does not include this permission.',
  );
});

test('a signed-out user is asked to sign in, and returns', async ({ page }) => {
  const answer = await page.goto('/organizations');
  expect(answer?.status()).toBe(200);
  expect(await cardNames(page)).toEqual([]);
  await expect(otherOrganization(page)).toBeHidden();
  await signInButton(page).click();
  await enterPassword(page);
  await expectName(page, 'Alice Example');
  await expect(page).toHaveURL('/organizations');
});
