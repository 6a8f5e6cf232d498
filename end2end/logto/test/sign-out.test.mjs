import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';

import { Browser } from './browser.mjs';
import { CLIENT, startForTests } from './relying-party.mjs';

const HOME = 'http://localhost:3000/';

let party;
let app;
let received;
before(async () => {
  app = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    received.push({ url: req.url, type: req.headers['content-type'], body });
    res.end();
  });
  await new Promise((resolve) => {
    app.listen(0, '127.0.0.1', resolve);
  });
  party = await startForTests({
    LOGTO_BACKCHANNEL_URI: `http://127.0.0.1:${app.address().port}/backchannel`,
  });
});
beforeEach(() => {
  received = [];
});
after(async () => {
  app.close();
  await party.close();
});

function endSession(parameters) {
  return `${party.endpoint('/session/end')}?${new URLSearchParams(parameters)}`;
}

async function signOut(browser, parameters) {
  return browser.submit(await browser.open(endSession(parameters)));
}

async function asksForPassword(browser) {
  const { html } = await browser.open(party.attempt().url);
  return /name="password"/.test(html ?? '');
}

describe('signing out', () => {
  test('with client_id, and the next sign-in asks for the password', async () => {
    const { browser } = await party.signIn('alice');
    assert.equal(await asksForPassword(browser), false);
    const page = await browser.open(
      endSession({ client_id: 'leptos-app', post_logout_redirect_uri: HOME, state: 's1' }),
    );
    assert.equal(page.response.status, 200);
    assert.match(page.html, /<script>.*\.submit\(\)<\/script>/);
    assert.match(page.html, /<noscript><button [^>]*>Continue<\/button><\/noscript>/);
    const { url } = await browser.submit(page);
    assert.equal(url, `${HOME}?state=s1`);
    assert.equal(await asksForPassword(browser), true);
  });

  test('with id_token_hint, without state', async () => {
    const { browser, id_token: hint } = await party.signIn('alice');
    const parameters = { id_token_hint: hint, post_logout_redirect_uri: 'http://localhost:3007' };
    assert.equal((await signOut(browser, parameters)).url, 'http://localhost:3007/');
    assert.equal(await asksForPassword(browser), true);
  });

  test('while nobody is signed in', async () => {
    const parameters = { client_id: 'leptos-app', post_logout_redirect_uri: HOME, state: 's2' };
    const { url } = await signOut(new Browser(), parameters);
    assert.equal(url, `${HOME}?state=s2`);
  });

  test('to an unregistered URI: 400', async () => {
    const parameters = {
      client_id: 'leptos-app',
      post_logout_redirect_uri: 'http://localhost:3000/elsewhere',
    };
    const { response, html } = await new Browser().open(endSession(parameters));
    assert.equal(response.status, 400);
    assert.equal(JSON.parse(html).error, 'invalid_request');
  });

  test('leaves refresh and access tokens valid; revocation ends them', async () => {
    const tokens = await party.signIn('alice');
    await signOut(tokens.browser, { client_id: 'leptos-app', post_logout_redirect_uri: HOME });
    const { status, body } = await party.refresh(tokens.refresh_token);
    assert.equal(status, 200);
    assert.equal((await party.me(tokens.access_token)).status, 200);
    assert.deepEqual(await party.revoke(body.refresh_token), { status: 200, text: '' });
    assert.equal((await party.refresh(tokens.refresh_token)).status, 400);
    assert.equal((await party.me(body.access_token)).status, 401);
  });

  test('without offline_access ends the access token too', async () => {
    const tokens = await party.signIn('alice', { scope: ['openid'], prompt: undefined });
    assert.equal((await party.me(tokens.access_token)).status, 200);
    await signOut(tokens.browser, { client_id: 'leptos-app', post_logout_redirect_uri: HOME });
    assert.equal((await party.me(tokens.access_token)).status, 401);
  });
});

describe('revocation', () => {
  test('answers 200 with an empty body for unknown tokens', async () => {
    assert.deepEqual(await party.revoke('unknown'), { status: 200, text: '' });
    const { id_token: jwt } = await party.signIn('alice');
    assert.deepEqual(await party.revoke(jwt), { status: 200, text: '' });
  });

  test('of an access token leaves the refresh token', async () => {
    const tokens = await party.signIn('alice');
    await party.revoke(tokens.access_token);
    assert.equal((await party.me(tokens.access_token)).status, 401);
    assert.equal((await party.refresh(tokens.refresh_token)).status, 200);
  });
});

describe('back-channel logout', () => {
  test('posts one logout token with the sid of the ID token and no exp', async () => {
    const { browser, id_token: idToken } = await party.signIn('alice');
    const { sid, sub } = (await party.verified(idToken)).payload;
    await signOut(browser, { client_id: 'leptos-app', post_logout_redirect_uri: HOME });
    assert.equal(received.length, 1);
    assert.equal(received[0].url, '/backchannel');
    assert.match(received[0].type, /^application\/x-www-form-urlencoded/);
    const form = new URLSearchParams(received[0].body);
    assert.deepEqual([...form.keys()], ['logout_token']);
    const { header, payload } = await party.verified(form.get('logout_token'));
    assert.deepEqual(Object.keys(header).sort(), ['alg', 'kid', 'typ']);
    assert.deepEqual([header.alg, header.typ], ['ES384', 'logout+jwt']);
    const { iat, jti, ...rest } = payload;
    assert.ok(Math.abs(iat - Date.now() / 1000) < 5);
    assert.match(jti, /^[\w-]{20,}$/);
    assert.deepEqual(rest, {
      sub,
      sid,
      aud: 'leptos-app',
      iss: party.logto.issuer,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
  });

  test('with LOGTO_LOGOUT_TOKEN_EXP=1 the token lasts 120 seconds', async () => {
    const other = await startForTests({
      LOGTO_LOGOUT_TOKEN_EXP: '1',
      LOGTO_BACKCHANNEL_URI: `http://127.0.0.1:${app.address().port}/`,
    });
    try {
      const { browser } = await other.signIn('alice');
      const page = await browser.open(`${other.endpoint('/session/end')}?client_id=leptos-app`);
      await browser.submit(page);
      const { payload } = await other.verified(received[0].body.replace('logout_token=', ''));
      assert.equal(payload.exp, payload.iat + 120);
    } finally {
      await other.close();
    }
  });

  test('is not retried if the app answers 500, and sign-out continues', async () => {
    const { browser } = await party.signIn('alice');
    await party.control('/reset', {});
    const again = await party.signIn('alice', {}, browser);
    app.prependOnceListener('request', (_req, res) => {
      res.statusCode = 500;
    });
    const { url } = await signOut(again.browser, {
      client_id: 'leptos-app',
      post_logout_redirect_uri: HOME,
    });
    assert.equal(url, HOME);
    assert.equal(received.length, 1);
    assert.deepEqual((await party.control('/grants')).backchannel, { delivered: 0, failed: 1 });
  });
});

describe("ending a user's sessions as an administrator", () => {
  const endSessions = (username) => party.control(`/back-channel/${username}`, {});

  beforeEach(() => party.control('/reset', {}));

  test('delivers one logout token for each session', async () => {
    const sessions = [await party.signIn('alice'), await party.signIn('alice')];
    await party.signIn('bob');
    assert.deepEqual(await endSessions('alice'), { statuses: [200, 200] });
    const sids = [];
    for (const { body } of received) {
      const logoutToken = new URLSearchParams(body).get('logout_token');
      const { header, payload } = await party.verified(logoutToken);
      assert.equal(header.typ, 'logout+jwt');
      const { iat, jti, sid, ...rest } = payload;
      assert.ok(Math.abs(iat - Date.now() / 1000) < 5);
      assert.match(jti, /^[\w-]{20,}$/);
      assert.deepEqual(rest, {
        sub: 'a1icek2m9qx7',
        aud: CLIENT.id,
        iss: party.logto.issuer,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      });
      sids.push(sid);
    }
    const expected = [];
    for (const { id_token: idToken } of sessions) {
      expected.push((await party.verified(idToken)).payload.sid);
    }
    assert.deepEqual(sids, expected);
    assert.deepEqual((await party.control('/grants')).backchannel, { delivered: 2, failed: 0 });
  });

  test('makes only this user enter the password at the next sign-in', async () => {
    const [alice, bob] = [await party.signIn('alice'), await party.signIn('bob')];
    await endSessions('alice');
    assert.equal(await asksForPassword(alice.browser), true);
    assert.equal(await asksForPassword(bob.browser), false);
    assert.equal((await party.refresh(alice.refresh_token)).status, 200);
  });

  test("returns the status of the app's answer", async () => {
    await party.signIn('alice');
    app.prependOnceListener('request', (_req, res) => {
      res.statusCode = 400;
    });
    assert.deepEqual(await endSessions('alice'), { statuses: [400] });
    assert.deepEqual((await party.control('/grants')).backchannel, { delivered: 0, failed: 1 });
    assert.deepEqual(await endSessions('alice'), { statuses: [] });
  });

  test('returns null if nothing listens, and no status if no URI is registered', async () => {
    await party.signIn('alice');
    await party.control('/application', { backchannelUri: 'http://127.0.0.1:9/' });
    assert.deepEqual(await endSessions('alice'), { statuses: [null] });
    const { browser } = await party.signIn('alice');
    await party.control('/application', { backchannelUri: '' });
    assert.deepEqual(await endSessions('alice'), { statuses: [] });
    assert.equal(await asksForPassword(browser), true);
  });

  test('needs an existing user', async () => {
    await assert.rejects(endSessions('nobody'), /404/);
  });
});

describe('the sessions of a user', () => {
  const sidsOf = async (username) => (await party.control(`/sessions/${username}`)).sids;

  test('are listed by the sid of their ID tokens until they end', async () => {
    await party.control('/reset', {});
    assert.deepEqual(await sidsOf('alice'), []);
    const { id_token: idToken } = await party.signIn('alice');
    await party.signIn('bob');
    assert.deepEqual(await sidsOf('alice'), [(await party.verified(idToken)).payload.sid]);
    await party.control('/back-channel/alice', {});
    assert.deepEqual(await sidsOf('alice'), []);
    await assert.rejects(sidsOf('nobody'), /404/);
  });
});
