// Finds Chromium: the system's, otherwise the one that Playwright installed.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from '@playwright/test';

// The first is much quicker, and cannot show the window that Playwright's debugger needs.
const names = [
  ...(process.env.PWDEBUG ? [] : ['chromium-headless-shell']),
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
];

/** Once: workers of the tests get what their parent has found. */
export function findChromium() {
  return (process.env.FOUND_CHROMIUM ??= search());
}

function search() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  const found = [...candidates, chromium.executablePath()].find(runs);
  if (!found) throw new Error('Chromium was not found: run `make setup`');
  return found;
}

// A half installed browser is there, but does not run.
function runs(path) {
  return spawnSync(path, ['--version'], { timeout: 10_000 }).status === 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(findChromium());
}
