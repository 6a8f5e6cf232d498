// What a user does and sees on the pages, with and without JavaScript.
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

/** Presses *Sign in* and waits for Logto's sign-in page. */
export async function goToLogto(page: Page, from = '/'): Promise<void> {
  await page.goto(from);
  await signInButton(page).click();
  await expectLogto(page);
}

export async function expectLogto(page: Page): Promise<void> {
  await expect(page.getByLabel('Password')).toBeVisible();
}

/** Expects Logto's page for creating an account. */
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

/** Signs in from the page `from`. */
export async function signIn(page: Page, { username = 'alice', from = '/' } = {}): Promise<void> {
  await goToLogto(page, from);
  await enterPassword(page, username);
  await expectName(page, username === 'alice' ? 'Alice Example' : username);
  await expect(signInButton(page)).toBeHidden();
}

/** Expects the header to name the signed-in user. Works on pages without a sign-out button too. */
export async function expectName(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('banner').locator('.name')).toHaveText(name);
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

/** Signs out. Without JavaScript, Logto's sign-out page needs a press of its button. */
export async function signOut(page: Page): Promise<void> {
  await signOutButton(page).click();
  const proceed = page.getByRole('button', { name: 'Continue' });
  await expect(proceed.or(signInButton(page))).toBeVisible();
  if (await proceed.isVisible()) await proceed.click();
  await expectSignedOut(page);
}

/** Reads the rows of the table *Claims*. */
export async function claims(page: Page): Promise<Record<string, string>> {
  const rows = await claimsTable(page).locator('tbody').getByRole('row').all();
  const pairs = rows.map(async (row) => {
    const value = row.getByRole('cell');
    const folded = value.locator('pre');
    const json = (await folded.count()) > 0 ? await folded.textContent() : null;
    const text = json ? JSON.stringify(JSON.parse(json)) : await value.innerText();
    return [await row.getByRole('rowheader').innerText(), text];
  });
  return Object.fromEntries(await Promise.all(pairs));
}

/** Expects the error page with this sentence and a button to try again. */
export async function expectError(page: Page, sentence: string | RegExp): Promise<void> {
  await expect(page).toHaveURL(/\/auth\/error\?/);
  await expect(page.getByRole('alert')).toContainText(sentence);
  await expect(tryAgainButton(page)).toBeVisible();
}

/** The rows of the page *Sessions*: one per session of the user. */
export const sessionRows = (page: Page): Locator => page.getByRole('main').getByRole('listitem');

/** The row of this browser. */
export const thisSessionRow = (page: Page): Locator =>
  sessionRows(page).filter({ hasText: 'This session' });

export const otherSessionRows = (page: Page): Locator =>
  sessionRows(page).filter({ hasNotText: 'This session' });

/** The value next to *Address*, *Signed in* or *Last used* in a row. */
export function rowValue(row: Locator, what: string): Locator {
  return row.locator('dt', { hasText: what }).locator('xpath=following-sibling::dd');
}

export const signOutOfOthersButton = (page: Page): Locator =>
  page.getByRole('button', { name: 'Sign out of all other sessions', exact: true });

export const signOutEverywhereButton = (page: Page): Locator =>
  page.getByRole('button', { name: 'Sign out everywhere', exact: true });

/** The section *Access token* of the page *Profile*. */
export const accessToken = (page: Page): Locator =>
  page.getByRole('region', { name: 'Access token' });

/** Reads when the access token expires from the page *Profile*, in milliseconds since 1970. */
export async function validUntil(page: Page): Promise<number> {
  const time = accessToken(page).locator('time');
  return Date.parse((await time.getAttribute('datetime')) ?? '');
}
