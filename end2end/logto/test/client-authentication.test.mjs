import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { after, before, describe, test } from 'node:test';

import { basic, CLIENT, inForm, startForTests } from './relying-party.mjs';

/** The arguments with which each algorithm creates its keys and signatures. */
const ALGORITHMS = {
  ES384: { pair: ['ec', { namedCurve: 'P-384' }], digest: 'sha384' },
  ES256: { pair: ['ec', { namedCurve: 'P-256' }], digest: 'sha256' },
  RS256: { pair: ['rsa', { modulusLength: 2048 }], digest: 'sha256' },
  EdDSA: { pair: ['ed25519'], digest: null },
};
const KEYS = Object.fromEntries(
  Object.entries(ALGORITHMS).map(([alg, { pair }]) => [alg, generateKeyPairSync(...pair)]),
);

let party;
let refreshToken;
before(async () => {
  party = await startForTests();
  const keys = Object.entries(KEYS).map(([alg, { publicKey }]) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid: alg,
    use: 'sig',
    alg,
  }));
  await party.control('/application', { jwks: { keys } });
  refreshToken = (await party.signIn('alice')).refresh_token;
});
after(() => party.close());

/** Returns client authentication by `private_key_jwt` (RFC 7523 section 3). */
function assertion({ alg = 'ES384', privateKey = KEYS[alg].privateKey, ...claims } = {}) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const payload = encode({
    iss: CLIENT.id,
    sub: CLIENT.id,
    aud: party.logto.issuer,
    jti: randomUUID(),
    iat: now,
    exp: now + 60,
    ...claims,
  });
  const data = `${encode({ alg, kid: alg })}.${payload}`;
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' };
  const signature = sign(ALGORITHMS[alg].digest, Buffer.from(data), key).toString('base64url');
  return {
    form: {
      client_assertion: `${data}.${signature}`,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    },
  };
}

const refresh = (authentication) =>
  party.post(
    '/token',
    { grant_type: 'refresh_token', refresh_token: refreshToken },
    authentication,
  );
const push = (authentication) => party.push(party.attempt().query, authentication);
const revoke = (authentication) =>
  party.post('/token/revocation', { token: 'unknown' }, authentication);

/** Every endpoint that authenticates the application, and its status on success. */
const ENDPOINTS = {
  token: [refresh, 200],
  'pushed authorization request': [push, 201],
  revocation: [revoke, 200],
};

for (const [name, [send, status]] of Object.entries(ENDPOINTS)) {
  describe(`the ${name} endpoint`, () => {
    test('accepts the secret in the header or in the form', async () => {
      assert.equal((await send(basic())).status, status);
      assert.equal((await send(inForm())).status, status);
      assert.equal((await send(basic({ secret: 'wrong' }))).status, 401);
      assert.equal((await send(inForm({ secret: 'wrong' }))).status, 401);
    });

    test('accepts an assertion with each of the algorithms', async () => {
      for (const alg of Object.keys(ALGORITHMS)) {
        const answer = await send(assertion({ alg }));
        assert.equal(answer.status, status, `${alg}: ${JSON.stringify(answer.body)}`);
      }
    });

    test('accepts only the issuer or the token endpoint as the audience', async () => {
      const { issuer } = party.logto;
      for (const aud of [issuer, [issuer], `${issuer}/token`]) {
        assert.equal((await send(assertion({ aud }))).status, status, JSON.stringify(aud));
      }
      assert.equal((await send(assertion({ aud: 'https://other.example.com' }))).status, 401);
    });

    test('refuses a request with no authentication, or with two methods', async () => {
      assert.equal((await send({ form: { client_id: CLIENT.id } })).status, 401);
      assert.equal((await send({ ...basic(), ...assertion() })).status, 400);
    });
  });
}

describe('an assertion', () => {
  test('can be used once', async () => {
    const once = assertion();
    assert.equal((await refresh(once)).status, 200);
    const { status, body } = await refresh(once);
    assert.deepEqual([status, body.error], [401, 'invalid_client']);
  });

  test('with the wrong key, expired, or of another issuer is refused', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const now = Math.floor(Date.now() / 1000);
    for (const wrong of [{ privateKey }, { exp: now - 10 }, { iss: 'another' }]) {
      const { status, body } = await refresh(assertion(wrong));
      assert.deepEqual([status, body.error], [401, 'invalid_client'], Object.keys(wrong)[0]);
    }
  });

  test('without keys at the provider is refused', async () => {
    const other = await startForTests();
    try {
      const { status } = await other.push(
        other.attempt().query,
        assertion({ aud: other.logto.issuer }),
      );
      assert.equal(status, 401);
    } finally {
      await other.close();
    }
  });
});

test('/test/grants counts how the application authenticated', async () => {
  const before = (await party.control('/grants')).authentication;
  await refresh(basic());
  await refresh(inForm());
  await refresh(assertion());
  await push(assertion());
  await push(assertion({ iss: 'another' }));
  const after = (await party.control('/grants')).authentication;
  const more = Object.entries(after).map(([method, count]) => [method, count - before[method]]);
  assert.deepEqual(Object.fromEntries(more), {
    client_secret_basic: 1,
    client_secret_post: 1,
    private_key_jwt: 3,
    none: 0,
  });
});
