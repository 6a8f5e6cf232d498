import type { Page } from '@playwright/test';
import { violations } from '../fixtures/axe.ts';
import { expect, test } from '../fixtures/test.ts';
import { signIn, signInButton } from '../page-objects/user.ts';

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
