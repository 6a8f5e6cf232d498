import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { Browser } from './browser.mjs';
import { REDIRECT_URI, startForTests } from './relying-party.mjs';

let party;
before(async () => {
  party = await startForTests();
});
after(() => party.close());

describe('discovery', () => {
  test('has the same values as Logto', async () => {
    const metadata = await party.json('/.well-known/openid-configuration');
    const { issuer } = party.logto;
    const endpoints = {
      authorization_endpoint: '/auth',
      token_endpoint: '/token',
      userinfo_endpoint: '/me',
      end_session_endpoint: '/session/end',
      revocation_endpoint: '/token/revocation',
      introspection_endpoint: '/token/introspection',
      pushed_authorization_request_endpoint: '/request',
      jwks_uri: '/jwks',
    };
    assert.equal(metadata.issuer, issuer);
    for (const [member, path] of Object.entries(endpoints)) {
      assert.equal(metadata[member], `${issuer}${path}`, member);
    }
    const values = {
      id_token_signing_alg_values_supported: ['ES384'],
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code id_token', 'code', 'id_token', 'none'],
      response_modes_supported: ['form_post', 'fragment', 'query'],
      subject_types_supported: ['public'],
      authorization_response_iss_parameter_supported: true,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      claims_parameter_supported: false,
      token_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_jwt',
        'client_secret_post',
        'private_key_jwt',
        'none',
      ],
      scopes_supported: [
        'openid',
        'offline_access',
        'profile',
        'email',
        'phone',
        'address',
        'custom_data',
        'identities',
        'roles',
        'urn:logto:scope:organizations',
        'urn:logto:scope:organization_roles',
        'urn:logto:scope:sessions',
      ],
    };
    for (const [member, value] of Object.entries(values)) {
      assert.deepEqual(metadata[member], value, member);
    }
    assert.equal(metadata.claims_supported.length, 32);
    assert.equal(metadata.dpop_signing_alg_values_supported, undefined);
  });

  test('derives endpoints from the issuer, not from the host of the request', async () => {
    const elsewhere = party.logto.issuer.replace('localhost', '127.0.0.1');
    const response = await fetch(`${elsewhere}/.well-known/openid-configuration`);
    const metadata = await response.json();
    assert.equal(metadata.token_endpoint, party.endpoint('/token'));
  });

  test('publishes one P-384 key without its private part', async () => {
    const { keys } = await party.json('/jwks');
    assert.equal(keys.length, 1);
    assert.deepEqual(Object.keys(keys[0]).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    assert.deepEqual([keys[0].kty, keys[0].crv, keys[0].alg], ['EC', 'P-384', 'ES384']);
  });
});

describe('a full sign-in', () => {
  const common = ['aud', 'exp', 'iat', 'iss', 'sub'];

  test('as alice: every claim, including nulls and milliseconds', async () => {
    const tokens = await party.signIn('alice');
    assert.equal(tokens.callback.iss, party.logto.issuer);
    const { header, payload } = await party.verified(tokens.id_token);
    assert.deepEqual(Object.keys(header).sort(), ['alg', 'kid', 'typ']);
    assert.deepEqual([header.alg, header.typ], ['ES384', 'JWT']);

    const { aud, exp, iat, iss, nonce, sid, at_hash: atHash, ...claims } = payload;
    assert.deepEqual([aud, iss, nonce], ['leptos-app', party.logto.issuer, tokens.attempt.nonce]);
    assert.equal(exp - iat, 3600);
    assert.match(sid, /^[\w-]{20,}$/);
    const digest = createHash('sha384').update(tokens.access_token).digest();
    assert.equal(atHash, digest.subarray(0, 24).toString('base64url'));
    assert.deepEqual(claims, {
      sub: 'a1icek2m9qx7',
      name: 'Alice Example',
      picture: null,
      updated_at: 1748736000456,
      username: 'alice',
      created_at: 1735689600123,
      email: 'alice@example.com',
      email_verified: true,
      family_name: 'Example',
      given_name: 'Alice',
      locale: 'en-GB',
      phone_number: '12025550143',
      phone_number_verified: true,
      address: {
        formatted: '1 Example Street, London N1 9GU, United Kingdom',
        streetAddress: '1 Example Street',
        locality: 'London',
        postalCode: 'N1 9GU',
        country: 'United Kingdom',
      },
      roles: ['shopper'],
      organizations: ['acme', 'globex'],
      organization_roles: ['acme:admin', 'globex:member'],
    });
  });

  test('as alice: some claims only at /oidc/me', async () => {
    const tokens = await party.signIn('alice');
    const { status, body } = await party.me(tokens.access_token);
    assert.equal(status, 200);
    assert.equal(body.sub, 'a1icek2m9qx7');
    assert.deepEqual(body.custom_data, { plan: 'pro' });
    assert.deepEqual(Object.keys(body.identities), ['google']);
    const { userId, details } = body.identities.google;
    assert.deepEqual([userId, details.name], ['109876543210987654321', 'Alice Example']);
    assert.deepEqual(body.sso_identities, [
      {
        issuer: 'https://login.acme.example',
        identityId: 'alice@acme.example',
        detail: { email: 'alice@acme.example', name: 'Alice Example' },
      },
    ]);
    assert.deepEqual(body.organization_data, [
      { id: 'acme', name: 'Acme', description: 'Makes everything a road runner hunter needs.' },
      { id: 'globex', name: 'Globex', description: null },
    ]);
  });

  test('as alice: each claim only with its scope', async () => {
    const names = async (scope) => {
      const tokens = await party.signIn('alice', { scope: ['openid', ...scope] });
      const { payload } = await party.verified(tokens.id_token);
      const { body } = await party.me(tokens.access_token);
      for (const claim of [...common, 'nonce', 'sid', 'at_hash']) delete payload[claim];
      return [payload, body].map((claims) =>
        Object.keys(claims)
          .filter((name) => name !== 'sub')
          .sort(),
      );
    };
    assert.deepEqual(await names([]), [[], []]);
    for (const [scope, claims] of Object.entries({
      email: ['email', 'email_verified'],
      phone: ['phone_number', 'phone_number_verified'],
      address: ['address'],
      roles: ['roles'],
      'urn:logto:scope:organization_roles': ['organization_roles'],
    })) {
      assert.deepEqual(await names([scope]), [claims, claims], scope);
    }
    assert.deepEqual(await names(['custom_data']), [[], ['custom_data']]);
    assert.deepEqual(await names(['identities']), [[], ['identities', 'sso_identities']]);
    assert.deepEqual(await names(['urn:logto:scope:organizations']), [
      ['organizations'],
      ['organization_data', 'organizations'],
    ]);
  });

  test('as bob: only a username', async () => {
    const tokens = await party.signIn('bob');
    const { payload } = await party.verified(tokens.id_token);
    for (const claim of [...common, 'nonce', 'sid', 'at_hash']) delete payload[claim];
    assert.deepEqual(payload, {
      name: null,
      picture: null,
      updated_at: 1735776000789,
      username: 'bob',
      created_at: 1735776000789,
      email: null,
      email_verified: false,
      phone_number: null,
      phone_number_verified: false,
      roles: [],
      organizations: [],
      organization_roles: [],
    });
    assert.deepEqual((await party.me(tokens.access_token)).body.custom_data, {});
  });

  test('with the scope openid only: no claim about the user except sub', async () => {
    const { id_token: idToken } = await party.signIn('alice', { scope: ['openid'] });
    const { payload } = await party.verified(idToken);
    assert.deepEqual(Object.keys(payload).sort(), [...common, 'at_hash', 'nonce', 'sid'].sort());
  });

  test('has auth_time only with prompt=login or max_age', async () => {
    const authTime = async (options) =>
      (await party.verified((await party.signIn('alice', options)).id_token)).payload.auth_time;
    assert.equal(await authTime({}), undefined);
    assert.equal(typeof (await authTime({ prompt: 'login consent' })), 'number');
    assert.equal(typeof (await authTime({ max_age: '600' })), 'number');
  });

  test('with a pushed authorization request', async () => {
    const attempt = party.attempt();
    const pushed = await fetch(party.endpoint('/request'), {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa('leptos-app:leptos-app-secret-for-local-use-only')}`,
      },
      body: new URL(attempt.url).searchParams,
    });
    assert.equal(pushed.status, 201);
    const { request_uri: requestUri } = await pushed.json();
    const query = new URLSearchParams({ client_id: 'leptos-app', request_uri: requestUri });
    const browser = new Browser();
    const callback = await party.authorize(browser, 'alice', {
      url: `${party.endpoint('/auth')}?${query}`,
    });
    assert.equal((await party.exchange(attempt, callback)).status, 200);
  });
});

describe('the sign-in page', () => {
  test('has a labelled form and sets a cookie with raw JSON', async () => {
    const browser = new Browser();
    const { html, response } = await browser.open(party.attempt({ login_hint: 'ali"ce' }).url);
    assert.equal(response.status, 200);
    assert.match(html, /<label>Username\s*<input name="username" value="ali&#34;ce"/);
    assert.match(html, /<label>Password\s*<input name="password" type="password"/);
    assert.match(html, /<button type="submit">Sign in<\/button>/);
    const cookie = browser.cookies.find(({ name }) => name === '_logto');
    assert.equal(cookie.value, '{"appId":"leptos-app","uiLocales":"en"}');
    assert.equal(cookie.path, '/');
    assert.ok(browser.cookies.some(({ name }) => name === '_interaction.sig'));
  });

  test('reports a wrong password, then accepts the right one', async () => {
    const browser = new Browser();
    const page = await browser.open(party.attempt().url);
    const again = await browser.submit(page, { username: 'alice', password: 'wrong' });
    assert.equal(again.response.status, 422);
    assert.match(again.html, /<p role="alert">Incorrect username or password\.<\/p>/);
    assert.match(again.html, /value="alice"/);
    const done = await browser.submit(again, { username: 'alice', password: 'password' });
    assert.match(done.url, /[?&]code=/);
  });

  test('Cancel leads to the bare redirect URI', async () => {
    const { html } = await new Browser().open(party.attempt().url);
    assert.match(html, new RegExp(`<a href="${REDIRECT_URI}">Cancel</a>`));
  });

  test('an aborted interaction returns an error without a description', async () => {
    const browser = new Browser();
    const attempt = party.attempt();
    await browser.open(attempt.url);
    const { url } = await browser.open(`${party.origin}/sign-in/abort`);
    assert.deepEqual(Object.fromEntries(new URL(url).searchParams), {
      error: 'access_denied',
      state: attempt.state,
      iss: party.logto.issuer,
    });
  });

  test('first_screen=register creates a user', async () => {
    const browser = new Browser();
    const attempt = party.attempt({ first_screen: 'register' });
    const page = await browser.open(attempt.url);
    assert.match(page.html, /<title>Create account · Local Logto<\/title>/);
    const taken = await browser.submit(page, { username: 'alice', password: 'x' });
    assert.match(taken.html, /role="alert">This username is already in use\./);
    const done = await browser.submit(taken, { username: 'carol', password: 'password' });
    const callback = Object.fromEntries(new URL(done.url).searchParams);
    const { body } = await party.exchange(attempt, callback);
    assert.equal((await party.verified(body.id_token)).payload.username, 'carol');
    assert.ok((await party.signIn('carol')).id_token);
  });

  test('of two tabs, only the newest sign-in completes', async () => {
    const browser = new Browser();
    const [first, second] = [party.attempt(), party.attempt()];
    const firstTab = await browser.open(first.url);
    const secondTab = await browser.open(second.url);
    const done = await browser.submit(firstTab, { username: 'alice', password: 'password' });
    assert.equal(new URL(done.url).searchParams.get('state'), second.state);
    const late = await browser.submit(secondTab, { username: 'alice', password: 'password' });
    assert.equal(late.response.status, 400);
    assert.match(late.html, /role="alert"/);
  });
});

describe('an existing session at Logto', () => {
  test('prompt=none: login_required without it, consent_required for new scopes', async () => {
    const browser = new Browser();
    const silent = async (options) => {
      const attempt = party.attempt({ prompt: 'none', ...options });
      const { url } = await browser.open(attempt.url);
      const answer = Object.fromEntries(new URL(url).searchParams);
      assert.deepEqual([answer.state, answer.iss], [attempt.state, party.logto.issuer]);
      return answer.error ?? 'code';
    };
    assert.equal(await silent(), 'login_required');
    await party.signIn('alice', { scope: ['openid', 'profile'] }, browser);
    assert.equal(await silent({ scope: ['openid', 'profile'] }), 'code');
    assert.equal(await silent({ scope: ['openid', 'profile', 'email'] }), 'consent_required');
    const resource = ['https://shopping.example.com/api'];
    assert.equal(await silent({ scope: ['openid', 'read'], resource }), 'consent_required');
  });

  test('returns a code without showing a page, but no refresh token', async () => {
    const { browser } = await party.signIn('alice');
    const attempt = party.attempt({ prompt: undefined });
    const { url } = await browser.open(attempt.url);
    const { body } = await party.exchange(attempt, { code: new URL(url).searchParams.get('code') });
    assert.equal(body.refresh_token, undefined);
    assert.doesNotMatch(body.scope, /offline_access/);
  });
});
