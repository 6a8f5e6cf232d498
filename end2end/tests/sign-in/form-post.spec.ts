// Logto posts its answer to a sign-in from a page of its own. Chromium then leaves the cookies of the
// sign-in away, which are `SameSite=Lax`.
import type { Page } from '@playwright/test';
import { logtoOrigin } from '../../servers/addresses.mjs';
import { pendingSignIn } from '../fixtures/cookies.ts';
import { expect, test } from '../fixtures/test.ts';
import {
  enterPassword,
  expectError,
  expectName,
  expectSignedIn,
  goToLogto,
  signInButton,
  signOut,
  tryAgainButton,
} from '../page-objects/user.ts';

/** Ports are of one site, so the app has another host than Logto. */
const SETTINGS = { host: '127.0.0.1', env: { AUTH_LOGTO_RESPONSE_MODE: 'form_post' } };
const CALLBACK = '/api/auth/callback/logto';

/** Presses *Continue* at Logto and in the app: without JavaScript nothing else sends the forms. */
async function continueWithoutJavaScript(page: Page, isOn: boolean): Promise<void> {
  if (isOn) return;
  for (const text of ['', 'You are being signed in.']) {
    await expect(page.locator('body')).toContainText(text);
    await page.getByRole('button', { name: 'Continue' }).click();
  }
}

test('a sign-in completes through a page of the app', async ({
  startApp,
  openBrowser,
  javaScriptEnabled: isOn,
}) => {
  const { origin } = await startApp(SETTINGS);
  const page = await openBrowser({ baseURL: origin, javaScriptEnabled: isOn });
  const posts: (string | undefined)[] = [];
  page.on('request', async (request) => {
    if (request.method() !== 'POST' || new URL(request.url()).pathname !== CALLBACK) return;
    posts.push((await request.allHeaders()).cookie);
  });
  await goToLogto(page, '/profile');
  expect(new URL(page.url()).origin).toBe(logtoOrigin);
  await enterPassword(page);
  await continueWithoutJavaScript(page, isOn);
  await expectName(page, 'Alice Example');
  await expect(page).toHaveURL('/profile');
  expect(posts.length, 'once from Logto, once from the app').toBe(2);
  expect(posts[0] ?? '').not.toMatch(pendingSignIn);
  expect(posts[1]).toMatch(pendingSignIn);
  const cookies = await page.context().cookies(origin);
  expect(cookies.map(({ sameSite }) => sameSite)).toEqual(cookies.map(() => 'Lax'));

  // The session works, and the next sign-in too, which Logto answers without a page.
  await page.reload();
  await expectName(page, 'Alice Example');
  await page.goto('/');
  await expectSignedIn(page);
  await signOut(page);
  await signInButton(page).click();
  await enterPassword(page, 'bob');
  await continueWithoutJavaScript(page, isOn);
  await expectName(page, 'bob');
});

test('a form that belongs to no sign-in of this browser leads to the error page', async ({
  startApp,
  openBrowser,
  javaScriptEnabled: isOn,
}) => {
  const { origin } = await startApp(SETTINGS);
  const page = await openBrowser({ baseURL: origin, javaScriptEnabled: isOn });
  await page.route('http://evil.test/', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<!DOCTYPE html><title>x</title><form method="post" action="${origin}${CALLBACK}">
        <input name="code" value="stolen"><input name="state" value="x"><button>Go</button></form>`,
    }),
  );
  await page.goto('http://evil.test/');
  await page.getByRole('button', { name: 'Go' }).click();
  if (!isOn) await page.getByRole('button', { name: 'Continue' }).click();
  await expectError(page, 'too long');
  await tryAgainButton(page).click();
  await enterPassword(page);
  await continueWithoutJavaScript(page, isOn);
  await expectName(page, 'Alice Example');
});
