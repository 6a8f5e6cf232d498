// The app's release binary and its environment in tests.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { localLogto } from './local-logto.mjs';

export const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const binary = join(repository, 'target', 'release', 'server');

/** Sets every variable that the app reads, so that neither the shell nor `.env` has an effect. */
export function appEnvironment({ port, database, issuer }) {
  return {
    ...localLogto,
    AUTH_CLAIMS_MAX_AGE: '',
    AUTH_CLAIMS_MAX_STALE: '',
    AUTH_LOGTO_ISSUER: issuer,
    AUTH_LOGTO_AUTH_METHOD: '',
    AUTH_LOGTO_PRIVATE_KEY: '',
    AUTH_LOGTO_PRIVATE_KEY_ALG: '',
    AUTH_LOGTO_PRIVATE_KEY_FILE: '',
    AUTH_LOGTO_PRIVATE_KEY_ID: '',
    AUTH_LOGTO_PROMPT: '',
    AUTH_CLOCK_TOLERANCE: '',
    AUTH_LOGTO_CA_FILE: '',
    AUTH_LOGTO_INTERNAL_URL: '',
    AUTH_LOGTO_PUSHED_REQUESTS: '',
    AUTH_LOGTO_RESPONSE_MODE: '',
    AUTH_LOGTO_SECRET_FILE: '',
    AUTH_LOGTO_TRUSTED_AUDIENCES: '',
    AUTH_LOGTO_WEBHOOK_KEY: '',
    AUTH_LOGTO_WEBHOOK_KEY_FILE: '',
    AUTH_CLIENT_ADDRESS: '',
    AUTH_COOKIE_NAME: '',
    AUTH_SECRET: '',
    AUTH_SECRET_1: '',
    AUTH_SECRET_2: '',
    AUTH_SECRET_3: '',
    AUTH_SECRET_FILE: '',
    AUTH_SECRET_1_FILE: '',
    AUTH_SECRET_2_FILE: '',
    AUTH_SECRET_3_FILE: '',
    AUTH_SESSION_IDLE: '',
    AUTH_SESSION_LIFETIME: '',
    AUTH_URL: '',
    AUTH_TRUST_HOST: '',
    NEXTAUTH_SECRET: '',
    NEXTAUTH_URL: '',
    DATABASE_URL: `sqlite:${database}`,
    DATABASE_URL_FILE: '',
    LEPTOS_SITE_ADDR: `127.0.0.1:${port}`,
    RUST_LOG: process.env.RUST_LOG ?? 'warn',
    ADDRESS_LIMIT: '',
    TRUSTED_PROXIES: '',
  };
}
