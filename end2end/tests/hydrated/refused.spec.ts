// A sign-in that the application's own code refuses: `hydrated/main.rs`, for users whose name at
// Logto begins with `Refused:`.
import { change } from '../fixtures/logto-control.ts';
import { expect, test } from '../fixtures/test.ts';
import { enterPassword, expectLogto } from '../page-objects/user.ts';
import { signInButton, who } from './pages.ts';

const REASON = 'Refused: </script><b>not you</b>" onload="alert(1) &amp; <img src=x onerror=alert(2)>';

test('the page shows the reason as text, and another user signs in after it', async ({
  page,
  ownLogto,
  startBoth,
}) => {
  const dialogs: string[] = [];
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const { origin } = await startBoth({ hydrated: true });
  await change(ownLogto, 'bob', { name: REASON });

  await page.goto(`${origin}/profile`);
  await signInButton(page).click();
  await expectLogto(page);
  await enterPassword(page, 'bob');
  await expect(page).toHaveURL(/\/api\/auth\/error\?error=SignInRefused/);
  await expect(page.getByRole('alert')).toHaveText(REASON);
  await expect(page.locator('main b, main img, main script')).toHaveCount(0);

  const session = await page.context().request.get(`${origin}/api/auth/session`);
  expect(await session.json()).toBeNull();
  await page.goto(`${origin}/profile`);
  await expect(who(page)).toHaveText('Signed out');
  await expect(signInButton(page)).toBeVisible();

  // Logto would sign in the same user again.
  await page.context().clearCookies({ domain: 'localhost', name: /^_session|^_interaction/ });
  await signInButton(page).click();
  await expectLogto(page);
  await enterPassword(page);
  await expect(who(page)).toHaveText('Alice Example');
  await expect(page).toHaveURL(`${origin}/profile`);
  expect(dialogs).toEqual([]);
});
