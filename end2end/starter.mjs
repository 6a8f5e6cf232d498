// `make starter`: builds examples/starter and runs it on http://localhost:3050, with a local Logto
// unless a real one is configured in the environment or in .env.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { repository } from './servers/app-environment.mjs';
import { requireFreePorts } from './servers/free-ports.mjs';
import { localLogto } from './servers/local-logto.mjs';
import { starterEnvironment, starterFolder } from './servers/starter-environment.mjs';

const PORT = 3050;
const envFile = join(repository, '.env');
const ofExample = existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {};
// The example's own: the starter has another port, and a database of its own.
delete ofExample.AUTH_URL;
delete ofExample.DATABASE_URL;
const configured = { ...ofExample, ...process.env };
const isReal = Boolean(configured.AUTH_LOGTO_ISSUER?.trim());

await requireFreePorts([[PORT, 'the starter']]);
const build = spawnSync('cargo', ['leptos', 'build', '--release'], {
  cwd: starterFolder,
  stdio: 'inherit',
});
if (build.status !== 0) process.exit(build.status ?? 1);

const children = [];
let stopping = false;
function stop(code) {
  if (stopping) return;
  stopping = true;
  for (const child of children) child.kill('SIGTERM');
  process.exitCode = code;
}
process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));

function start(command, args, env) {
  const child = spawn(command, args, { cwd: starterFolder, env, stdio: 'inherit' });
  child.on('error', (error) => {
    console.error(`${command}: ${error.message}`);
    stop(1);
  });
  child.on('exit', (code) => stop(code ?? 1));
  children.push(child);
}

async function isRunning(issuer) {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`).catch(() => null);
  return answer?.ok ?? false;
}

if (isReal) {
  console.log(`Sign-in uses the Logto at ${configured.AUTH_LOGTO_ISSUER} (AUTH_LOGTO_ISSUER)`);
} else if (!(await isRunning(localLogto.AUTH_LOGTO_ISSUER))) {
  start('node', [join(repository, 'end2end', 'logto', 'start.mjs')], {
    ...process.env,
    ...localLogto,
  });
}
const local = starterEnvironment({
  port: PORT,
  database: join(starterFolder, 'data', 'auth.db'),
  issuer: localLogto.AUTH_LOGTO_ISSUER,
});
const own = Object.entries(configured).filter(([name]) => /^(AUTH_|DATABASE_URL$|RUST_LOG$)/.test(name));
start(join(process.env.CARGO_TARGET_DIR ?? join(starterFolder, 'target'), 'release', 'starter'), [], {
  ...process.env,
  ...local,
  ...(isReal ? Object.fromEntries(own) : {}),
});
