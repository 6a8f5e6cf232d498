// Makes an app from `examples/starter` as `cargo generate` does, for tests that have no
// cargo-generate. A test compares the two where it is installed.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Liquid } from 'liquidjs';
import { starterFolder } from '../servers/starter-environment.mjs';

const LIQUID = '.liquid';
/** What `cargo generate` leaves out: see `cargo-generate.toml`. */
const NOT_COPIED = new Set(['cargo-generate.toml', 'data', 'target']);

export const RENDERINGS = ['hydration', 'islands'];
export const DATABASES = ['sqlite', 'postgres'];

/** Returns the paths of the starter's files, relative to its folder. */
function starterFiles(folder = starterFolder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (folder === starterFolder && NOT_COPIED.has(entry.name)) return [];
    return entry.isDirectory() ? starterFiles(path) : [relative(starterFolder, path)];
  });
}

/** Returns the files that have a template, by the path of the file. */
export const templates = () =>
  starterFiles()
    .filter((path) => path.endsWith(LIQUID))
    .map((path) => path.slice(0, -LIQUID.length));

/** Returns a file of the app with these answers. */
export function render(path, { name, ...answers }) {
  const text = readFileSync(join(starterFolder, path + LIQUID), 'utf8');
  return new Liquid({ strictFilters: true, strictVariables: true }).parseAndRenderSync(text, {
    'project-name': name,
    crate_name: name.replaceAll('-', '_'),
    ...answers,
  });
}

/** Writes the app. What `cargo` has built in the folder stays. */
export function generate(folder, answers) {
  for (const path of starterFiles()) {
    if (path.endsWith(LIQUID)) continue;
    const target = join(folder, path);
    mkdirSync(join(target, '..'), { recursive: true });
    if (!existsSync(join(starterFolder, path + LIQUID))) {
      cpSync(join(starterFolder, path), target, { preserveTimestamps: true });
      continue;
    }
    const text = render(path, answers);
    // An unchanged file keeps its time, so that cargo does not compile it again.
    if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
  }
}

/** Returns the contents of all files of a folder, by their paths. */
export function contents(folder, within = folder) {
  return Object.assign(
    {},
    ...readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory()
        ? contents(path, within)
        : { [relative(within, path)]: readFileSync(path, 'latin1') };
    }),
  );
}
