import {
  addItem,
  AT_API,
  below,
  BILLING,
  card,
  cardNames,
  expectScopes,
  refreshButton,
  SHOPPING,
  shoppingList,
} from '../page-objects/api-pages.ts';
import { forgetBehind } from '../fixtures/lost-session.ts';
import { expect, test } from '../fixtures/test.ts';
import { change } from '../fixtures/logto-control.ts';
import {
  enterPassword,
  expectError,
  expectName,
  signIn,
  signInButton,
  tryAgainButton,
} from '../page-objects/user.ts';

// Tests that write start their own app, because the shopping list lasts as long as the app runs.

const NOTHING = 'None of the permissions that this site asks for.';
const lacks = (scope: string) =>
  `The shopping API refused. You do not have the permission ${scope}.`;

test('alice sees her permissions at each API', async ({ page }) => {
  await signIn(page, { from: '/resources' });
  expect(await cardNames(page)).toEqual([SHOPPING, BILLING]);
  await expectScopes(card(page, SHOPPING), AT_API, ['read', 'write']);
  await expectScopes(card(page, BILLING), AT_API, ['read:invoices']);
});

test('alice reads her list and adds items', async ({ page, startApp }) => {
  const { origin } = await startApp();
  await signIn(page, { from: `${origin}/resources` });
  await expect(shoppingList(page)).toContainText('Nothing yet.');

  const items = ['Bread', 'Käse & "Wurst"', '<b>ข้าว</b>'];
  for (const [n, item] of items.entries()) {
    await addItem(page, item);
    await expect(shoppingList(page).getByRole('listitem')).toHaveText(items.slice(0, n + 1));
    await expect(page).toHaveURL(`${origin}/resources`);
  }
  await expect(shoppingList(page)).not.toContainText('Nothing yet.');
  await expect(shoppingList(page).getByRole('alert')).toBeHidden();

  await page.reload();
  await expect(shoppingList(page).getByRole('listitem')).toHaveText(items);
});

test('an invalid item is refused, and the list does not change', async ({ page, startApp }) => {
  const { origin } = await startApp();
  await signIn(page, { from: `${origin}/resources` });
  await addItem(page, 'Bread');
  await expect(shoppingList(page).getByRole('listitem')).toHaveText(['Bread']);

  await addItem(page, '   ');
  await expect(shoppingList(page).getByRole('alert')).toHaveText(
    'The shopping API did not accept this item. Use 1 to 80 characters.',
  );
  await expect(shoppingList(page).getByRole('listitem')).toHaveText(['Bread']);
});

test('bob sees which permission he lacks, for reading and for adding', async ({ page }) => {
  await signIn(page, { username: 'bob', from: '/resources' });
  for (const api of [SHOPPING, BILLING]) {
    await expect(below(card(page, api), AT_API)).toHaveText(NOTHING);
  }
  await expect(shoppingList(page).getByRole('alert')).toHaveText([lacks('read')]);

  await addItem(page, 'Bread');
  await expect(shoppingList(page).getByRole('alert')).toHaveText([lacks('read'), lacks('write')]);
  await expect(shoppingList(page)).not.toContainText('Bread');
  await expectName(page, 'bob');
});

test('each user has their own list', async ({ page, openBrowser, startBoth, ownLogto }) => {
  const { origin } = await startBoth();
  await change(ownLogto, 'bob', { roles: ['shopper'] });
  const bob = await openBrowser();
  await signIn(bob, { username: 'bob', from: `${origin}/resources` });
  await signIn(page, { from: `${origin}/resources` });
  await addItem(page, 'Bread of alice');
  await addItem(bob, 'Butter of bob');

  await expect(shoppingList(bob).getByRole('listitem')).toHaveText(['Butter of bob']);
  await page.reload();
  await expect(shoppingList(page).getByRole('listitem')).toHaveText(['Bread of alice']);
});

test('a withdrawn permission is gone after *Refresh from Logto*', async ({
  page,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  await signIn(page, { from: `${origin}/resources` });
  await addItem(page, 'Bread');
  await change(ownLogto, 'alice', { roles: [] });
  await page.goto(`${origin}/organizations`);
  await Promise.all([page.waitForEvent('load'), refreshButton(page).click()]);
  await expect(page).toHaveURL(`${origin}/organizations`);

  await page.goto(`${origin}/resources`);
  await expect(below(card(page, SHOPPING), AT_API)).toHaveText(NOTHING);
  await expect(shoppingList(page).getByRole('alert')).toHaveText([lacks('read')]);
  await expect(shoppingList(page)).not.toContainText('Bread');
});

test('a form sent after the session ended leads to a sign-in and back', async ({
  page,
  startApp,
  javaScriptEnabled,
}) => {
  const { origin } = await startApp();
  await signIn(page, { from: `${origin}/resources` });
  await forgetBehind(page, javaScriptEnabled);

  await addItem(page, 'Bread');
  await expectError(page, 'Your session has ended. Please sign in again.');
  await tryAgainButton(page).click();
  await expectName(page, 'Alice Example');
  await expect(page).toHaveURL(`${origin}/resources`);
  await expect(shoppingList(page)).toContainText('Nothing yet.');
});

test('an API that Logto does not know fails the sign-in', async ({ page, startApp }) => {
  const unknown = 'https://unknown.example.com/api';
  const { origin } = await startApp({ env: { AUTH_LOGTO_RESOURCES: `${SHOPPING} ${unknown}` } });
  await page.goto(`${origin}/resources`);
  await signInButton(page).click();
  const sentence = 'This site does not have access to the requested data.';
  await expectError(page, sentence);
  await tryAgainButton(page).click();
  await expectError(page, sentence);
});

test('if no API is configured, the page says how to', async ({ page, startApp }) => {
  const { origin } = await startApp({ env: { AUTH_LOGTO_RESOURCES: '' } });
  await signIn(page, { from: `${origin}/resources` });
  await expect(page.getByRole('main').getByRole('status')).toHaveText(
    'This site asks for no API. Add one to AUTH_LOGTO_RESOURCES' +
      ' and its permissions to AUTH_LOGTO_SCOPES.',
  );
  await expect(shoppingList(page)).toBeHidden();
});

test('a signed-out user is asked to sign in, and returns', async ({ page }) => {
  const answer = await page.goto('/resources');
  expect(answer?.status()).toBe(200);
  expect(await cardNames(page)).toEqual([]);
  await expect(shoppingList(page)).toBeHidden();
  await signInButton(page).click();
  await enterPassword(page);
  await expectName(page, 'Alice Example');
  await expect(page).toHaveURL('/resources');
});
