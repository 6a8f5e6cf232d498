// The contents of the page *Profile* that do not come from the session.
import { expect, type Locator, type Page } from '@playwright/test';

/** A claim's row in the table *Where claims come from*. */
export type ClaimRow = {
  /** The value in the ID token: `null` if it is null, `undefined` if the claim is absent. */
  idToken: string | null | undefined;
  userInfo: string | null | undefined;
  /** The scope of the claim; empty for a claim that Logto does not document. */
  scope: string;
  userInfoOnly: boolean;
  /** The page's explanation of a claim that is absent everywhere. */
  hint?: string;
};

export const claimSources = (page: Page): Locator =>
  page.getByRole('table', { name: 'Where claims come from' });

/** Reads the table *Where claims come from*: the rows by claim name. */
export async function claimRows(page: Page): Promise<Record<string, ClaimRow>> {
  await expect(claimSources(page)).toBeVisible();
  const rows = await claimSources(page)
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => {
        const folded = (cell: Element) => {
          const json = cell.querySelector('pre')?.textContent;
          return json && JSON.stringify(JSON.parse(json));
        };
        const [name, ...cells] = [...row.children].map((cell) => ({
          text: folded(cell) || (cell.textContent ?? ''),
          isNull: cell.hasAttribute('data-null'),
          isAbsent: cell.classList.contains('absent'),
        }));
        const scope = row.lastElementChild;
        const text = (selector: string) => scope?.querySelector(selector)?.textContent ?? undefined;
        return {
          name: name.text,
          cells,
          scope: text('code') ?? '',
          note: text('.note'),
          hint: text('.hint'),
        };
      }),
    );
  const value = ({ text, isNull, isAbsent }: (typeof rows)[0]['cells'][0]) => {
    // Null and absent values must also look different.
    expect(isNull).toBe(text === 'null');
    expect(isAbsent).toBe(text === '—');
    if (isAbsent) return undefined;
    return isNull ? null : text;
  };
  return Object.fromEntries(
    rows.map(({ name, cells: [idToken, userInfo], scope, note, hint }) => [
      name,
      {
        idToken: value(idToken),
        userInfo: value(userInfo),
        scope,
        userInfoOnly: note?.trim() === 'userinfo only',
        ...(hint && { hint }),
      },
    ]),
  );
}

export const signOutHereButton = (page: Page): Locator =>
  page.getByRole('button', { name: 'Sign out of this app only', exact: true });
