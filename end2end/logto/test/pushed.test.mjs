import assert from 'node:assert/strict';
import { after, before, beforeEach, afterEach, describe, mock, test } from 'node:test';

import { Browser } from './browser.mjs';
import { ALL_SCOPES, CLIENT, REDIRECT_URI, startForTests } from './relying-party.mjs';

const RESOURCES = [
  'https://shopping.example.com/api',
  'https://billing.example.com/api',
  'urn:logto:resource:organizations',
];

let party;
before(async () => {
  party = await startForTests();
});
beforeEach(() => mock.timers.enable({ apis: ['Date'], now: Date.now() }));
afterEach(() => mock.timers.reset());
after(() => party.close());

const wait = (seconds) => mock.timers.setTime(Date.now() + seconds * 1000);

async function answerOf(attempt, browser = new Browser()) {
  const { url, html } = await browser.open(attempt.url);
  return html === undefined ? Object.fromEntries(new URL(url).searchParams) : JSON.parse(html);
}

describe('a pushed authorization request', () => {
  test('returns a request_uri that is valid for 60 seconds', async () => {
    const { status, headers, body } = await party.push(party.attempt().query);
    assert.equal(status, 201);
    assert.match(headers.get('cache-control'), /no-store/);
    assert.deepEqual(Object.keys(body).sort(), ['expires_in', 'request_uri']);
    assert.equal(body.expires_in, 60);
    assert.match(body.request_uri, /^urn:ietf:params:oauth:request_uri:[\w-]{20,}$/);
  });

  test('works for a whole sign-in, including resources', async () => {
    const scope = [...ALL_SCOPES, 'read', 'read:invoices', 'read:members'];
    const attempt = await party.pushed({ scope, resource: RESOURCES });
    const callback = await party.authorize(new Browser(), 'alice', attempt);
    assert.deepEqual([callback.state, callback.iss], [attempt.state, party.logto.issuer]);
    const { body } = await party.exchange(attempt, callback);
    assert.equal((await party.verified(body.id_token)).payload.nonce, attempt.nonce);
    const scopes = [];
    for (const parameters of [
      { resource: RESOURCES[0] },
      { resource: RESOURCES[1] },
      { organization_id: 'acme' },
    ]) {
      const refreshed = await party.refresh(body.refresh_token, parameters);
      scopes.push(refreshed.body.scope);
    }
    assert.deepEqual(scopes, ['read', 'read:invoices', 'read:members']);
  });

  test("passes on every parameter, including Logto's own and repeated ones", async () => {
    const parameters = {
      first_screen: 'register',
      identifier: 'email phone',
      direct_sign_in: 'social:google',
      one_time_token: 'ott',
      organization_id: 'acme',
      ui_locales: 'th en',
      login_hint: 'alice',
      max_age: '300',
      prompt: 'login consent',
    };
    const attempt = await party.pushed({ ...parameters, resource: RESOURCES });
    const browser = new Browser();
    const { html } = await browser.open(attempt.url);
    assert.match(html, /<title>Create account/, 'first_screen');
    assert.match(html, /name="username" value="alice"/, 'login_hint');
    const cookie = browser.cookies.find(({ name }) => name === '_logto');
    assert.deepEqual(JSON.parse(cookie.value), {
      appId: CLIENT.id,
      organizationId: 'acme',
      uiLocales: 'th en',
    });
    assert.deepEqual(await party.control('/authorization'), {
      ...Object.fromEntries(attempt.query),
      ...parameters,
      resource: RESOURCES,
      pushed: true,
    });
  });

  test('does not record client authentication as a parameter', async () => {
    const form = { client_id: CLIENT.id, client_secret: CLIENT.secret };
    await new Browser().open((await party.pushed({}, { form })).url);
    const parameters = await party.control('/authorization');
    assert.deepEqual([parameters.pushed, parameters.client_secret], [true, undefined]);
    assert.equal(parameters.redirect_uri, REDIRECT_URI);
  });

  test('overrides parameters that are sent next to the request_uri', async () => {
    const attempt = await party.pushed({ prompt: 'none' });
    const { state, error } = await answerOf({ url: `${attempt.url}&prompt=login&state=other` });
    assert.deepEqual([state, error], [attempt.state, 'login_required']);
  });

  test('cannot be used after 60 seconds or after it resulted in a code', async () => {
    const { browser } = await party.signIn('alice');
    const late = await party.pushed({ prompt: undefined });
    wait(61);
    assert.equal((await answerOf(late, browser)).error, 'invalid_request_uri');
    const used = await party.pushed({ prompt: undefined });
    assert.ok((await answerOf(used, browser)).code);
    assert.equal((await answerOf(used, browser)).error, 'invalid_request_uri');
  });

  test('is checked when it is pushed', async () => {
    const wrong = [
      [{ redirect_uri: 'http://localhost:3000/elsewhere' }, 'invalid_request'],
      [{ resource: ['https://unknown.example.com'] }, 'invalid_target'],
      [{ prompt: 'none login' }, 'invalid_request'],
      [{ request_uri: 'urn:x' }, 'request_uri_not_supported'],
    ];
    for (const [options, error] of wrong) {
      const { status, body } = await party.push(party.attempt(options).query);
      assert.deepEqual([status, body.error], [400, error], JSON.stringify(options));
      assert.equal(body.code, `oidc.${error}`);
    }
  });

  test('still works after a rotation of the signing key', async () => {
    const attempt = await party.pushed();
    await party.control('/keys/rotate', {});
    assert.ok((await party.authorize(new Browser(), 'alice', attempt)).code);
  });
});

test('pushed requests are counted and can be made to fail', async () => {
  await party.control('/reset', {});
  await party.pushed();
  await party.push(party.attempt().query, { form: { client_id: CLIENT.id } });
  assert.equal((await party.control('/grants')).par, 2);
  await party.control('/faults', { endpoint: 'par', status: 503, body: {} });
  assert.equal((await party.push(party.attempt().query)).status, 503);
  assert.equal((await party.push(party.attempt().query)).status, 201);
});
