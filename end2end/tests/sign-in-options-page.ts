// The form of the page *Sign-in options*, and what it leads to.
import type { Locator, Page } from '@playwright/test';

/** By the labels of the fields. */
type Choices = {
  'First screen'?: string;
  Identifiers?: string;
  'Direct sign-in'?: string;
  'Login hint'?: string;
  Prompt?: string;
  'Ask again after'?: string;
  Languages?: string;
  Organization?: string;
};

const LISTS = new Set(['First screen', 'Prompt']);

/** Fills in the form and sends it; `from` is where the app is, if not the common one. */
export async function signInWith(page: Page, choices: Choices, from = ''): Promise<void> {
  await page.goto(`${from}/sign-in`);
  for (const [label, value] of Object.entries(choices)) {
    const field = page.getByRole('main').getByLabel(label, { exact: true });
    await (LISTS.has(label) ? field.selectOption({ label: value }) : field.fill(value));
  }
  await page.getByRole('button', { name: 'Sign in with these options', exact: true }).click();
}

/** What the page says to who is signed in: when they last proved who they are. */
export const lastProof = (page: Page): Locator => page.getByRole('main').getByRole('status');
