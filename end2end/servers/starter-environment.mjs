// The binary of `examples/starter`, and its environment.
import { join } from 'node:path';
import { appEnvironment, repository } from './app-environment.mjs';

export const starterFolder = join(repository, 'examples', 'starter');

/**
 * A development build in the target folder of the repository, where it finds dependencies that are
 * built already: see `test.sh`.
 */
export const starterBinary = join(repository, 'target', 'debug', 'starter');

/** The environment of a starter that signs in at the local Logto. `folder` is that of its project. */
export function starterEnvironment({ port, database, issuer, folder = starterFolder }) {
  return {
    ...appEnvironment({ port, database, issuer }),
    AUTH_SECRET: 'only-for-a-starter-on-this-machine-0123456789',
    AUTH_URL: `http://localhost:${port}`,
    LEPTOS_ENV: 'PROD',
    LEPTOS_OUTPUT_NAME: 'starter',
    LEPTOS_SITE_PKG_DIR: 'pkg',
    LEPTOS_SITE_ROOT: join(folder, 'target', 'site'),
  };
}
