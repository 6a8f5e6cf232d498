// `make dev`: runs the app, rebuilt on every change, and a local Logto unless a
// real one is configured. When one process ends, the other is stopped.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { requireFreePorts } from './servers/free-ports.mjs';
import { localLogto } from './servers/local-logto.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const envFile = join(root, '.env');
const configured = {
  ...(existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {}),
  ...process.env,
};

const children = [];

function start(command, args, env = {}) {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  child.on('error', (error) => stop(1, `${command}: ${error.message}`));
  child.on('exit', (code) => stop(code ?? 1));
  children.push(child);
}

let stopping = false;
function stop(code, message) {
  if (stopping) return;
  stopping = true;
  if (message) console.error(message);
  for (const child of children) child.kill('SIGTERM');
  process.exitCode = code;
}

process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));

const isReal = Boolean(configured.AUTH_LOGTO_ISSUER?.trim());
await requireFreePorts([
  [3000, 'the app'],
  [3002, 'the reload of pages after a rebuild'],
  ...(isReal ? [] : [[3001, 'the local Logto']]),
]);
if (isReal) {
  console.log(`Sign-in uses the Logto at ${configured.AUTH_LOGTO_ISSUER} (AUTH_LOGTO_ISSUER)`);
} else {
  start('node', ['end2end/logto/start.mjs'], localLogto);
}
console.log('Building the app for http://localhost:3000 (the first build usually takes 3 to 5 minutes)');
start('cargo', ['leptos', 'watch'], {
  ...(isReal ? {} : localLogto),
  // cargo-leptos 0.3.10 renames hashed files only in the first build of a watch.
  LEPTOS_HASH_FILES: 'false',
});
