// What a user does and sees in `examples/starter`.
import { expect, type Locator, type Page } from '@playwright/test';
import { enterPassword, expectLogto } from '../page-objects/user.ts';

export const who = (page: Page): Locator => page.getByRole('banner').getByRole('paragraph');

export const signInButton = (page: Page): Locator =>
  page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true });

export const signOutButton = (page: Page): Locator =>
  page.getByRole('main').getByRole('button', { name: 'Sign out', exact: true });

/** What a page says, without white space between the parts. */
export async function said(page: Page): Promise<string> {
  return (await page.locator('body').innerText()).replace(/\s+/g, ' ').trim();
}

/** Waits until the page is interactive. */
export async function hydrated(page: Page): Promise<void> {
  await page.waitForFunction(() => document.documentElement.dataset.hydrated === 'true');
}

export async function signIn(page: Page, { username = 'alice', from = '/' } = {}): Promise<void> {
  await page.goto(from);
  await signInButton(page).click();
  await expectLogto(page);
  await enterPassword(page, username);
  await expect(who(page)).toHaveText(username === 'alice' ? 'Alice Example' : username);
}
