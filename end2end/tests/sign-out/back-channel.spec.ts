// Logto ends a session and informs the app.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { open } from '../fixtures/open.ts';
import { settle } from '../fixtures/lost-session.ts';
import { changeApplication, endSessions, grants } from '../fixtures/logto-control.ts';
import { expectName, expectSignedIn, expectSignedOut, signIn } from '../page-objects/user.ts';

const BACK_CHANNEL = '/api/auth/backchannel-logout/logto';

async function expectNext(page: Page, state: 'in' | 'out'): Promise<void> {
  await page.reload();
  await (state === 'in' ? expectSignedIn : expectSignedOut)(page);
}

// The logout tokens of Logto 1.37 have no `exp`.
for (const version of ['1.37', '1.42']) {
  test.describe(`Logto ${version}`, () => {
    test.use({ logtoEnv: { LOGTO_VERSION: version } });

    test('a session ended by an administrator is signed out at the next request', async ({
      page,
      openBrowser,
      startBoth,
      ownLogto,
      javaScriptEnabled,
    }) => {
      const { origin } = await startBoth();
      await changeApplication(ownLogto, { backchannelUri: `${origin}${BACK_CHANNEL}` });
      const [bob, other] = [await openBrowser(), await openBrowser()];
      await signIn(bob, { username: 'bob', from: `${origin}/profile` });
      await signIn(other, { from: `${origin}/` });
      await signIn(page, { from: `${origin}/profile` });
      await settle(page, javaScriptEnabled);
      const copies = (await page.context().cookies()).filter(({ name }) => name.includes('authjs'));

      // One answer for each of her browsers.
      expect(await endSessions(ownLogto, 'alice')).toEqual([200, 200]);
      await expectNext(page, 'out');
      await expect(page.getByRole('main')).not.toContainText('alice@example.com');
      await expectNext(other, 'out');
      await expectNext(bob, 'in');
      expect(await grants(ownLogto)).toMatchObject({ backchannel: { delivered: 2, failed: 0 } });

      await page.context().addCookies(copies);
      await expectNext(page, 'out');
      // The refresh tokens are revoked too.
      await expect.poll(async () => (await grants(ownLogto)).revocation).toBe(2);

      await signIn(page, { from: `${origin}/profile` });
      await expectNext(page, 'in');
    });
  });
}

test('the sign-out of one browser at Logto leaves the other signed in', async ({
  page,
  openBrowser,
  startApp,
  startBoth,
  ownLogto,
  javaScriptEnabled,
}) => {
  // The user signs out of one app, and Logto informs the other.
  const informed = await startBoth();
  await changeApplication(ownLogto, { backchannelUri: `${informed.origin}${BACK_CHANNEL}` });
  const left = await startApp({ issuer: `${ownLogto.origin}/oidc` });
  const other = await openBrowser();
  await signIn(other, { from: `${informed.origin}/profile` });
  await signIn(page, { from: `${left.origin}/` });
  const tab = await page.context().newPage();
  await goToLogtoSilently(tab, informed.origin);
  await settle(tab, javaScriptEnabled);

  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  const proceed = page.getByRole('button', { name: 'Continue' });
  await expect(proceed.or(page.getByRole('button', { name: 'Sign up' }))).toBeVisible();
  if (await proceed.isVisible()) await proceed.click();
  await expectSignedOut(page);

  await expectNext(tab, 'out');
  await expectNext(other, 'in');
});

/** Signs in while already signed in at Logto, which then shows no page. */
async function goToLogtoSilently(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/profile`);
  await page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true }).click();
  await expectName(page, 'Alice Example');
}

test(
  'a page signs itself out when it comes to the front',
  { tag: '@JavaScript' },
  async ({ page, startBoth, ownLogto }) => {
    const { origin } = await startBoth();
    await changeApplication(ownLogto, { backchannelUri: `${origin}${BACK_CHANNEL}` });
    await signIn(page, { from: `${origin}/profile` });
    await open(page, `${origin}/profile`);
    expect(await endSessions(ownLogto, 'alice')).toEqual([200]);

    // In a headless browser no tab is ever in the background, so send the event.
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await expectSignedOut(page);
  },
);
