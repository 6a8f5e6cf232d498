// The contents of the pages *Organizations* and *API resources*.
import { expect, type Locator, type Page } from '@playwright/test';

export const SHOPPING = 'https://shopping.example.com/api';
export const BILLING = 'https://billing.example.com/api';

/** The card of an organization or an API with this heading. */
export function card(page: Page, name: string): Locator {
  const heading = page.getByRole('heading', { level: 2, name, exact: true });
  return page.getByRole('main').getByRole('listitem').filter({ has: heading });
}

/** The headings of all cards. */
export const cardNames = (page: Page): Promise<string[]> =>
  page.locator('ul.cards > li > h2').allInnerTexts();

/** The element below a heading of level 3: a list of scopes, or the reason why there are none. */
export function below(where: Locator, heading: string): Locator {
  return where
    .getByRole('heading', { level: 3, name: heading, exact: true })
    .locator('xpath=following-sibling::*[1]');
}

export async function expectScopes(
  where: Locator,
  heading: string,
  scopes: string[],
): Promise<void> {
  await expect(below(where, heading).getByRole('listitem')).toHaveText(scopes);
}

export const IN_ORGANIZATION = 'Your permissions in the organization';
export const AT_SHOPPING = `Your permissions as a member at ${SHOPPING}`;
export const AT_API = 'Your permissions';

export const refreshButton = (page: Page): Locator =>
  page.getByRole('button', { name: 'Refresh from Logto', exact: true });

/** The section *Another organization*. */
export const otherOrganization = (page: Page): Locator =>
  page.getByRole('region', { name: 'Another organization' });

/** Requests a token for the organization with this id. */
export async function askFor(page: Page, id: string): Promise<void> {
  await otherOrganization(page).getByLabel('ID').fill(id);
  await otherOrganization(page).getByRole('button', { name: 'Get a token' }).click();
  await page.waitForURL(({ searchParams }) => searchParams.get('organization') === id);
}

/** The section *Your shopping list*. */
export const shoppingList = (page: Page): Locator =>
  page.getByRole('region', { name: 'Your shopping list' });

export async function addItem(page: Page, name: string): Promise<void> {
  await shoppingList(page).getByLabel('Item').fill(name);
  await shoppingList(page).getByRole('button', { name: 'Add' }).click();
}
