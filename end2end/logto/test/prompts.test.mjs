import assert from 'node:assert/strict';
import { after, before, beforeEach, afterEach, describe, mock, test } from 'node:test';

import { Browser } from './browser.mjs';
import { REDIRECT_URI, startForTests } from './relying-party.mjs';

const PASSWORD = /name="password"/;

let party;
before(async () => {
  party = await startForTests();
});
beforeEach(() => mock.timers.enable({ apis: ['Date'], now: Date.now() }));
afterEach(() => mock.timers.reset());
after(() => party.close());

const wait = (seconds) => mock.timers.setTime(Date.now() + seconds * 1000);
const now = () => Math.floor(Date.now() / 1000);

async function claimsOf(attempt, browser) {
  const callback = await party.authorize(browser, 'alice', attempt);
  const { body } = await party.exchange(attempt, callback);
  return { ...(await party.verified(body.id_token)).payload, tokens: body };
}

describe('the time of authentication', () => {
  test('is in the ID token only with max_age or prompt=login', async () => {
    for (const parameters of [{}, { prompt: undefined }]) {
      const claims = await claimsOf(party.attempt(parameters), new Browser());
      assert.equal(claims.auth_time, undefined, JSON.stringify(parameters));
    }
    for (const parameters of [
      { prompt: 'login' },
      { prompt: 'login consent' },
      { max_age: '60' },
      { max_age: '0' },
    ]) {
      const claims = await claimsOf(party.attempt(parameters), new Browser());
      assert.equal(claims.auth_time, now(), JSON.stringify(parameters));
    }
  });

  test('stays the same in the ID token of a refresh', async () => {
    const { browser } = await party.signIn('alice');
    const signedInAt = now();
    wait(50);
    const { tokens, auth_time: authTime } = await claimsOf(
      party.attempt({ max_age: '60' }),
      browser,
    );
    assert.equal(authTime, signedInAt);
    wait(50);
    const { body } = await party.refresh(tokens.refresh_token);
    assert.equal((await party.verified(body.id_token)).payload.auth_time, signedInAt);
  });
});

describe('a sign-in that is too old', () => {
  test('for max_age: the user signs in again', async () => {
    const { browser } = await party.signIn('alice');
    wait(59);
    const attempt = party.attempt({ max_age: '60', prompt: undefined });
    assert.match((await browser.open(attempt.url)).url, /[?&]code=/);
    wait(2);
    const again = party.attempt({ max_age: '60', prompt: undefined });
    assert.match((await browser.open(again.url)).html, PASSWORD);
    assert.equal((await claimsOf(again, browser)).auth_time, now());
  });

  test('with prompt=login or max_age=0 every sign-in is too old', async () => {
    const { browser } = await party.signIn('alice');
    for (const parameters of [{ prompt: 'login' }, { max_age: '0', prompt: undefined }]) {
      const attempt = party.attempt(parameters);
      assert.match((await browser.open(attempt.url)).html, PASSWORD);
      assert.equal((await claimsOf(attempt, browser)).auth_time, now());
    }
  });

  test('with prompt=none: login_required, with iss and state', async () => {
    const { browser } = await party.signIn('alice');
    wait(61);
    const attempt = party.attempt({ max_age: '60', prompt: 'none' });
    const { url } = await browser.open(attempt.url);
    assert.ok(url.startsWith(REDIRECT_URI));
    const { error, state, iss } = Object.fromEntries(new URL(url).searchParams);
    assert.deepEqual(
      { error, state, iss },
      { error: 'login_required', state: attempt.state, iss: party.logto.issuer },
    );
  });
});

describe('the consent page', () => {
  const scope = ['openid', 'offline_access', 'email', 'read'];
  const resource = ['https://shopping.example.com/api'];

  beforeEach(() => party.control('/application', { thirdParty: true }));
  afterEach(() => party.control('/application', { thirdParty: false }));

  async function consentPage(browser, attempt) {
    const page = await browser.open(attempt.url);
    return browser.submit(page, { username: 'alice', password: 'password' });
  }

  test('is shown for a third-party application, then the sign-in completes', async () => {
    const browser = new Browser();
    const attempt = party.attempt({ scope, resource });
    const page = await consentPage(browser, attempt);
    assert.equal(new URL(page.url).pathname, '/consent');
    assert.match(page.html, /<title>Authorize Leptos app · Local Logto<\/title>/);
    assert.match(page.html, /of alice:/);
    for (const one of scope) assert.ok(page.html.includes(`<li>${one}</li>`), one);
    assert.match(page.html, /<button type="submit">Authorize<\/button>/);

    const { url } = await browser.submit(page);
    const callback = Object.fromEntries(new URL(url).searchParams);
    assert.equal(callback.state, attempt.state);
    const { body } = await party.exchange(attempt, callback);
    const refreshed = await party.refresh(body.refresh_token, { resource: resource[0] });
    assert.equal(refreshed.body.scope, 'read');
  });

  test('Cancel leads to the bare redirect URI', async () => {
    const { html } = await consentPage(new Browser(), party.attempt());
    assert.match(html, new RegExp(`<a href="${REDIRECT_URI}">Cancel</a>`));
  });

  test('is shown only once, unless the application requests it with prompt=consent', async () => {
    const browser = new Browser();
    const first = party.attempt({ scope, resource });
    await browser.submit(await consentPage(browser, first));
    const again = party.attempt({ scope, resource, prompt: undefined });
    assert.match((await browser.open(again.url)).url, /[?&]code=/);
    const { html } = await browser.open(party.attempt({ scope, resource }).url);
    assert.match(html, /Authorize<\/button>/);
  });

  test('prompt=none: consent_required, with iss and state', async () => {
    const browser = new Browser();
    await consentPage(browser, party.attempt());
    const attempt = party.attempt({ prompt: 'none' });
    const { url } = await browser.open(attempt.url);
    const { error, state, iss } = Object.fromEntries(new URL(url).searchParams);
    assert.deepEqual(
      { error, state, iss },
      { error: 'consent_required', state: attempt.state, iss: party.logto.issuer },
    );
  });

  test('is not shown for a first-party application', async () => {
    await party.control('/reset', {});
    const { url } = await consentPage(new Browser(), party.attempt());
    assert.match(url, /[?&]code=/);
  });
});
