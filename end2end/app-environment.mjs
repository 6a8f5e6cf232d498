// What the app's release binary is started with in tests.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localLogto } from './local-logto.mjs';

export const repository = join(dirname(fileURLToPath(import.meta.url)), '..');
export const binary = join(repository, 'target', 'release', 'server');

/** Every variable that the app reads, so that neither a shell nor `.env` has a say. */
export function appEnvironment({ port, database, issuer }) {
  return {
    ...localLogto,
    AUTH_LOGTO_ISSUER: issuer,
    AUTH_SECRET: '',
    AUTH_URL: '',
    DATABASE_URL: `sqlite:${database}`,
    LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
    RUST_LOG: process.env.RUST_LOG ?? 'warn',
  };
}
