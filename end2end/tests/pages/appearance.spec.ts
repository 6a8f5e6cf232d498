import type { Page } from '@playwright/test';
import { violations } from '../fixtures/axe.ts';
import { leaveAndForget } from '../fixtures/lost-session.ts';
import { expect, test } from '../fixtures/test.ts';
import { change } from '../fixtures/logto-control.ts';
import { signIn, signInButton, signOutButton } from '../page-objects/user.ts';

const PAGES = ['/', '/profile', '/organizations', '/resources', '/sessions', '/sign-in'];
const SIGNED_OUT = [...PAGES, '/auth/error?error=Cancelled', '/no-such-page'];
const SIGNED_IN = [
  ...PAGES,
  '/organizations?organization=initech',
  '/resources?problem=lacks&scope=write',
  '/auth/error?error=Expired&ref=Ab3_-xYz',
];

async function forEveryPage(page: Page, look: (address: string) => Promise<void>): Promise<void> {
  for (const address of SIGNED_OUT) {
    await page.goto(address);
    await look(`${address} signed out`);
  }
  await signIn(page);
  for (const address of SIGNED_IN) {
    await page.goto(address);
    await look(`${address} signed in`);
  }
}

test('every page has language, title, landmarks and one heading of level 1', async ({ page }) => {
  await forEveryPage(page, async (where) => {
    await expect(page.locator('html'), where).toHaveAttribute('lang', 'en');
    expect(await page.title(), where).not.toBe('');
    await expect(page.getByRole('heading', { level: 1 }), where).toHaveCount(1);
    for (const landmark of ['banner', 'main', 'contentinfo'] as const) {
      await expect(page.getByRole(landmark), where).toHaveCount(1);
    }
    await expect(page.getByRole('navigation', { name: 'Pages' }), where).toBeVisible();
    for (const button of await page.getByRole('button').all()) {
      await expect(button, where).toHaveAccessibleName(/\w/);
    }
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  // Tagged, because axe itself needs JavaScript. The pages are the same without.
  test(`axe finds no problems, ${colorScheme}`, { tag: '@JavaScript' }, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await forEveryPage(page, async (where) => {
      expect(await violations(page), where).toEqual([]);
    });
  });
}

test('light and dark differ', async ({ page }) => {
  const colors = async (colorScheme: 'light' | 'dark') => {
    await page.emulateMedia({ colorScheme });
    return page.locator('body').evaluate((body) => {
      const { backgroundColor, color } = getComputedStyle(body);
      return { backgroundColor, color };
    });
  };
  await page.goto('/');
  const light = await colors('light');
  const dark = await colors('dark');
  expect(light.backgroundColor).not.toBe(dark.backgroundColor);
  expect(light.color).not.toBe(dark.color);
});

test('nothing is cut off on a screen 320 pixels wide', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await forEveryPage(page, async (where) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, where).toBeLessThanOrEqual(320);
  });
});

test('the focused element has a visible outline', async ({ page }) => {
  await page.goto('/');
  await expect(signInButton(page)).toBeVisible();
  const seen: string[] = [];
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return {
        name: element.innerText,
        outlined: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2,
        inView: left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight,
      };
    });
    expect(focused, focused.name).toMatchObject({ outlined: true, inView: true });
    seen.push(focused.name);
    if (focused.name === 'Sign in') break;
  }
  expect(seen).toEqual([
    'Skip to content',
    'Leptos + Logto',
    'Home',
    'Profile',
    'Organizations',
    'API resources',
    'Sessions',
    'Sign-in options',
    'Sign in',
  ]);
});

test('the skip link skips the header', async ({ page }) => {
  await page.goto('/');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(signInButton(page)).toBeFocused();
});

test('the navigation marks the current page, and only it', async ({ page }) => {
  const current = page.getByRole('navigation', { name: 'Pages' }).locator('[aria-current="page"]');
  const names = ['Home', 'Profile', 'Organizations', 'API resources', 'Sessions', 'Sign-in options'];
  await signIn(page);
  for (const [index, address] of PAGES.entries()) {
    await page.goto(`${address}?a=1`);
    await expect(current, address).toHaveText([names[index]]);
  }
  for (const address of ['/auth/error?error=Cancelled', '/no-such-page']) {
    await page.goto(address);
    await expect(current, address).toHaveCount(0);
  }
});

test('the user menu shows picture and name, and leads to what is the user\'s', async ({
  page,
  startBoth,
  ownLogto,
}) => {
  const { origin } = await startBoth();
  await page.goto(origin);
  await expect(page.locator('details.who')).toHaveCount(0);
  await signIn(page, { from: `${origin}/` });
  const menu = page.getByRole('banner').locator('details');
  await expect(menu.locator('.initial')).toHaveText('A');
  const signOut = menu.getByRole('button', { name: 'Sign out' });
  const sessions = menu.getByRole('link', { name: 'Your sessions' });
  await expect(signOut).toBeHidden();
  // By keyboard, also without JavaScript.
  await menu.locator('summary').focus();
  await page.keyboard.press('Enter');
  await expect(signOut).toBeVisible();
  await sessions.click();
  await expect(page.getByRole('heading', { name: 'Sessions', level: 1 })).toBeVisible();

  // The next sign-in has the picture.
  await change(ownLogto, 'alice', { picture: `${origin}/favicon.svg` });
  await leaveAndForget(page);
  await page.goto(origin);
  await signInButton(page).click();
  await expect(menu.locator('img')).toHaveAttribute('src', `${origin}/favicon.svg`);
  await expect(menu.locator('.initial')).toHaveCount(0);
  await menu.locator('summary').click();
  await menu.getByRole('button', { name: 'Sign out' }).click();
  const proceed = page.getByRole('button', { name: 'Continue' });
  await expect(proceed.or(signInButton(page))).toBeVisible();
  if (await proceed.isVisible()) await proceed.click();
  await expect(signInButton(page)).toBeVisible();
});

test('JSON in claims is folded, indented and monospaced', async ({ page }) => {
  await signIn(page, { from: '/profile' });
  const row = page.getByRole('row').filter({ hasText: 'identities' }).first();
  const value = row.locator('details');
  const json = value.locator('pre');
  await expect(json).toBeHidden();
  await value.getByText('1 entry').click();
  await expect(json).toBeVisible();
  expect(await json.innerText()).toMatch(/^\{\n {2}"google": \{\n {4}"userId"/);
  const font = await json.evaluate((element) => getComputedStyle(element).fontFamily);
  expect(font).toContain('monospace');
});

test('on a narrow screen, each claim is a block with its labels', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page, { from: '/profile' });
  const table = page.getByRole('table', { name: 'Where claims come from' });
  const region = page.getByRole('region', { name: 'Where claims come from' });
  const [inner, outer] = await region.evaluate((element) => [
    element.scrollWidth,
    element.clientWidth,
  ]);
  expect(inner, 'nothing to scroll').toBeLessThanOrEqual(outer);
  const row = table.getByRole('row').filter({ hasText: 'username' }).first();
  const labels = await row.locator('td').evaluateAll((cells) =>
    cells.map((cell) => getComputedStyle(cell, '::before').content),
  );
  expect(labels).toEqual(['"ID token"', '"Userinfo"', '"Scope"']);
});

test('nothing moves for users who want less motion', async ({ page }) => {
  const moving = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('*')].filter((element) => {
        const { animationName, transitionDuration } = getComputedStyle(element);
        return animationName !== 'none' || transitionDuration !== '0s';
      }).length,
    );
  await page.goto('/');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await moving()).toBe(0);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  expect(await moving()).toBeGreaterThan(0);
});

test('on paper there are the claims, without what only a screen needs', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await signIn(page, { from: '/profile' });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await expect(page.getByRole('navigation', { name: 'Pages' })).toBeHidden();
  await expect(page.getByRole('contentinfo')).toBeHidden();
  await expect(signOutButton(page)).toHaveCount(0);
  await expect(page.getByRole('table', { name: 'Where claims come from' })).toBeVisible();
  const color = await page.locator('body').evaluate((body) => getComputedStyle(body).color);
  expect(color, 'dark ink').toBe('rgb(28, 25, 41)');
  // Folded values are unfolded.
  const json = page.locator('details.json pre').first();
  expect((await json.boundingBox())?.height ?? 0).toBeGreaterThan(20);
});
