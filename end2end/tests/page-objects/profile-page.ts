// What a person sees on the page *Profile* beside what the session holds.
import { expect, type Locator, type Page } from '@playwright/test';

/** A claim's row in the table *Where claims come from*. */
export type ClaimRow = {
  /** The value in the ID token: `null` where it is null, `undefined` where there is none. */
  idToken: string | null | undefined;
  userInfo: string | null | undefined;
  /** The scope that brings it; empty for a claim that Logto does not document. */
  scope: string;
  userInfoOnly: boolean;
  /** What to do about a claim that is nowhere. */
  hint?: string;
};

export const claimSources = (page: Page): Locator =>
  page.getByRole('table', { name: 'Where claims come from' });

/** The rows of the table *Where claims come from*, by the names of the claims. */
export async function claimRows(page: Page): Promise<Record<string, ClaimRow>> {
  await expect(claimSources(page)).toBeVisible();
  const rows = await claimSources(page)
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => {
        const [name, ...cells] = [...row.children].map((cell) => ({
          text: cell.textContent ?? '',
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
    // That nobody can tell them apart by a look would be no use.
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
