// Checks each feature of each library on its own, with nothing that another
// crate of the workspace turns on, and what browsers get for WebAssembly.
import { execFileSync, spawnSync } from 'node:child_process';

const WASM = ['--target', 'wasm32-unknown-unknown'];
const metadata = JSON.parse(
  execFileSync('cargo', ['metadata', '--locked', '--no-deps', '--format-version', '1'], { encoding: 'utf8' }),
);

const checks = [];
for (const { name, features } of metadata.packages.filter((each) => each.name.startsWith('auth-'))) {
  // auth-sqlx refuses to be built without a database.
  if (name !== 'auth-sqlx') checks.push([name]);
  for (const feature of Object.keys(features)) checks.push([name, '--features', feature]);
}
checks.push(['auth-types', ...WASM], ['auth-leptos', ...WASM], ['auth-leptos', '--features', 'hydrate', ...WASM]);

for (const [name, ...options] of checks) {
  console.log(`${name} ${options.join(' ')}`);
  const command = ['clippy', '--quiet', '--locked', '--lib', '-p', name, '--no-default-features', ...options];
  // Clippy, so that a warning is an error without building dependencies again.
  const { status } = spawnSync('cargo', [...command, '--', '-D', 'warnings'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
