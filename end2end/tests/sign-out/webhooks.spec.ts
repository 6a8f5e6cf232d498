// Logto reports by webhook what an administrator has changed. The home page asks
// Logto for nothing: `/profile` notices a suspended user by itself.
import { expect, test } from '../fixtures/test.ts';
import { change, changeApplication } from '../fixtures/logto-control.ts';
import { settle } from '../fixtures/lost-session.ts';
import { claimsTable, expectSignedIn, expectSignedOut, signIn } from '../page-objects/user.ts';

const WEBHOOK = '/api/auth/webhooks/logto';
const KEY = 'a signing key of a webhook';

test('a suspended user is signed out at once, and a reinstated one signs in again', async ({
  page,
  javaScriptEnabled,
  openBrowser,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth({ env: { AUTH_LOGTO_WEBHOOK_KEY: KEY } });
  await changeApplication(ownLogto, { webhook: { uri: `${origin}${WEBHOOK}`, key: KEY } });
  const bob = await openBrowser();
  await signIn(bob, { username: 'bob', from: `${origin}/` });
  await signIn(page, { from: `${origin}/` });
  await settle(page, javaScriptEnabled);
  // ID tokens tell seconds apart: a suspension in the second of a sign-in would end it too.
  await page.waitForTimeout(1_000);

  expect(await change(ownLogto, 'alice', { suspended: true })).toEqual([204]);
  await page.reload();
  await expectSignedOut(page);
  await bob.reload();
  await expectSignedIn(bob);

  expect(await change(ownLogto, 'alice', { suspended: false })).toEqual([204]);
  const again = await openBrowser();
  await signIn(again, { from: `${origin}/` });
});

test('a webhook with another key changes nothing', async ({ page, startBoth, ownLogto }) => {
  const { origin } = await startBoth({ env: { AUTH_LOGTO_WEBHOOK_KEY: KEY } });
  const webhook = { uri: `${origin}${WEBHOOK}`, key: 'the key of another webhook' };
  await changeApplication(ownLogto, { webhook });
  await signIn(page, { from: `${origin}/` });
  expect(await change(ownLogto, 'alice', { suspended: true })).toEqual([400]);
  await page.reload();
  await expectSignedIn(page);
});

test('a changed membership, a role given and a role taken away show after the report', async ({
  page,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth({ env: { AUTH_LOGTO_WEBHOOK_KEY: KEY } });
  await changeApplication(ownLogto, { webhook: { uri: `${origin}${WEBHOOK}`, key: KEY } });
  await signIn(page, { from: `${origin}/` });
  const showsSoon = async (shown: string, gone: string): Promise<void> => {
    // The first page after the report does not wait for the new claims.
    await expect(async () => {
      await page.reload();
      await expect(claimsTable(page)).toContainText(shown, { timeout: 500 });
      await expect(claimsTable(page)).not.toContainText(gone, { timeout: 500 });
    }).toPass({ timeout: 5_000 });
  };

  const organizations = { initech: ['member'] };
  expect(await change(ownLogto, 'alice', { organizations })).toEqual([204, 204, 204]);
  await showsSoon('initech', 'globex');

  // Logto reports no roles. They come with the next report.
  expect(await change(ownLogto, 'alice', { roles: ['accountant'] })).toEqual([]);
  expect(await change(ownLogto, 'alice', { name: 'Alice Changed' })).toEqual([204]);
  await showsSoon('accountant', 'shopper');
  await expectSignedIn(page);
});
