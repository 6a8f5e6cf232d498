import type { Page } from '@playwright/test';
import { logtoOrigin } from '../../servers/addresses.mjs';
import { pendingSignIn } from '../fixtures/cookies.ts';
import { leaveAndForget } from '../fixtures/lost-session.ts';
import { expect, test } from '../fixtures/test.ts';
import {
  claimsTable,
  enterPassword,
  expectLogto,
  expectSignedIn,
  expectSignedOut,
  goToLogto,
  signIn,
  signOut,
  signOutButton,
} from '../page-objects/user.ts';

/** Reloads the tab if JavaScript is off. With JavaScript it notices changes by itself. */
async function look(tab: Page, javaScriptEnabled: boolean | undefined): Promise<void> {
  if (!javaScriptEnabled) await tab.reload();
}

for (const [first, last] of [
  ['older', 'newer'],
  ['newer', 'older'],
] as const) {
  test(`two tabs sign in at once, the ${first} one first`, async ({ context }) => {
    const tabs = { older: await context.newPage(), newer: await context.newPage() };
    await goToLogto(tabs.older, '/?tab=older');
    await goToLogto(tabs.newer, '/?tab=newer');

    await enterPassword(tabs[first]);
    await expectSignedIn(tabs[first]);

    // Logto keeps one sign-in for each browser and shows a page of its own for
    // the other. The app still works.
    await enterPassword(tabs[last]);
    await expect(tabs[last].getByRole('alert')).toContainText('This sign-in is over');
    await tabs[last].goto('/?tab=last');
    await expectSignedIn(tabs[last]);
    await tabs[first].reload();
    await expectSignedIn(tabs[first]);
  });
}

test('three tabs press Sign in at the same moment', async ({ context }) => {
  const start = await context.newPage();
  await signIn(start);
  // The user is signed in at Logto, which now answers without showing a page.
  await leaveAndForget(start);
  const tabs = await Promise.all([0, 1, 2].map(() => context.newPage()));
  await Promise.all(tabs.map((tab, n) => tab.goto(`/?tab=${n}`)));
  // As the button does: a page that has sent a form does not load itself again.
  const submit = () =>
    document.querySelector<HTMLFormElement>('form[action$=sign_in]')?.requestSubmit();
  // A tab may already have left the page or noticed another tab's sign-in.
  await Promise.all(tabs.map((tab) => tab.evaluate(submit).catch(() => {})));

  for (const tab of tabs) {
    // Logto keeps one sign-in for each browser, and may show some tabs a page that says so.
    await expect
      .poll(async () => tab.url().startsWith(logtoOrigin) || (await signOutButton(tab).isVisible()))
      .toBe(true);
  }
  for (const tab of tabs) {
    await tab.goto('/');
    await expectSignedIn(tab);
  }
});

test('signing out in one tab is seen in the other', async ({ context, javaScriptEnabled }) => {
  const [one, other] = [await context.newPage(), await context.newPage()];
  await signIn(one);
  await other.goto('/');
  await expectSignedIn(other);

  await signOut(one);
  await look(other, javaScriptEnabled);
  await expectSignedOut(other);
});

test('signing in in one tab is seen in the other', async ({ context, javaScriptEnabled }) => {
  const [one, other] = [await context.newPage(), await context.newPage()];
  await other.goto('/');
  await expectSignedOut(other);

  await signIn(one);
  await look(other, javaScriptEnabled);
  await expectSignedIn(other);
  await expect(claimsTable(other)).toContainText('alice@example.com');
});

test('a change of user in one tab is seen in the other', async ({ context, javaScriptEnabled }) => {
  const [one, other] = [await context.newPage(), await context.newPage()];
  await signIn(one);
  await other.goto('/profile');
  await expect(other.getByRole('main')).toContainText('Alice Example');

  await signOut(one);
  await signIn(one, { username: 'bob' });
  await look(other, javaScriptEnabled);
  await expect(other.getByRole('main')).toContainText('b0bw4n8t1r5z');
  await expect(other.getByText('Alice Example')).toBeHidden();
});

test('a tab reloads itself only once', { tag: '@JavaScript' }, async ({ context }) => {
  const tabs = await Promise.all([context.newPage(), context.newPage(), context.newPage()]);
  await signIn(tabs[0]);
  for (const tab of tabs.slice(1)) {
    await tab.goto('/');
    await expectSignedIn(tab);
  }
  let loads = 0;
  for (const tab of tabs) tab.on('load', () => (loads += 1));
  await signOut(tabs[0]);
  for (const tab of tabs) await expectSignedOut(tab);
  await tabs[0].waitForTimeout(1_500);
  // The first tab twice, because it passes Logto's page, and each other tab once.
  expect(loads).toBeLessThanOrEqual(4);
});

test('of more parallel sign-ins than allowed, the newest completes', async ({ context }) => {
  const tabs: Page[] = [];
  for (let n = 0; n < 8; n += 1) {
    const tab = await context.newPage();
    await goToLogto(tab, `/?tab=${n}`);
    tabs.push(tab);
  }
  const pending = (await context.cookies()).filter(({ name }) => pendingSignIn.test(name));
  expect(pending.length).toBeLessThanOrEqual(5);
  const newest = tabs[7];
  await expectLogto(newest);
  await enterPassword(newest);
  await expectSignedIn(newest);
  await expect(newest).toHaveURL('/?tab=7');
});
