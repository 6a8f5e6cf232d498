// What a user does and sees in `examples/starter` and the app of `hydrated/`.
import { expect, type Locator, type Page } from '@playwright/test';
import { enterPassword, expectLogto } from '../page-objects/user.ts';

export const who = (page: Page): Locator => page.getByRole('banner').getByRole('paragraph');

export const signInButton = (page: Page): Locator =>
  page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true });

export const signOutButton = (page: Page): Locator =>
  page.getByRole('main').getByRole('button', { name: 'Sign out', exact: true });

export const note = (page: Page): Locator => page.getByLabel('A note to yourself');

/** What a page says, with white space made equal. */
export async function said(page: Page): Promise<string> {
  return (await page.locator('body').innerText()).replace(/\s+/g, ' ').trim();
}

/** Follows a link of the navigation, and waits for what the page loads. */
export async function follow(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name }).click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  await expect(page.getByText('Loading…')).toBeHidden();
}

export { open } from '../fixtures/open.ts';

export async function signIn(page: Page, { username = 'alice', from = '/' } = {}): Promise<void> {
  await page.goto(from);
  await signInButton(page).click();
  await expectLogto(page);
  await enterPassword(page, username);
  await expect(who(page)).toHaveText(username === 'alice' ? 'Alice Example' : username);
}

/** Ends the session without any page of the browser. */
export async function signOutElsewhere(page: Page): Promise<void> {
  const answer = await page.context().request.post(new URL('/api/auth/signout', page.url()).href, {
    maxRedirects: 0,
  });
  expect(answer.status()).toBe(303);
}

/** Brings the tab to the front, as the page sees it: headless tabs always are. */
export async function comeToFront(page: Page): Promise<void> {
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
}

/** Counts the pages that a tab loads from now on. */
export function countLoads(page: Page): () => number {
  let loads = 0;
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) loads += 1;
  });
  return () => loads;
}
