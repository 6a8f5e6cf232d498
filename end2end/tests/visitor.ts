// What a person does and sees on the pages, whatever the browser can do.
import { expect, type Locator, type Page } from '@playwright/test';

export const signInButton = (page: Page): Locator =>
  page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true });

export const signUpButton = (page: Page): Locator =>
  page.getByRole('main').getByRole('button', { name: 'Sign up', exact: true });

export const signOutButton = (page: Page): Locator =>
  page.getByRole('button', { name: 'Sign out', exact: true });

export const tryAgainButton = (page: Page): Locator =>
  page.getByRole('button', { name: 'Try again', exact: true });

export const claimsTable = (page: Page): Locator => page.getByRole('table', { name: 'Claims' });

/** Presses *Sign in*, and is at Logto's sign-in page then. */
export async function goToLogto(page: Page, from = '/'): Promise<void> {
  await page.goto(from);
  await signInButton(page).click();
  await expectLogto(page);
}

export async function expectLogto(page: Page): Promise<void> {
  await expect(page.getByLabel('Password')).toBeVisible();
}

/** Logto's page for making an account. */
export async function expectRegistration(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Create account' })).toBeVisible();
}

/** Fills in Logto's sign-in page. */
export async function enterPassword(
  page: Page,
  username = 'alice',
  password = 'password',
): Promise<void> {
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** From the page `from` to Logto and back. */
export async function signIn(page: Page, { username = 'alice', from = '/' } = {}): Promise<void> {
  await goToLogto(page, from);
  await enterPassword(page, username);
  await expectName(page, username === 'alice' ? 'Alice Example' : username);
  await expect(signInButton(page)).toBeHidden();
}

/** Every page's header says who is signed in; not every page has a button to sign out. */
export async function expectName(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('banner').getByRole('paragraph')).toHaveText(name);
}

export async function expectSignedIn(page: Page): Promise<void> {
  await expect(signOutButton(page)).toBeVisible();
  await expect(signInButton(page)).toBeHidden();
}

export async function expectSignedOut(page: Page): Promise<void> {
  await expect(signInButton(page)).toBeVisible();
  await expect(signOutButton(page)).toBeHidden();
  await expect(claimsTable(page)).toBeHidden();
}

/** Without JavaScript Logto's sign-out page has a button, for it cannot submit itself. */
export async function signOut(page: Page): Promise<void> {
  await signOutButton(page).click();
  const proceed = page.getByRole('button', { name: 'Continue' });
  await expect(proceed.or(signInButton(page))).toBeVisible();
  if (await proceed.isVisible()) await proceed.click();
  await expectSignedOut(page);
}

/** The rows of the table *Claims*. */
export async function claims(page: Page): Promise<Record<string, string>> {
  const rows = await claimsTable(page).locator('tbody').getByRole('row').all();
  const pairs = rows.map(async (row) => [
    await row.getByRole('rowheader').innerText(),
    await row.getByRole('cell').innerText(),
  ]);
  return Object.fromEntries(await Promise.all(pairs));
}

/** The error page, with its sentence and a way on. */
export async function expectError(page: Page, sentence: string | RegExp): Promise<void> {
  await expect(page).toHaveURL(/\/auth\/error\?/);
  await expect(page.getByRole('alert')).toContainText(sentence);
  await expect(tryAgainButton(page)).toBeVisible();
}

/** The rows of the page *Sessions*: the person's own devices. */
export const devices = (page: Page): Locator => page.getByRole('main').getByRole('listitem');

/** The row of the browser that looks. */
export const thisDevice = (page: Page): Locator => devices(page).filter({ hasText: 'This session' });

export const otherDevices = (page: Page): Locator =>
  devices(page).filter({ hasNotText: 'This session' });

/** What a row says beside *Address*, *Signed in* or *Last used*. */
export function told(row: Locator, what: string): Locator {
  return row.locator('dt', { hasText: what }).locator('xpath=following-sibling::dd');
}

export const signOutOfOthersButton = (page: Page): Locator =>
  page.getByRole('button', { name: 'Sign out of all other sessions', exact: true });

export const signOutEverywhereButton = (page: Page): Locator =>
  page.getByRole('button', { name: 'Sign out everywhere', exact: true });

/** The section *Access token* of the page *Profile*. */
export const accessToken = (page: Page): Locator =>
  page.getByRole('region', { name: 'Access token' });

/** Until when the page *Profile* says the access token is valid: milliseconds since 1970. */
export async function validUntil(page: Page): Promise<number> {
  const time = accessToken(page).locator('time');
  return Date.parse((await time.getAttribute('datetime')) ?? '');
}
