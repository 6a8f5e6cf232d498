import { expect, test } from '../fixtures/test.ts';
import { expectSignedIn, signIn, signOut } from '../page-objects/user.ts';

test('after signing in, the user returns to the page where it began', async ({ page }) => {
  await page.goto('/profile');
  await expect(page.getByRole('main')).toContainText('Sign in to see your profile.');
  await signIn(page, { from: '/profile' });

  await expect(page).toHaveURL('/profile');
  await expect(page.getByRole('main')).toContainText('alice@example.com');
  await expect(page.getByRole('main')).toContainText('a1icek2m9qx7');
});

test('the return page keeps its query', async ({ page }) => {
  await signIn(page, { from: '/?from=newsletter&item=%C3%BC%26' });
  await expect(page).toHaveURL('/?from=newsletter&item=%C3%BC%26');
});

test('after signing out, the user is on the home page', async ({ page }) => {
  await signIn(page, { from: '/profile' });
  await signOut(page);
  await expect(page).toHaveURL('/');
});

test('the built-in sign-in page redirects to callbackUrl', async ({ page }) => {
  await page.goto('/api/auth/signin?callbackUrl=%2Fprofile');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Username').fill('alice');
  await page.getByLabel('Password').fill('password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expectSignedIn(page);
  await expect(page).toHaveURL('/profile');
});
