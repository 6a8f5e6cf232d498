import { appPort } from '../../servers/addresses.mjs';
import { holdsToken } from '../fixtures/browser-watch.ts';
import { expect, test } from '../fixtures/test.ts';
import { claimsTable, expectSignedIn, expectSignedOut, goToLogto, signIn } from '../page-objects/user.ts';

const DAY = 24 * 60 * 60;

test('a reload keeps the session', async ({ page }) => {
  await signIn(page);
  await page.reload();
  await expectSignedIn(page);
  await page.goto('/profile');
  await expectSignedIn(page);
});

test('a restart of the server keeps the session', async ({ page, startApp }) => {
  const { app, origin } = await startApp();
  await signIn(page, { from: `${origin}/` });
  // An open page may fetch its session while the server is stopped.
  await page.goto('about:blank');

  const asked = Date.now();
  expect(await app.stop(), 'exit code after SIGTERM').toBe(0);
  expect(Date.now() - asked, 'milliseconds to stop').toBeLessThan(3_000);

  await app.start();
  await page.goto(`${origin}/`);
  await expectSignedIn(page);
  await expect(claimsTable(page)).toContainText('alice@example.com');
});

test('a restart of the server keeps a sign-in in progress', async ({ page, startApp }) => {
  const { app, origin } = await startApp();
  await goToLogto(page, `${origin}/profile`);
  await app.stop();
  await app.start();
  await page.getByLabel('Username').fill('alice');
  await page.getByLabel('Password').fill('password');
  await page.keyboard.press('Enter');
  await expectSignedIn(page);
  await expect(page).toHaveURL(`${origin}/profile`);
});

test("the browser keeps one cookie of the app's, which no script can read", async ({
  page,
  context,
  baseURL,
}) => {
  await signIn(page);

  const ours = (await context.cookies(baseURL)).filter(({ name }) => name.includes('authjs'));
  expect(ours).toEqual([
    expect.objectContaining({
      name: `authjs.${appPort}.session-token`,
      domain: 'localhost',
      path: '/',
      httpOnly: true,
      sameSite: 'Lax',
      secure: false,
    }),
  ]);
  const [session] = ours;
  expect(session.expires - Date.now() / 1000).toBeGreaterThan(29 * DAY);
  expect(holdsToken(session.value)).toBe(false);
  expect(await page.evaluate(() => document.cookie)).not.toContain('authjs');
});

test('no token is in a page or stored by the browser', async ({ page, context }) => {
  await goToLogto(page);
  const during = await context.cookies();
  await page.getByLabel('Username').fill('alice');
  await page.getByLabel('Password').fill('password');
  await page.keyboard.press('Enter');
  await expectSignedIn(page);

  const pages = ['/profile', '/organizations', '/resources', '/sessions', '/sign-in'];
  for (const address of ['/', ...pages]) {
    await page.goto(address);
    const stored = await page.evaluate(async () => ({
      local: { ...localStorage },
      session: { ...sessionStorage },
      databases: (await indexedDB.databases()).map(({ name }) => name),
      caches: await caches.keys(),
    }));
    expect(stored, `stored by ${address}`).toEqual({
      local: {},
      session: {},
      databases: [],
      caches: [],
    });
    expect(holdsToken(await page.content()), `HTML of ${address}`).toBe(false);
  }
  for (const { name, value } of [...during, ...(await context.cookies())]) {
    expect(holdsToken(value), `cookie ${name}`).toBe(false);
  }
});

test("Logto's cookies on the same host are ignored", async ({ page, context, baseURL }) => {
  await signIn(page);
  const logtos = (await context.cookies(baseURL)).find(({ name }) => name === '_logto');
  expect(logtos?.value, "Logto's raw JSON reaches the app").toContain('{"appId":"leptos-app"');

  await page.reload();
  await expectSignedIn(page);
});

test('an invalid session cookie counts as signed out', async ({ page, context, baseURL }) => {
  await context.addCookies([
    { name: `authjs.${appPort}.session-token`, value: 'invented', url: baseURL, httpOnly: true },
  ]);
  await page.goto('/');
  await expectSignedOut(page);
  await signIn(page);
});
