// Guards by every door. `/protected` is for signed-in users, `/protected/shop` for shoppers.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { enterPassword, expectLogto } from '../page-objects/user.ts';
import { countLoads, follow, open, signIn, signInButton, signOutElsewhere, who } from './pages.ts';

const SECRET = 'Only signed-in users see this.';
const SHOP = 'Only shoppers see this.';
const FORBIDDEN = 'You do not have permission to see this page.';
const ENDED = 'Your session has ended. Please sign in again.';

/** Expects the page that asks for a sign-in, and signs in. */
async function signInHere(page: Page, username = 'alice'): Promise<void> {
  await expect(page).toHaveURL(/\/api\/auth\/signin\?/);
  await signInButton(page).click();
  await expectLogto(page);
  await enterPassword(page, username);
}

/** Opens the page with the form, and ends the session behind its back. */
async function openForm(page: Page, address: string): Promise<void> {
  await signIn(page);
  await page.goto(address);
  await page.waitForLoadState('networkidle');
  await signOutElsewhere(page);
  await page.getByLabel('An item').fill('tea');
}

for (const [address, text] of [
  ['/protected?from=mail&c=%26%3D', SECRET],
  ['/protected/shop?page=2', SHOP],
] as const) {
  test(`a direct visit to ${address} signs in and returns to the very page`, async ({ page }) => {
    const bodies: Promise<string>[] = [];
    page.on('response', (response) => {
      if (response.url().includes('/protected') && response.status() === 200) bodies.push(response.text());
    });
    await page.goto(address);
    await expect(page.getByText(text)).toBeHidden();
    expect(bodies, 'pages sent').toHaveLength(0);
    await signInHere(page);
    await expect(page.getByText(text)).toBeVisible();
    await expect(page).toHaveURL(address);
  });
}

test('a link to a guarded page signs in and returns to it, and Back leads before it', async ({
  page,
  javaScriptEnabled,
}) => {
  if (javaScriptEnabled === false) await page.goto('/profile');
  else await open(page, '/profile');
  await page.getByRole('link', { name: 'Protected' }).click();
  await expect(page).toHaveURL('/api/auth/signin?callbackUrl=%2Fprotected');
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Profile', level: 1 })).toBeVisible();
  await page.goForward();
  await signInHere(page);
  await expect(page.getByText(SECRET)).toBeVisible();
  await expect(page).toHaveURL('/protected');
});

test('a link keeps the query of the page', { tag: '@JavaScript' }, async ({ page }) => {
  await open(page, '/');
  const loads = countLoads(page);
  // The router follows every link of the page.
  await page.evaluate(() => {
    const link = document.createElement('a');
    link.href = '/protected?a=b%26&c=%2F#part';
    link.textContent = 'with a query';
    document.querySelector('nav')?.append(link);
  });
  await page.getByRole('link', { name: 'with a query' }).click();
  await signInHere(page);
  await expect(page.getByText(SECRET)).toBeVisible();
  await expect(page).toHaveURL(/\/protected\?a=b%26&c=%2F/);
  expect(loads(), 'pages loaded').toBeGreaterThan(0);
});

test('a user without the role gets a 403 page', async ({ page }) => {
  await signIn(page, { username: 'bob' });
  const answer = await page.goto('/protected/shop?page=2');
  expect(answer?.status()).toBe(403);
  await expect(page.getByText(FORBIDDEN)).toBeVisible();
  await expect(page.getByText(SHOP)).toBeHidden();
  await expect(page).toHaveURL('/protected/shop?page=2');
  await page.getByRole('link', { name: 'Back to the home page' }).click();
  await expect(page.getByText('Hello, bob.')).toBeVisible();

  // By a link: the route is one of the app, and its redirect asks the server.
  await follow(page, 'Protected');
  await page.getByRole('link', { name: 'Shop' }).click();
  await expect(page.getByText(FORBIDDEN)).toBeVisible();
  await expect(page).toHaveURL('/protected/shop');
});

test('a user with the role follows links to the page for it', async ({ page }) => {
  await signIn(page);
  await follow(page, 'Protected');
  await page.getByRole('link', { name: 'Shop' }).click();
  await expect(page.getByText(SHOP)).toBeVisible();
});

test('a signed-out user who follows a link to a page for a role signs in', {
  tag: '@JavaScript',
}, async ({ page }) => {
  await open(page, '/');
  await page.evaluate(() => {
    const link = document.createElement('a');
    link.href = '/protected/shop?page=2';
    link.textContent = 'the shop';
    document.querySelector('nav')?.append(link);
  });
  await page.getByRole('link', { name: 'the shop' }).click();
  await signInHere(page);
  await expect(page.getByText(SHOP)).toBeVisible();
  await expect(page).toHaveURL('/protected/shop?page=2');
});

test('fetch and programs get 401 and 403', async ({ page, request, openBrowser }) => {
  const bob = await openBrowser();
  await signIn(bob, { username: 'bob' });
  for (const [client, status, kind] of [
    [request, 401, 'SessionRequired'],
    [bob.request, 403, 'AccessDenied'],
  ] as const) {
    const answer = await client.get('/protected/shop', {
      headers: { accept: 'application/json' },
      maxRedirects: 0,
    });
    expect(answer.status()).toBe(status);
    expect((await answer.json()).kind).toBe(kind);
  }
  await page.goto('/');
});

test('fetch in the page gets 401', { tag: '@JavaScript' }, async ({ browser, baseURL }) => {
  // Not the fixture, which expects no error in the console.
  const page = await browser.newPage({ baseURL });
  await page.goto('/');
  const answer = await page.evaluate(async () => {
    const response = await fetch('/protected', { headers: { accept: 'text/html' } });
    return [response.status, response.redirected, await response.text()];
  });
  expect(answer).toEqual([401, false, expect.stringContaining('SessionRequired')]);
  await page.close();
});

test('a form signs in if the session has ended, and returns to its page', async ({
  browser,
  baseURL,
  javaScriptEnabled,
}) => {
  // Not the fixture, which expects no error in the console.
  const page = await browser.newPage({ baseURL, javaScriptEnabled });
  await openForm(page, '/protected?from=mail');
  const sent = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: 'Buy' }).click();
  if (javaScriptEnabled === false) {
    expect((await sent).status()).toBe(303);
    // The user is still signed in at Logto.
    await expect(page).toHaveURL('/api/auth/signin?callbackUrl=%2Fprotected%3Ffrom%3Dmail');
    await signInButton(page).click();
    await expect(page).toHaveURL('/protected?from=mail');
    await expect(page.getByText(SECRET)).toBeVisible();
  } else {
    // The server function is called by the client, which shows the error.
    expect((await sent).status()).toBe(401);
    await expect(page.getByRole('status')).toHaveText(ENDED);
    await expect(page.getByLabel('An item')).toHaveValue('tea');
  }
  await page.close();
});

test('a form says that the role is missing', async ({ browser, baseURL, javaScriptEnabled }) => {
  // Not the fixture, which expects no error in the console.
  const page = await browser.newPage({ baseURL, javaScriptEnabled });
  await signIn(page, { username: 'bob' });
  await page.goto('/protected?from=mail');
  await page.waitForLoadState('networkidle');
  await page.getByLabel('An item').fill('tea');
  const sent = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: 'Buy' }).click();
  expect((await sent).status()).toBe(javaScriptEnabled === false ? 302 : 403);
  await expect(page.getByRole('status')).toHaveText(FORBIDDEN);
  await expect(page).toHaveURL(/\/protected\?from=mail/);
  await page.close();
});

test('a session that ends while a guarded page is open', { tag: '@JavaScript' }, async ({ page }) => {
  await signIn(page);
  await open(page, '/protected?from=mail');
  const loads = countLoads(page);
  await signOutElsewhere(page);
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect(page.getByText(ENDED)).toBeVisible();
  await expect(page.getByText(SECRET)).toBeHidden();
  await expect(who(page)).toHaveText('Signed out');
  expect(loads(), 'pages loaded').toBe(0);

  // The user is still signed in at Logto.
  await signInButton(page).click();
  await expect(page.getByText(SECRET)).toBeVisible();
  await expect(page).toHaveURL('/protected?from=mail');
});
