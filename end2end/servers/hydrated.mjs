// The starter with other pages. Only `src/app.rs` and `src/main.rs` differ: settings, dependencies
// and lock file are the starter's.
//
// As a command, writes the app of `hydrated/`, which browser tests run, and builds it.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repository } from './app-environment.mjs';
import { starterFolder } from './starter-environment.mjs';

/** Where the app of `hydrated/` is built. */
export const hydratedFolder = join(repository, 'target', 'hydrated');

/** A development build, as of the starter. */
export const hydratedBinary = join(repository, 'target', 'debug', 'hydrated');

/**
 * Writes a copy of the starter with the given sources, by their paths in it. Its package has another
 * name, or cargo takes one for the other. `change` changes its `Cargo.toml`.
 */
export function writeVariant(folder, name, sources, change = (manifest) => manifest) {
  mkdirSync(folder, { recursive: true });
  for (const part of ['Cargo.lock', 'public', 'style', 'src']) {
    rmSync(join(folder, part), { recursive: true, force: true });
    cpSync(join(starterFolder, part), join(folder, part), { recursive: true, preserveTimestamps: true });
  }
  for (const [path, source] of Object.entries(sources)) {
    cpSync(source, join(folder, path), { preserveTimestamps: true });
  }
  const manifest = change(
    readFileSync(join(starterFolder, 'Cargo.toml'), 'utf8')
      .replace('name = "starter"', `name = "${name}"`)
      .replaceAll('"../../crates/', `"${repository}/crates/`),
  );
  writeFileSync(join(folder, 'Cargo.toml'), manifest);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const own = join(repository, 'end2end', 'hydrated');
  writeVariant(hydratedFolder, 'hydrated', {
    'src/app.rs': join(own, 'app.rs'),
    'src/main.rs': join(own, 'main.rs'),
  });
  const { status } = spawnSync('cargo', ['leptos', 'build'], {
    cwd: hydratedFolder,
    env: { ...process.env, CARGO_TARGET_DIR: join(repository, 'target') },
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
