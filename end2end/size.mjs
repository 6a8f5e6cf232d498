// Measures what sign-in adds to the WASM and JavaScript of `examples/starter`, compressed with
// Brotli. Builds the starter for release twice, with the same settings: as it is, and with the
// pages of `size/app.rs`, which are the same pages without sign-in. Everything that sign-in needs
// counts: also the names, buttons and event handlers in the pages, and the guards.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { repository } from './servers/app-environment.mjs';
import { writeVariant } from './servers/hydrated.mjs';
import { starterFolder as starter } from './servers/starter-environment.mjs';

/** The most that sign-in may add, in bytes. */
const BUDGET = 14_800;

const without = join(repository, 'target', 'size', 'without');

/** Writes the starter without sign-in. */
function writeWithout() {
  const sources = { 'src/app.rs': join(repository, 'end2end', 'size', 'app.rs') };
  writeVariant(without, 'starter-without', sources, (manifest) =>
    manifest.replace(/^.*(auth-leptos|auth-sqlx).*\n/gm, ''),
  );
}

/** Returns the lines of the pages without sign-in that the starter does not have. */
function otherLines() {
  const lines = (path) => readFileSync(path, 'utf8').split('\n').map((line) => line.trim());
  const known = new Set(lines(join(starter, 'src', 'app.rs')));
  return lines(join(without, 'src', 'app.rs'))
    .filter((line) => !line.startsWith('//') && !known.has(line));
}

/** Builds an app for release, and returns the compressed bytes of its files by their kind. */
function build(folder) {
  const site = join(folder, 'target', 'site');
  rmSync(site, { recursive: true, force: true });
  const { status } = spawnSync('cargo', ['leptos', 'build', '--release', '--frontend-only'], {
    cwd: folder,
    env: { ...process.env, CARGO_TARGET_DIR: join(repository, 'target') },
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  const sizes = { wasm: 0, js: 0 };
  for (const name of readdirSync(join(site, 'pkg'), { recursive: true })) {
    const kind = name.split('.').at(-1);
    if (kind in sizes) {
      sizes[kind] += brotliCompressSync(readFileSync(join(site, 'pkg', name))).length;
    }
  }
  return sizes;
}

writeWithout();
const sizes = { without: build(without), with: build(starter) };
const row = (...cells) =>
  console.log(cells.map((cell, index) => String(cell)[index ? 'padStart' : 'padEnd'](index ? 12 : 22)).join(''));

console.log('\nLines of the pages without sign-in that the starter does not have:');
for (const line of otherLines()) console.log(`    ${line}`);
console.log('\nBytes, compressed with Brotli (quality 11):');
row('', 'WASM', 'JavaScript', 'both');
for (const [name, { wasm, js }] of Object.entries(sizes)) row(`${name} sign-in`, wasm, js, wasm + js);
const added = { wasm: sizes.with.wasm - sizes.without.wasm, js: sizes.with.js - sizes.without.js };
row('sign-in adds', added.wasm, added.js, added.wasm + added.js);
if (added.wasm + added.js > BUDGET) {
  console.error(`size: sign-in may add ${BUDGET} bytes at most (BUDGET in end2end/size.mjs)`);
  process.exit(1);
}
