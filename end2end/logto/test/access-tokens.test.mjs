import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Browser } from './browser.mjs';
import { ALL_SCOPES, startForTests } from './relying-party.mjs';

const SHOPPING = 'https://shopping.example.com/api';
const BILLING = 'https://billing.example.com/api';
const ORGANIZATIONS = 'urn:logto:resource:organizations';
const PERMISSIONS = [
  'read',
  'write',
  'read:invoices',
  'pay:invoices',
  'read:members',
  'invite:members',
];
const EVERYTHING = {
  scope: [...ALL_SCOPES, ...PERMISSIONS],
  resource: [SHOPPING, BILLING, ORGANIZATIONS],
};

let party;
let alice;
let bob;
before(async () => {
  party = await startForTests();
  alice = await party.signIn('alice', EVERYTHING);
  bob = await party.signIn('bob', EVERYTHING);
});
after(() => party.close());

async function refreshed(tokens, parameters) {
  const { status, body } = await party.refresh(tokens.refresh_token, parameters);
  assert.equal(status, 200, JSON.stringify(body));
  return { ...body, ...(await party.verified(body.access_token)) };
}

describe('API resources', () => {
  test('a code exchange without resource gives an opaque token for /oidc/me', async () => {
    assert.equal(alice.access_token.split('.').length, 1);
    assert.equal((await party.me(alice.access_token)).status, 200);
    assert.equal(alice.scope, ALL_SCOPES.join(' '));
  });

  test('a code exchange with resource gives a JWT', async () => {
    const attempt = party.attempt(EVERYTHING);
    const callback = await party.authorize(new Browser(), 'alice', attempt);
    const { body } = await party.exchange(attempt, callback, { resource: SHOPPING });
    assert.equal((await party.verified(body.access_token)).payload.aud, SHOPPING);
    assert.equal(body.scope, 'read write');
  });

  test('a refresh with resource gives an at+jwt with exactly these claims', async () => {
    const { header, payload, scope } = await refreshed(alice, { resource: SHOPPING });
    assert.deepEqual(Object.keys(header).sort(), ['alg', 'kid', 'typ']);
    assert.deepEqual([header.alg, header.typ], ['ES384', 'at+jwt']);
    const { iat, exp, jti, ...rest } = payload;
    assert.equal(exp - iat, 3600);
    assert.match(jti, /^[\w-]{20,}$/);
    assert.deepEqual(rest, {
      aud: SHOPPING,
      scope: 'read write',
      client_id: 'leptos-app',
      sub: 'a1icek2m9qx7',
      iss: party.logto.issuer,
    });
    assert.equal(scope, 'read write');
  });

  test('each resource has its own permissions', async () => {
    assert.equal((await refreshed(alice, { resource: BILLING })).scope, 'read:invoices');
    const narrowed = await refreshed(alice, { resource: SHOPPING, scope: 'openid read' });
    assert.equal(narrowed.payload.scope, 'read');
  });

  test('a user without permissions gets a token with an empty scope', async () => {
    const { scope, payload } = await refreshed(bob, { resource: SHOPPING });
    assert.equal(scope, '');
    assert.deepEqual([payload.aud, payload.sub], [SHOPPING, 'b0bw4n8t1r5z']);
  });

  test('a refresh without resource gives an opaque token for /oidc/me again', async () => {
    await refreshed(alice, { resource: SHOPPING });
    const { status, body } = await party.refresh(alice.refresh_token);
    assert.equal(status, 200);
    assert.equal(body.access_token.split('.').length, 1);
    assert.equal((await party.me(body.access_token)).status, 200);
    assert.deepEqual(
      body.scope.split(' ').filter((scope) => PERMISSIONS.includes(scope)),
      [],
    );
  });

  test('a token lacks permissions that the sign-in did not request', async () => {
    const tokens = await party.signIn('alice', {
      scope: [...ALL_SCOPES, 'read'],
      resource: [SHOPPING, BILLING],
    });
    assert.equal((await refreshed(tokens, { resource: SHOPPING })).scope, 'read');
    assert.equal((await refreshed(tokens, { resource: BILLING })).scope, '');
    const { status, body } = await party.refresh(tokens.refresh_token, { scope: 'write' });
    assert.deepEqual([status, body.error], [400, 'invalid_scope']);
  });

  test('a token for a resource is refused at /oidc/me', async () => {
    const { access_token: token } = await refreshed(alice, { resource: SHOPPING });
    const { status, body } = await party.me(token);
    assert.deepEqual([status, body.error], [401, 'invalid_token']);
  });

  test('a resource that is unknown or was not requested at sign-in: invalid_target', async () => {
    const onlyShopping = await party.signIn('alice', { ...EVERYTHING, resource: [SHOPPING] });
    const parameters = [
      [alice, { resource: 'https://unknown.example.com' }],
      [alice, { resource: 'urn:logto:scope:organizations' }],
      [onlyShopping, { resource: BILLING }],
    ];
    for (const [tokens, more] of parameters) {
      const { status, body } = await party.refresh(tokens.refresh_token, more);
      assert.deepEqual([status, body.error], [400, 'invalid_target'], JSON.stringify(more));
    }
  });

  test('a sign-in request with an unknown resource: invalid_target', async () => {
    const attempt = party.attempt({ resource: ['https://unknown.example.com'] });
    const { url } = await new Browser().open(attempt.url);
    assert.equal(new URL(url).searchParams.get('error'), 'invalid_target');
  });
});

describe('organization tokens', () => {
  test('for the organization itself', async () => {
    const acme = await refreshed(alice, { organization_id: 'acme' });
    assert.equal(acme.payload.aud, 'urn:logto:organization:acme');
    assert.equal(acme.header.typ, 'at+jwt');
    assert.equal(acme.scope, 'read:members invite:members');
    assert.equal(acme.payload.scope, acme.scope);
    assert.equal(acme.payload.organization_id, undefined);
    const globex = await refreshed(alice, { organization_id: 'globex' });
    assert.equal(globex.payload.aud, 'urn:logto:organization:globex');
    assert.equal(globex.scope, 'read:members');
  });

  test('without the permission scopes at sign-in, with an empty scope', async () => {
    const tokens = await party.signIn('alice', { resource: [ORGANIZATIONS] });
    const { scope, payload } = await refreshed(tokens, { organization_id: 'acme' });
    assert.deepEqual([scope, payload.aud], ['', 'urn:logto:organization:acme']);
  });

  test('are refused at /oidc/me', async () => {
    const { access_token: token } = await refreshed(alice, { organization_id: 'acme' });
    assert.equal((await party.me(token)).status, 401);
  });

  test('without the organizations resource at sign-in, with an empty scope', async () => {
    const tokens = await party.signIn('alice', { ...EVERYTHING, resource: [SHOPPING] });
    const { scope, payload } = await refreshed(tokens, { organization_id: 'acme' });
    assert.equal(scope, '');
    assert.equal(payload.aud, 'urn:logto:organization:acme');
  });

  test("for an API within the organization, with that organization's permissions", async () => {
    const scopes = {};
    for (const organization of ['acme', 'globex']) {
      for (const resource of [SHOPPING, BILLING]) {
        const { payload } = await refreshed(alice, { organization_id: organization, resource });
        assert.deepEqual([payload.aud, payload.organization_id], [resource, organization]);
        scopes[`${organization} ${new URL(resource).hostname}`] = payload.scope;
      }
    }
    assert.deepEqual(scopes, {
      'acme shopping.example.com': 'read write',
      'acme billing.example.com': 'read:invoices pay:invoices',
      'globex shopping.example.com': 'read',
      'globex billing.example.com': 'read:invoices',
    });
  });

  test('not a member: 403', async () => {
    const answer = await party.refresh(bob.refresh_token, { organization_id: 'acme' });
    assert.equal(answer.status, 403);
    assert.deepEqual(answer.body, {
      code: 'oidc.access_denied',
      message: 'The request is denied. {{error_description}}.',
      error: 'access_denied',
      error_description: 'user is not a member of the organization',
    });
    const unknown = await party.refresh(alice.refresh_token, { organization_id: 'unknown' });
    assert.deepEqual([unknown.status, unknown.body.error], [403, 'access_denied']);
  });

  test('without the organizations scope: 403', async () => {
    const tokens = await party.signIn('alice', { scope: ['openid', 'offline_access'] });
    const { status, body } = await party.refresh(tokens.refresh_token, { organization_id: 'acme' });
    assert.deepEqual(
      [status, body.error, body.scope],
      [403, 'insufficient_scope', 'urn:logto:scope:organizations'],
    );
  });

  test('the next ID token shows that a membership ended', async () => {
    await party.control('/users/alice', { organizations: { globex: ['member'] } });
    const { id_token: idToken } = await refreshed(alice, { resource: SHOPPING });
    assert.deepEqual((await party.verified(idToken)).payload.organizations, ['globex']);
    const denied = await party.refresh(alice.refresh_token, { organization_id: 'acme' });
    assert.equal(denied.status, 403);
  });
});
