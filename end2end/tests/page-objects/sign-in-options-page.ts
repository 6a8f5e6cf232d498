// The form of the page *Sign-in options*, and what the page shows after a sign-in.
import type { Locator, Page } from '@playwright/test';

/** Values by the labels of the fields. */
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

/** Fills in the form and sends it; `from` is the app's origin, by default the shared app's. */
export async function signInWith(page: Page, choices: Choices, from = ''): Promise<void> {
  await page.goto(`${from}/sign-in`);
  for (const [label, value] of Object.entries(choices)) {
    const field = page.getByRole('main').getByLabel(label, { exact: true });
    await (LISTS.has(label) ? field.selectOption({ label: value }) : field.fill(value));
  }
  await page.getByRole('button', { name: 'Sign in with these options', exact: true }).click();
}

/** The page's sentence about when the signed-in user last authenticated. */
export const lastProof = (page: Page): Locator => page.getByRole('main').getByRole('status');
