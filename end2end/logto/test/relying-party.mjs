// The application's side of the protocol, for a local Logto started in this process.

import assert from 'node:assert/strict';
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { mock } from 'node:test';

import { readSettings } from '../settings.mjs';
import { Browser } from './browser.mjs';

export const CLIENT = { id: 'leptos-app', secret: 'leptos-app-secret-for-local-use-only' };
export const REDIRECT_URI = 'http://localhost:3000/api/auth/callback/logto';
export const ALL_SCOPES = [
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
];

/** Returns client authentication by `client_secret_basic`. */
export function basic({ id = CLIENT.id, secret = CLIENT.secret } = {}) {
  const credentials = Buffer.from(`${id}:${secret}`).toString('base64');
  return { headers: { authorization: `Basic ${credentials}` } };
}

/** Returns client authentication by `client_secret_post`. */
export function inForm({ id = CLIENT.id, secret = CLIENT.secret } = {}) {
  return { form: { client_id: id, client_secret: secret } };
}

/** Starts a local Logto on a free port with these variables, for the tests of one file. */
export async function startForTests(env = {}) {
  const warn = mock.method(console, 'warn', () => {});
  const { startLogto } = await import('../server.mjs');
  warn.mock.restore();
  const settings = readSettings({
    LOGTO_PORT: '0',
    LOGTO_TEST: '1',
    LOGTO_BACKCHANNEL_URI: '',
    ...env,
  });
  const logto = await startLogto({ ...settings, keyFile: null });
  return new RelyingParty(logto);
}

export class RelyingParty {
  constructor(logto) {
    this.logto = logto;
    this.origin = new URL(logto.issuer).origin;
  }

  close() {
    return this.logto.close();
  }

  endpoint(path) {
    return `${this.logto.issuer}${path}`;
  }

  async json(path) {
    const response = await fetch(this.endpoint(path));
    return response.json();
  }

  async control(path, body) {
    const response = await fetch(`${this.origin}/test${path}`, {
      ...(body && {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    assert.ok(response.ok, `${path}: ${response.status}`);
    return response.status === 204 ? undefined : response.json();
  }

  /** Prepares a sign-in. `parameters` replace the defaults, or drop them if undefined. */
  attempt({ scope = ALL_SCOPES, resource = [], ...parameters } = {}) {
    const verifier = randomBytes(32).toString('base64url');
    const expected = {
      state: randomBytes(8).toString('base64url'),
      nonce: randomBytes(8).toString('base64url'),
    };
    const query = new URLSearchParams();
    const all = {
      client_id: CLIENT.id,
      redirect_uri: REDIRECT_URI,
      response_type: 'code',
      scope: scope.join(' '),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      prompt: 'consent',
      ...expected,
      ...parameters,
    };
    for (const [name, value] of Object.entries(all))
      if (value !== undefined) query.set(name, value);
    for (const indicator of resource) query.append('resource', indicator);
    return { ...expected, verifier, query, url: `${this.endpoint('/auth')}?${query}` };
  }

  /** Prepares a sign-in with a pushed authorization request. */
  async pushed(options, authentication) {
    const attempt = this.attempt(options);
    const { status, body } = await this.push(attempt.query, authentication);
    assert.equal(status, 201, JSON.stringify(body));
    const query = new URLSearchParams({ client_id: CLIENT.id, request_uri: body.request_uri });
    return { ...attempt, url: `${this.endpoint('/auth')}?${query}` };
  }

  push(query, authentication) {
    return this.post('/request', query, authentication);
  }

  /** Sends a request to an endpoint that authenticates the application, by `basic` or `inForm`. */
  async post(path, parameters, { headers = {}, form = {} } = basic()) {
    const body = new URLSearchParams(parameters);
    for (const [name, value] of Object.entries(form)) body.set(name, value);
    const response = await fetch(this.endpoint(path), { method: 'POST', headers, body });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  }

  /** Signs in, with the form if it is shown; returns the parameters of the callback. */
  async authorize(browser, username, attempt) {
    let page = await browser.open(attempt.url);
    if (page.html) {
      assert.match(page.html, /<title>Sign in · Local Logto<\/title>/);
      page = await browser.submit(page, { username, password: 'password' });
    }
    assert.ok(page.url.startsWith(REDIRECT_URI), page.url);
    return Object.fromEntries(new URL(page.url).searchParams);
  }

  /** Sends a token request with these parameters. */
  token(parameters, client) {
    return this.post('/token', parameters, basic(client));
  }

  exchange(attempt, { code }, more = {}) {
    return this.token({
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: attempt.verifier,
      ...more,
    });
  }

  refresh(refreshToken, more = {}) {
    return this.token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...more });
  }

  /** Signs in and exchanges the code, in a new browser unless one is given. */
  async signIn(username, options = {}, browser = new Browser()) {
    const attempt = this.attempt(options);
    const callback = await this.authorize(browser, username, attempt);
    assert.equal(callback.state, attempt.state);
    const { status, body } = await this.exchange(attempt, callback);
    assert.equal(status, 200, JSON.stringify(body));
    return { ...body, attempt, callback, browser };
  }

  async me(accessToken) {
    const response = await fetch(this.endpoint('/me'), {
      headers: accessToken ? { authorization: `Bearer ${accessToken}` } : {},
    });
    return { status: response.status, body: await response.json() };
  }

  async revoke(token) {
    const response = await fetch(this.endpoint('/token/revocation'), {
      method: 'POST',
      body: new URLSearchParams({ token, client_id: CLIENT.id, client_secret: CLIENT.secret }),
    });
    return { status: response.status, text: await response.text() };
  }

  /** Verifies a JWT's signature with the published keys; returns its header and payload. */
  async verified(jwt) {
    const [header, payload] = jwt
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    const { keys } = await this.json('/jwks');
    const jwk = keys.find(({ kid }) => kid === header.kid);
    assert.ok(jwk, `no key ${header.kid}`);
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' };
    const digest = header.alg === 'ES384' ? 'sha384' : 'sha256';
    const signature = Buffer.from(jwt.split('.')[2], 'base64url');
    const data = Buffer.from(jwt.slice(0, jwt.lastIndexOf('.')));
    assert.ok(verify(digest, data, key, signature), 'the signature is wrong');
    return { header, payload };
  }
}
