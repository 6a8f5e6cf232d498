import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';

import { readSettings } from '../settings.mjs';
import { Browser } from './browser.mjs';
import { startForTests } from './relying-party.mjs';

let party;
before(async () => {
  party = await startForTests();
});
beforeEach(() => party.control('/reset', {}));
after(() => party.close());

test('the control API exists only with LOGTO_TEST=1', async () => {
  assert.deepEqual(await party.control('/healthy'), { healthy: true });
  const other = await startForTests({ LOGTO_TEST: '0' });
  try {
    assert.equal((await fetch(`${other.origin}/test/healthy`)).status, 404);
  } finally {
    await other.close();
  }
});

test('counts grants by type, failures also separately, and calls of /oidc/me', async () => {
  const tokens = await party.signIn('alice');
  await party.refresh(tokens.refresh_token);
  await party.refresh(tokens.refresh_token);
  await party.refresh('unknown');
  await party.me(tokens.access_token);
  const counts = await party.control('/grants');
  assert.deepEqual(
    [counts.authorization_code, counts.refresh_token, counts.me, counts.errors],
    [1, 3, 1, { refresh_token: 1 }],
  );
  await party.control('/reset', {});
  assert.equal((await party.control('/grants')).refresh_token, 0);
  assert.equal((await party.refresh(tokens.refresh_token)).status, 400);
});

describe('the newest authorization request', () => {
  test('has its parameters as they were sent', async () => {
    await party.signIn('alice', { direct_sign_in: 'social:google', ui_locales: 'th' });
    const parameters = await party.control('/authorization');
    assert.deepEqual(
      [parameters.direct_sign_in, parameters.ui_locales, parameters.prompt, parameters.pushed],
      ['social:google', 'th', 'consent', false],
    );
    await new Browser().open(party.attempt({ max_age: '0', scope: ['openid', 'a'] }).url);
    const { max_age: maxAge, scope } = await party.control('/authorization');
    assert.deepEqual([maxAge, scope], ['0', 'openid a']);
  });

  test('is null before the first request', async () => {
    assert.equal(await party.control('/authorization'), null);
  });

  test('may be one that shows no page, fails, or was pushed', async () => {
    const { browser } = await party.signIn('alice');
    const seen = async (attempt) => {
      await browser.open(attempt.url);
      const { state, prompt, pushed } = await party.control('/authorization');
      assert.equal(state, attempt.state);
      return { prompt, pushed };
    };
    const none = { prompt: 'none' };
    assert.deepEqual(await seen(party.attempt(none)), { prompt: 'none', pushed: false });
    assert.deepEqual(await seen(party.attempt({ prompt: undefined })), {
      prompt: undefined,
      pushed: false,
    });
    const wrong = { redirect_uri: 'http://localhost:3000/elsewhere' };
    assert.deepEqual(await seen(party.attempt(wrong)), { prompt: 'consent', pushed: false });
    assert.deepEqual(await seen(await party.pushed(none)), { prompt: 'none', pushed: true });
  });

  test('is not an older request whose interaction completes later', async () => {
    const [older, newer] = [new Browser(), new Browser()];
    const page = await older.open(party.attempt().url);
    const { state } = party.attempt();
    await newer.open(party.attempt({ state }).url);
    await older.submit(page, { username: 'alice', password: 'password' });
    assert.equal((await party.control('/authorization')).state, state);
  });
});

describe('users', () => {
  test('a suspended user cannot sign in', async () => {
    await party.control('/users/alice', { suspended: true });
    const browser = new Browser();
    const page = await browser.open(party.attempt().url);
    const refused = await browser.submit(page, { username: 'alice', password: 'password' });
    assert.match(refused.html, /role="alert">This account is suspended\./);
    await party.control('/users/alice', { suspended: false });
    await party.signIn('alice');
  });

  test('a user suspended during a session at Logto is asked to sign in again', async () => {
    const { browser } = await party.signIn('alice');
    await party.control('/users/alice', { suspended: true });
    const { html } = await browser.open(party.attempt().url);
    assert.match(html, /name="password"/);
  });

  test('the tokens of a deleted user are refused', async () => {
    const tokens = await party.signIn('bob');
    await party.control('/users/bob', { deleted: true });
    assert.equal((await party.refresh(tokens.refresh_token)).status, 400);
    assert.equal((await party.me(tokens.access_token)).status, 401);
  });
});

describe('rotating the signing key', () => {
  test('takes effect immediately, and the old key still verifies', async () => {
    const tokens = await party.signIn('alice');
    const old = await party.verified(tokens.id_token);
    await party.control('/keys/rotate', {});
    const { body } = await party.refresh(tokens.refresh_token);
    const fresh = await party.verified(body.id_token);
    assert.notEqual(fresh.header.kid, old.header.kid);
    const { keys } = await party.json('/jwks');
    assert.deepEqual(
      keys.map(({ kid }) => kid),
      [fresh.header.kid, old.header.kid],
    );
    await party.verified(tokens.id_token);
  });

  test('to RSA: a key without alg, and RS256', async () => {
    const tokens = await party.signIn('alice', {
      resource: ['https://shopping.example.com/api'],
    });
    await party.control('/keys/rotate', { type: 'RSA' });
    const { keys } = await party.json('/jwks');
    assert.deepEqual([keys[0].kty, keys[0].alg, keys[1].alg], ['RSA', undefined, 'ES384']);
    const resource = 'https://shopping.example.com/api';
    const { body } = await party.refresh(tokens.refresh_token, { resource });
    for (const jwt of [body.id_token, body.access_token]) {
      assert.equal((await party.verified(jwt)).header.alg, 'RS256');
    }
    const metadata = await party.json('/.well-known/openid-configuration');
    assert.ok(metadata.id_token_signing_alg_values_supported.includes('RS256'));
  });
});

describe('faults', () => {
  test('make the given number of answers fail', async () => {
    const { refresh_token: token } = await party.signIn('alice');
    await party.control('/faults', { endpoint: 'token', status: 503, body: { a: 1 }, times: 2 });
    for (let i = 0; i < 2; i += 1) {
      const { status, body } = await party.refresh(token);
      assert.deepEqual([status, body], [503, { a: 1 }]);
    }
    assert.equal((await party.refresh(token)).status, 200);
    assert.equal((await party.control('/grants')).refresh_token, 1);
  });

  test('work at every endpoint, with text as the body, or only as a delay', async () => {
    const paths = {
      discovery: '/.well-known/openid-configuration',
      jwks: '/jwks',
      me: '/me',
      par: '/request',
    };
    for (const [endpoint, path] of Object.entries(paths)) {
      await party.control('/faults', { endpoint, status: 200, body: '<html>' });
      assert.equal(await (await fetch(party.endpoint(path))).text(), '<html>', endpoint);
    }
    await party.control('/faults', { endpoint: 'jwks', delayMs: 150 });
    const start = performance.now();
    assert.equal((await party.json('/jwks')).keys.length, 1);
    assert.ok(performance.now() - start >= 140);
  });

  test('at an unknown endpoint are refused', async () => {
    await assert.rejects(party.control('/faults', { endpoint: 'x' }), /400/);
  });
});

test('signs any header and payload', async () => {
  const { jwt } = await party.control('/sign', {
    header: { typ: 'logout+jwt' },
    payload: { aud: 'another' },
  });
  const { header, payload } = await party.verified(jwt);
  assert.deepEqual([header.alg, header.typ], ['ES384', 'logout+jwt']);
  assert.deepEqual(payload, { aud: 'another' });
});

test('an added redirect URI works immediately, and its origin for sign-out', async () => {
  const uri = 'http://localhost:45678/api/auth/callback/logto';
  const before = await fetch(party.attempt({ redirect_uri: uri }).url, { redirect: 'manual' });
  assert.equal(before.status, 400);
  await party.control('/application', { redirectUris: [uri] });
  const after = await fetch(party.attempt({ redirect_uri: uri }).url, { redirect: 'manual' });
  assert.equal(after.status, 303);
  const query = 'client_id=leptos-app&post_logout_redirect_uri=http://localhost:45678/';
  assert.equal((await fetch(`${party.endpoint('/session/end')}?${query}`)).status, 200);
});

describe('settings', () => {
  test('set the lifetimes of tokens', async () => {
    const other = await startForTests({ LOGTO_ACCESS_TOKEN_TTL: '7', LOGTO_ID_TOKEN_TTL: '9' });
    try {
      const tokens = await other.signIn('alice');
      const { payload } = await other.verified(tokens.id_token);
      assert.deepEqual([tokens.expires_in, payload.exp - payload.iat], [7, 9]);
    } finally {
      await other.close();
    }
  });

  test('LOGTO_VERSION=1.42 selects the answers of Logto 1.42', async () => {
    const other = await startForTests({ LOGTO_VERSION: '1.42' });
    try {
      const tokens = await other.signIn('alice');
      const { header, payload } = await other.verified(tokens.id_token);
      assert.equal(header.typ, undefined);
      assert.equal(payload.at_hash, undefined);
      assert.equal(payload.preferred_username, 'alice');
      const metadata = await other.json('/.well-known/openid-configuration');
      assert.ok(metadata.scopes_supported.includes('urn:logto:scope:trusted_devices'));
      assert.ok(
        metadata.grant_types_supported.includes('urn:ietf:params:oauth:grant-type:device_code'),
      );
      const { status, body } = await other.me();
      assert.deepEqual([status, body.error], [401, 'invalid_token']);
      assert.equal((await other.revoke(tokens.id_token)).status, 400);
      await other.revoke(tokens.access_token);
      assert.equal((await other.refresh(tokens.refresh_token)).status, 400);
    } finally {
      await other.close();
    }
  });

  test('with wrong values are all named in one error', () => {
    const env = { LOGTO_PORT: 'x', LOGTO_CODE_TTL: '0', LOGTO_ISSUER: 'y', LOGTO_VERSION: '9' };
    assert.throws(
      () => readSettings(env),
      ({ message }) => Object.keys(env).every((name) => message.includes(name)),
    );
  });
});
