// Checks what the libraries depend on: each crate only on what its purpose
// allows, and on nothing that needs a newer Rust than `rust-version` promises.
import { execFileSync } from 'node:child_process';

const WASM = 'wasm32-unknown-unknown';
const problems = [];

function cargo(...options) {
  return execFileSync('cargo', options, { encoding: 'utf8', maxBuffer: 1 << 28 });
}

// Returns the names of everything that the crate is built with, itself included.
function dependencies(crate, ...options) {
  const tree = cargo('tree', '--locked', '-p', crate, '-e', 'normal', '--prefix', 'none', '--format', '{p}', ...options);
  return new Set(tree.split('\n').map((line) => line.split(' ')[0]).filter(Boolean));
}

function onlyHas(allowed, crate, ...options) {
  for (const name of dependencies(crate, ...options)) {
    if (name !== crate && !allowed.includes(name)) problems.push(`${crate} must not depend on ${name}`);
  }
}

function hasNo(forbidden, crate, ...options) {
  for (const name of dependencies(crate, ...options)) {
    if (forbidden.test(name)) problems.push(`${crate} must not depend on ${name}`);
  }
}

const SERDE = ['serde', 'serde_core', 'serde_derive', 'proc-macro2', 'quote', 'syn', 'unicode-ident'];
onlyHas(SERDE, 'auth-types', '--target', WASM);
hasNo(/^(axum|leptos|sqlx)([-_]|$)/, 'auth-core', '--all-features');
hasNo(/^(leptos|sqlx)([-_]|$)/, 'auth-axum', '--all-features');
hasNo(/^(axum|leptos)([-_]|$)/, 'auth-sqlx', '--all-features');
hasNo(/^sqlx([-_]|$)/, 'auth-leptos', '--features', 'ssr');
hasNo(/^(auth-core|auth-axum|axum|tokio|openidconnect)$/, 'auth-leptos', '--features', 'hydrate', '--target', WASM);

// The Rust versions that the dependencies name. Compares major and minor.
const minor = (version) => Number(version.split('.')[0]) * 1000 + Number(version.split('.')[1]);
const { packages, resolve, workspace_members: members } = JSON.parse(
  cargo('metadata', '--locked', '--format-version', '1', '--features', 'app/ssr,auth-leptos/ssr,auth-leptos/hydrate'),
);
const byId = new Map(packages.map((each) => [each.id, each]));
const nodes = new Map(resolve.nodes.map((node) => [node.id, node]));
const libraries = members.map((id) => byId.get(id)).filter((each) => each.name.startsWith('auth-'));
const promised = libraries[0].rust_version;
const seen = new Set();
const open = libraries.map((each) => each.id);
while (open.length > 0) {
  const id = open.pop();
  if (seen.has(id)) continue;
  seen.add(id);
  const { name, version, rust_version: needed } = byId.get(id);
  if (needed && minor(needed) > minor(promised)) {
    problems.push(`${name} ${version} needs Rust ${needed}, and rust-version in Cargo.toml is ${promised}`);
  }
  for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) {
    if (kinds.some(({ kind }) => kind !== 'dev')) open.push(pkg);
  }
}

problems.forEach((problem) => console.error(problem));
console.log(`dependencies: ${seen.size} packages, Rust ${promised}, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
