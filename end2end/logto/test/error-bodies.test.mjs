import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Browser } from './browser.mjs';
import { CLIENT, startForTests } from './relying-party.mjs';

let party;
before(async () => {
  party = await startForTests();
});
after(() => party.close());

describe('the token endpoint', () => {
  test('a wrong secret: 401 with Basic, and the code stays valid', async () => {
    const attempt = party.attempt();
    const callback = await party.authorize(new Browser(), 'alice', attempt);
    const wrong = await party.token(
      {
        grant_type: 'authorization_code',
        code: callback.code,
        redirect_uri: 'http://localhost:3000/api/auth/callback/logto',
        code_verifier: attempt.verifier,
      },
      { secret: 'wrong' },
    );
    assert.equal(wrong.status, 401);
    assert.match(wrong.headers.get('www-authenticate'), /^Basic /);
    assert.deepEqual(wrong.body, {
      code: 'oidc.invalid_client',
      message: 'Client is invalid.',
      error: 'invalid_client',
      error_description: 'client authentication failed',
    });
    assert.equal((await party.exchange(attempt, callback)).status, 200);
  });

  test('an unknown client: 400', async () => {
    const { status, body } = await party.token({ grant_type: 'refresh_token' }, { id: 'unknown' });
    assert.deepEqual([status, body.error], [400, 'invalid_client']);
  });

  test('every invalid_grant has the same body', async () => {
    const expected = {
      code: 'oidc.invalid_grant',
      message: 'Grant request is invalid.',
      error: 'invalid_grant',
      error_description: 'grant request is invalid',
    };
    const answers = await Promise.all([
      party.refresh('unknown'),
      party.exchange({ verifier: 'x'.repeat(43) }, { code: 'unknown' }),
    ]);
    for (const { status, body } of answers) {
      assert.equal(status, 400);
      assert.deepEqual(body, expected);
    }
  });

  test('refuses a grant type that the application may not use', async () => {
    for (const grantType of [
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ]) {
      const { status, body } = await party.token({ grant_type: grantType });
      assert.deepEqual([status, body.error], [400, 'invalid_request'], grantType);
    }
    const { body } = await party.token({ grant_type: 'password' });
    assert.equal(body.error, 'unsupported_grant_type');
  });

  test('accepts the secret in the form as well', async () => {
    const { refresh_token: refreshToken } = await party.signIn('alice');
    const send = (secret) =>
      fetch(party.endpoint('/token'), {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token: refreshToken,
          client_id: CLIENT.id,
          client_secret: secret,
        }),
      });
    assert.equal((await send(CLIENT.secret)).status, 200);
    assert.equal((await send('wrong')).status, 401);
  });
});

describe('the authorization endpoint', () => {
  test('an unregistered redirect URI: 400 JSON, also to a browser', async () => {
    const attempt = party.attempt({ redirect_uri: 'http://localhost:3000/elsewhere' });
    const response = await new Browser().request(attempt.url);
    assert.equal(response.status, 400);
    assert.match(response.headers.get('content-type'), /^application\/json/);
    const body = await response.json();
    assert.deepEqual(
      [body.error, body.code],
      ['invalid_redirect_uri', 'oidc.invalid_redirect_uri'],
    );
  });

  test('an unknown client: 400 JSON', async () => {
    const response = await new Browser().request(party.attempt({ client_id: 'unknown' }).url);
    assert.deepEqual([response.status, (await response.json()).error], [400, 'invalid_client']);
  });
});

describe('/oidc/me', () => {
  test('without a token: 400 invalid_request', async () => {
    const { status, body } = await party.me();
    assert.deepEqual([status, body.error], [400, 'invalid_request']);
  });

  test('with a bad token: 401 invalid_token', async () => {
    const { status, body } = await party.me('unknown');
    assert.deepEqual([status, body.error], [401, 'invalid_token']);
  });
});
