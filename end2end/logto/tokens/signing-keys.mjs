// The keys that sign tokens: EC P-384 as in a new Logto tenant, RSA if a test rotates to it.

import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const KEY_TYPES = {
  EC: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  RSA: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

const ALGORITHMS = {
  ES384: (data, key) => sign('sha384', data, { key, dsaEncoding: 'ieee-p1363' }),
  RS256: (data, key) => sign('sha256', data, key),
};

export class SigningKeys {
  /** With `file` null the key is not stored. */
  constructor(file) {
    this.first = file ? loadOrCreate(file) : generate('EC');
    this.reset();
  }

  reset() {
    this.keys = [this.first];
  }

  /** Adds a new key in front, which signs from now on. The old keys stay in the JWKS. */
  rotate(type = 'EC') {
    if (!KEY_TYPES[type])
      throw new RangeError(`the type of a key must be ${Object.keys(KEY_TYPES).join(' or ')}`);
    this.keys.unshift(generate(type));
  }

  get jwks() {
    return { keys: structuredClone(this.keys) };
  }

  /** The algorithm of the newest key. */
  get algorithm() {
    return this.keys[0].kty === 'RSA' ? 'RS256' : 'ES384';
  }

  /** Returns a compact JWS with this header, signed by the key `header.kid`. */
  sign(header, payload) {
    const jwk = this.keys.find(({ kid }) => kid === header.kid);
    const key = createPrivateKey({ key: jwk, format: 'jwk' });
    const data = `${encode(header)}.${encode(payload)}`;
    return `${data}.${ALGORITHMS[header.alg](Buffer.from(data), key).toString('base64url')}`;
  }
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function generate(type) {
  const jwk = KEY_TYPES[type]().privateKey.export({ format: 'jwk' });
  const kid = createHash('sha256')
    .update(jwk.x ?? jwk.n)
    .digest('base64url');
  return { ...jwk, use: 'sig', kid };
}

function loadOrCreate(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    if (cause.code !== 'ENOENT') throw cause;
  }
  const jwk = generate('EC');
  mkdirSync(new URL('.', file), { recursive: true });
  try {
    // `wx` fails if the file exists: of two processes that start at once, the second reads the
    // first one's key.
    writeFileSync(file, `${JSON.stringify(jwk)}\n`, { mode: 0o600, flag: 'wx' });
    return jwk;
  } catch (cause) {
    if (cause.code !== 'EEXIST') throw cause;
    return JSON.parse(readFileSync(file, 'utf8'));
  }
}
