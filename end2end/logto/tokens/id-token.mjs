// ID tokens and logout tokens in Logto's form.

import { createHash } from 'node:crypto';

const AT_HASH_DIGESTS = { ES384: 'sha384', RS256: 'sha256' };

/**
 * Changes the header and the few claims in which Logto's tokens differ from oidc-provider's.
 * Decodes the finished token, changes it and signs it again.
 */
export function adaptIdTokens(provider, { keys, settings }) {
  const accessTokenValues = rememberAccessTokenValues(provider);
  const idToken = provider.IdToken.prototype;
  const { issue } = idToken;

  idToken.issue = async function issueAsLogto(options) {
    const jwt = await issue.call(this, options);
    const [header, payload] = jwt.split('.').slice(0, 2).map(decode);
    switch (options.use) {
      case 'idtoken': {
        if (settings.newer) return jwt;
        const accessToken = accessTokenValues.get(this.ctx.oidc.entities.AccessToken);
        return keys.sign(
          { alg: header.alg, typ: 'JWT', kid: header.kid },
          accessToken ? { ...payload, at_hash: leftHalfHash(accessToken, header.alg) } : payload,
        );
      }
      case 'logout': {
        if (settings.logoutTokenExpires) return jwt;
        const { exp, ...withoutExpiry } = payload;
        return keys.sign(header, withoutExpiry);
      }
      default:
        return jwt;
    }
  };
}

/** Keeps the values of access tokens for `at_hash`: the model of a JWT does not hold its value. */
function rememberAccessTokenValues(provider) {
  const values = new WeakMap();
  const accessToken = provider.AccessToken.prototype;
  const { save } = accessToken;
  accessToken.save = async function saveAndRemember(...args) {
    const value = await save.apply(this, args);
    values.set(this, value);
    return value;
  };
  return values;
}

function leftHalfHash(value, alg) {
  const digest = createHash(AT_HASH_DIGESTS[alg]).update(value).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

function decode(part) {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}
