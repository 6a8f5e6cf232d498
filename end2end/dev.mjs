// `make dev`: a local Logto, unless a real one is configured, and the app,
// rebuilt on every change. Ends both when one ends.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
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
if (isReal) {
  console.log(`Signing in at ${configured.AUTH_LOGTO_ISSUER}`);
} else {
  start('node', ['end2end/logto/start.mjs'], localLogto);
}
console.log('The app will be at http://localhost:3000 (the first build takes some minutes)');
start('cargo', ['leptos', 'watch'], {
  ...(isReal ? {} : localLogto),
  // While watching, cargo-leptos renames built files only the first time.
  LEPTOS_HASH_FILES: 'false',
});
