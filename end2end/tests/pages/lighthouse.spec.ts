// What Lighthouse says of the pages, in the Chromium of the other tests.
import { chromium, type Page } from '@playwright/test';
import lighthouse from 'lighthouse';
import { browserOptions } from '../../browser/options.mjs';
import { unusedPort } from '../../servers/free-ports.mjs';
import { expect, test } from '../fixtures/test.ts';
import { signIn } from '../page-objects/user.ts';

const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const SIGNED_OUT = ['/', '/profile', '/sign-in', '/auth/error?error=Cancelled'];
const SIGNED_IN = ['/', '/profile', '/organizations', '/resources', '/sessions', '/sign-in'];

/**
 * A telephone on a slow 4G network, which Lighthouse calculates from the requests of the page and
 * their sizes. It does not multiply the time that the processor took: other tests run at the same
 * time, and that would be a property of this machine.
 */
const SETTINGS = {
  formFactor: 'mobile',
  throttlingMethod: 'simulate',
  throttling: {
    rttMs: 150,
    throughputKbps: 1638.4,
    cpuSlowdownMultiplier: 1,
    requestLatencyMs: 0,
    downloadThroughputKbps: 0,
    uploadThroughputKbps: 0,
  },
} as const;

/** Measures a page. On a busy machine Lighthouse sometimes fails to record it, and then tries again. */
async function measure(url: string, port: number) {
  for (let attempt = 1; ; attempt += 1) {
    const result = await lighthouse(url, {
      ...SETTINGS,
      port,
      onlyCategories: CATEGORIES,
      output: 'json',
      logLevel: 'silent',
      // The page of the signed-in user.
      disableStorageReset: true,
    });
    if (result && !result.lhr.runtimeError) return result.lhr;
    if (attempt === 3) throw new Error(result?.lhr.runtimeError?.message ?? 'no result');
  }
}

/** Returns what is not perfect: nothing if all scores are 100. */
async function problems(url: string, port: number): Promise<string[]> {
  const { categories, audits } = await measure(url, port);
  expect(Object.keys(categories)).toEqual(CATEGORIES);
  return Object.values(categories)
    .filter(({ score }) => score !== 1)
    .map(({ id, score, auditRefs }) => {
      const weighed = auditRefs.filter(({ weight }) => weight > 0).map(({ id }) => audits[id]);
      const failed = weighed.filter(({ score }) => score !== null && score < 1);
      const why = failed.map(({ id, displayValue }) => `${id} ${displayValue ?? ''}`.trim());
      return `${id} ${Math.round((score ?? 0) * 100)}: ${why.join(', ')}`;
    });
}

test('Lighthouse gives each page 100 in all four categories', { tag: '@JavaScript' }, async ({
  baseURL,
}, testInfo) => {
  test.setTimeout(300_000);
  const port = await unusedPort();
  const context = await chromium.launchPersistentContext(testInfo.outputPath('browser'), {
    ...browserOptions,
    args: [...browserOptions.args, `--remote-debugging-port=${port}`],
    baseURL,
  });
  const found: Record<string, string[]> = {};
  const look = async (pages: string[], who: string) => {
    for (const address of pages) {
      const seen = await problems(new URL(address, baseURL).href, port);
      if (seen.length > 0) found[`${address} ${who}`] = seen;
    }
  };
  try {
    await look(SIGNED_OUT, 'signed out');
    const page: Page = await context.newPage();
    await signIn(page);
    await page.close();
    await look(SIGNED_IN, 'signed in');
  } finally {
    await context.close();
  }
  expect(found).toEqual({});
});
