// Checks the shape of the source: no file is longer than 400 lines, no folder
// has more than twelve files, and the top-level modules of a crate do not import
// each other in a circle.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAX_LINES = 400;
const MAX_FILES = 12;
const problems = [];

function rustFiles(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith('.rs'))
    .map((path) => join(folder, path));
}

// Removes what is no code: comments, strings, and the unit tests at a file's end.
function code(text) {
  const bare = text.replace(/'(?:\\.|[^'\\])'|"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[^]*?\*\//g, '');
  const tests = bare.search(/#\[cfg\(test\)\]\s*mod\s+\w+\s*\{/);
  return tests < 0 ? bare : bare.slice(0, tests);
}

// `a::{b, c::{d, e as f}}` becomes [[a, b], [a, c, d], [a, c, e]].
function paths(tree) {
  const open = tree.indexOf('{');
  if (open < 0) {
    return [tree.replace(/\sas\s.*/s, '').split('::').map((name) => name.trim())];
  }
  const prefix = tree.slice(0, open).split('::').map((name) => name.trim()).filter(Boolean);
  const branches = [];
  let depth = 0;
  let branch = '';
  for (const character of tree.slice(open + 1, tree.lastIndexOf('}'))) {
    if (character === '{') depth += 1;
    if (character === '}') depth -= 1;
    if (character === ',' && depth === 0) {
      branches.push(branch);
      branch = '';
    } else {
      branch += character;
    }
  }
  branches.push(branch);
  return branches
    .filter((text) => text.trim())
    .flatMap((text) => paths(text).map((path) => [...prefix, ...path]));
}

function usePaths(text) {
  return [...text.matchAll(/\buse\s+([^;]+);/g)].flatMap(([, tree]) => paths(tree));
}

function inlinePaths(text) {
  return [...text.replace(/\buse\s+[^;]+;/g, '').matchAll(/\b(?:crate|super)(?:::\w+)+/g)]
    .map(([path]) => path.split('::'));
}

// Returns the path from the crate's root, or nothing for another crate's.
function fromRoot(path, module) {
  if (path[0] === 'crate') return path.slice(1);
  if (path[0] !== 'super') return undefined;
  const ups = path.findIndex((name) => name !== 'super');
  return [...module.slice(0, module.length - ups), ...path.slice(ups)];
}

// Returns a circle that goes through `start`, or nothing.
function circleThrough(start, imports) {
  const visited = new Set();
  function walk(module, trail) {
    for (const next of imports.get(module) ?? []) {
      if (next === start) return [...trail, next];
      if (visited.has(next)) continue;
      visited.add(next);
      const found = walk(next, [...trail, next]);
      if (found) return found;
    }
    return undefined;
  }
  return walk(start, [start]);
}

function checkCircles(src) {
  const modules = new Map(rustFiles(src).map((file) => {
    const path = relative(src, file).replace(/\.rs$/, '').split(sep);
    if (['lib', 'main', 'mod'].includes(path.at(-1))) path.pop();
    return [file, path];
  }));
  const names = new Set([...modules.values()].map(([top]) => top));

  // `crate::Auth`, which lib.rs re-exports, counts as `crate::auth::Auth`.
  const reexported = new Map();
  for (const [file, path] of modules) {
    if (path.length > 0) continue;
    for (const used of usePaths(code(readFileSync(file, 'utf8')))) {
      const target = ['self', 'crate'].includes(used[0]) ? used.slice(1) : used;
      if (names.has(target[0])) reexported.set(used.at(-1), target[0]);
    }
  }

  const imports = new Map();
  for (const [file, path] of modules) {
    if (path.length === 0) continue;
    const text = code(readFileSync(file, 'utf8'));
    for (const used of [...usePaths(text), ...inlinePaths(text)]) {
      const name = fromRoot(used, path)?.[0];
      const target = names.has(name) ? name : reexported.get(name);
      if (target === undefined || target === path[0]) continue;
      if (!imports.has(path[0])) imports.set(path[0], new Set());
      imports.get(path[0]).add(target);
    }
  }

  const reported = new Set();
  for (const module of imports.keys()) {
    const circle = circleThrough(module, imports);
    if (!circle || circle.some((name) => reported.has(name))) continue;
    circle.forEach((name) => reported.add(name));
    problems.push(`${relative(ROOT, src)}: the modules import each other in a circle: ${circle.join(' -> ')}`);
  }
}

function checkSizes(crate) {
  const filesIn = new Map();
  for (const file of rustFiles(crate)) {
    filesIn.set(dirname(file), (filesIn.get(dirname(file)) ?? 0) + 1);
    const lines = readFileSync(file, 'utf8').split('\n').length - 1;
    if (lines > MAX_LINES) {
      problems.push(`${relative(ROOT, file)}: ${lines} lines, at most ${MAX_LINES}: divide it`);
    }
  }
  for (const [folder, files] of filesIn) {
    if (files > MAX_FILES) {
      problems.push(`${relative(ROOT, folder)}: ${files} files, at most ${MAX_FILES}: divide it`);
    }
  }
}

const crates = readdirSync(join(ROOT, 'crates')).map((name) => join(ROOT, 'crates', name));
for (const crate of crates) {
  checkCircles(join(crate, 'src'));
  checkSizes(crate);
}
problems.forEach((problem) => console.error(problem));
console.log(`source shape: ${crates.length} crates, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
