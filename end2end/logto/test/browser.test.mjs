import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Browser } from './browser.mjs';

describe('the cookies of a browser', () => {
  const BEGINNING = 'Thu, 01 Jan 1970 00:00:00 GMT';

  for (const [ending, isKept] of [
    ['', true],
    ['; Max-Age=60', true],
    ['; Max-Age=0', false],
    ['; Max-Age=-1', false],
    [`; Expires=${BEGINNING}`, false],
    [`; Max-Age=60; Expires=${BEGINNING}`, true],
  ]) {
    it(`${isKept ? 'keeps' : 'forgets'} one with "${ending}"`, () => {
      const browser = new Browser();
      for (const cookie of ['session=first; Path=/', `session=second; Path=/${ending}`]) {
        browser.keepCookies(new Response(null, { headers: { 'set-cookie': cookie } }));
      }
      const kept = browser.cookies.map(({ value }) => value);
      assert.deepEqual(kept, isKept ? ['second'] : []);
    });
  }
});
