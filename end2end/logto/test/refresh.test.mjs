import assert from 'node:assert/strict';
import { after, before, beforeEach, afterEach, describe, mock, test } from 'node:test';

import { startForTests } from './relying-party.mjs';

const SECOND = 1000;
const DAY = 24 * 60 * 60 * SECOND;
const REFUSED = { error: 'invalid_grant', error_description: 'grant request is invalid' };

let party;
before(async () => {
  party = await startForTests();
});
after(() => party.close());

// Sets the clock that Logto and these tests share, so that days pass at once. Timers stay real.
beforeEach(() => mock.timers.enable({ apis: ['Date'], now: Date.now() }));
afterEach(() => mock.timers.reset());
const wait = (milliseconds) => mock.timers.setTime(Date.now() + milliseconds);

async function assertRefused(refreshToken) {
  const { status, body } = await party.refresh(refreshToken);
  assert.equal(status, 400);
  const { error, error_description } = body;
  assert.deepEqual({ error, error_description }, REFUSED);
}

/** Signs in, waits until the refresh token is due for rotation and rotates it. */
async function signInAndRotate() {
  const first = await party.signIn('alice');
  wait(10 * DAY);
  const { status, body } = await party.refresh(first.refresh_token);
  assert.equal(status, 200);
  assert.notEqual(body.refresh_token, first.refresh_token);
  return { first, rotated: body };
}

describe('a refresh token', () => {
  test('needs offline_access and prompt=consent; otherwise the scope is left out', async () => {
    assert.ok((await party.signIn('alice')).refresh_token);
    assert.ok((await party.signIn('alice', { prompt: 'login consent' })).refresh_token);
    const always = await startForTests({ LOGTO_ALWAYS_ISSUE_REFRESH_TOKEN: '1' });
    try {
      const tokens = await always.signIn('alice', { scope: ['openid'], prompt: undefined });
      assert.equal((await always.refresh(tokens.refresh_token)).status, 200);
    } finally {
      await always.close();
    }
    const withoutScope = await party.signIn('alice', { scope: ['openid'] });
    assert.equal(withoutScope.refresh_token, undefined);
    for (const prompt of [undefined, 'login']) {
      const tokens = await party.signIn('alice', { prompt });
      assert.equal(tokens.refresh_token, undefined);
      assert.doesNotMatch(tokens.scope, /offline_access/);
    }
  });

  test('returns a new ID token with the nonce of the sign-in', async () => {
    const tokens = await party.signIn('alice');
    wait(5 * SECOND);
    const { body } = await party.refresh(tokens.refresh_token);
    assert.notEqual(body.access_token, tokens.access_token);
    assert.deepEqual([body.token_type, body.expires_in], ['Bearer', 3600]);
    assert.equal(body.scope, tokens.scope);
    const before = (await party.verified(tokens.id_token)).payload;
    const { payload } = await party.verified(body.id_token);
    assert.equal(payload.nonce, tokens.attempt.nonce);
    assert.deepEqual([payload.sub, payload.sid], [before.sub, before.sid]);
    assert.equal(payload.iat, before.iat + 5);
    assert.equal((await party.me(body.access_token)).status, 200);
  });

  test('stays the same until 70 % of its lifetime; its successor has a full one', async () => {
    const { refresh_token: first, attempt } = await party.signIn('alice');
    wait(9.7 * DAY);
    assert.equal((await party.refresh(first)).body.refresh_token, first);
    wait(0.2 * DAY);
    const { refresh_token: second } = (await party.refresh(first)).body;
    assert.notEqual(second, first);
    // The successor still has the nonce.
    const { id_token: idToken } = (await party.refresh(second)).body;
    assert.equal((await party.verified(idToken)).payload.nonce, attempt.nonce);
    // The first token has expired, the second has not.
    wait(9.5 * DAY);
    assert.equal((await party.refresh(second)).body.refresh_token, second);
  });

  test('is refused after its lifetime', async () => {
    const { refresh_token: token } = await party.signIn('alice');
    wait(14 * DAY);
    await assertRefused(token);
  });

  test('once rotated, can be used again within 3 seconds and is rotated again', async () => {
    const { first, rotated } = await signInAndRotate();
    wait(2.9 * SECOND);
    const { status, body } = await party.refresh(first.refresh_token);
    assert.equal(status, 200);
    assert.notEqual(body.refresh_token, rotated.refresh_token);
    assert.equal((await party.refresh(rotated.refresh_token)).status, 200);
    assert.equal((await party.refresh(body.refresh_token)).status, 200);
  });

  test('once rotated, revokes the whole grant if used after 3 seconds', async () => {
    const { first, rotated } = await signInAndRotate();
    assert.equal((await party.me(rotated.access_token)).status, 200);
    wait(3.1 * SECOND);
    await assertRefused(first.refresh_token);
    await assertRefused(rotated.refresh_token);
    assert.equal((await party.me(rotated.access_token)).status, 401);
  });

  test('once rotated and expired, is refused, and its successor stays valid', async () => {
    const { first, rotated } = await signInAndRotate();
    wait(5 * DAY);
    await assertRefused(first.refresh_token);
    assert.equal((await party.refresh(rotated.refresh_token)).status, 200);
  });

  test('can return fewer scopes, never more', async () => {
    const { refresh_token: token } = await party.signIn('alice', {
      scope: ['openid', 'offline_access', 'profile'],
    });
    const narrowed = await party.refresh(token, { scope: 'openid' });
    assert.equal(narrowed.body.scope, 'openid');
    const { status, body } = await party.refresh(token, { scope: 'openid email' });
    assert.equal(status, 400);
    assert.deepEqual(
      [body.error, body.error_description, body.scope],
      ['invalid_scope', 'refresh token missing requested scope', 'email'],
    );
  });

  test('is refused while the user is suspended', async () => {
    const tokens = await party.signIn('alice');
    await party.control('/users/alice', { suspended: true });
    await assertRefused(tokens.refresh_token);
    assert.equal((await party.me(tokens.access_token)).status, 401);
    await party.control('/users/alice', { suspended: false });
    assert.equal((await party.refresh(tokens.refresh_token)).status, 200);
  });
});

describe('a code', () => {
  test('can be used once; a replay revokes its tokens', async () => {
    const tokens = await party.signIn('alice');
    const replay = await party.exchange(tokens.attempt, tokens.callback);
    assert.deepEqual([replay.status, replay.body.error], [400, 'invalid_grant']);
    await assertRefused(tokens.refresh_token);
    assert.equal((await party.me(tokens.access_token)).status, 401);
  });

  test('is valid for 60 seconds', async () => {
    const { browser } = await party.signIn('alice');
    const outcome = async (milliseconds) => {
      const attempt = party.attempt();
      const callback = await party.authorize(browser, 'alice', attempt);
      wait(milliseconds);
      return (await party.exchange(attempt, callback)).status;
    };
    assert.equal(await outcome(58 * SECOND), 200);
    assert.equal(await outcome(61 * SECOND), 400);
  });

  test('needs the verifier of its challenge', async () => {
    const { browser } = await party.signIn('alice');
    const attempt = party.attempt();
    const callback = await party.authorize(browser, 'alice', attempt);
    const wrong = await party.exchange({ verifier: 'x'.repeat(43) }, callback);
    assert.deepEqual([wrong.status, wrong.body.error], [400, 'invalid_grant']);
  });
});
