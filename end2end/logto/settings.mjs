// Reads the local Logto's settings from environment variables, once at start.

import { readFileSync } from 'node:fs';

const DAY = 24 * 60 * 60;

/** The variable of each lifetime, and Logto's default in seconds. */
const LIFETIMES = {
  accessToken: ['LOGTO_ACCESS_TOKEN_TTL', 60 * 60],
  idToken: ['LOGTO_ID_TOKEN_TTL', 60 * 60],
  refreshToken: ['LOGTO_REFRESH_TOKEN_TTL', 14 * DAY],
  code: ['LOGTO_CODE_TTL', 60],
  session: ['LOGTO_SESSION_TTL', 14 * DAY],
};

/** Versions with different answers: see the uses of `settings.newer`. */
const VERSIONS = ['1.37', '1.42'];

export class SettingsError extends Error {
  constructor(problems) {
    super(problems.join('\n'));
    this.name = 'SettingsError';
  }
}

/** Reads the settings. Throws a SettingsError that names every wrong variable. */
export function readSettings(env = process.env) {
  const problems = [];

  const number = (name, fallback, least) => {
    const text = env[name];
    if (text === undefined || text === '') return fallback;
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least) return value;
    problems.push(`${name} must be a whole number of at least ${least}, not "${text}"`);
    return fallback;
  };

  const flag = (name, fallback) => (env[name] ? env[name] === '1' : fallback);

  const url = (name) => {
    const text = env[name];
    if (!text) return undefined;
    if (URL.canParse(text)) return text;
    problems.push(`${name} must be a URL, not "${text}"`);
    return undefined;
  };

  const port = number('LOGTO_PORT', 3001, 0);
  const version = env.LOGTO_VERSION || VERSIONS[0];
  if (!VERSIONS.includes(version)) {
    problems.push(`LOGTO_VERSION must be one of ${VERSIONS.join(', ')}, not "${version}"`);
  }
  const newer = version === '1.42';

  const settings = {
    port,
    issuer: url('LOGTO_ISSUER'),
    newer,
    lifetimes: Object.fromEntries(
      Object.entries(LIFETIMES).map(([what, [name, fallback]]) => [
        what,
        number(name, fallback, 1),
      ]),
    ),
    reuseLeeway: number('LOGTO_REFRESH_REUSE_LEEWAY', 3, 0),
    logoutTokenExpires: flag('LOGTO_LOGOUT_TOKEN_EXP', newer),
    test: flag('LOGTO_TEST', false),
    application: {
      id: env.AUTH_LOGTO_ID || 'leptos-app',
      secret: env.AUTH_LOGTO_SECRET || 'leptos-app-secret-for-local-use-only',
      alwaysIssueRefreshToken: flag('LOGTO_ALWAYS_ISSUE_REFRESH_TOKEN', false),
      redirectUris: commaSeparated(env.LOGTO_REDIRECT_URIS),
      // Set but empty turns back-channel logout off, hence `??`.
      backchannelUri:
        env.LOGTO_BACKCHANNEL_URI ?? 'http://localhost:3000/api/auth/backchannel-logout/logto',
      jwks: readJwks(env.LOGTO_CLIENT_JWKS, problems),
      webhook: env.AUTH_LOGTO_WEBHOOK_KEY && {
        uri: env.LOGTO_WEBHOOK_URI ?? 'http://localhost:3000/api/auth/webhooks/logto',
        key: env.AUTH_LOGTO_WEBHOOK_KEY,
      },
    },
    // The key is kept between starts, so that an app's cached JWKS stays valid.
    keyFile: new URL('.keys/signing-key.json', import.meta.url),
  };

  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function commaSeparated(text) {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

/** Reads the application's public keys for `private_key_jwt`: JSON, or the path of a JSON file. */
function readJwks(text, problems) {
  if (!text) return undefined;
  try {
    return JSON.parse(text.startsWith('{') ? text : readFileSync(text, 'utf8'));
  } catch (cause) {
    problems.push(
      `LOGTO_CLIENT_JWKS must be a JSON Web Key Set or the path of one: ${cause.message}`,
    );
    return undefined;
  }
}
