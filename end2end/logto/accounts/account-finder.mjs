// Finds the user of a session or a token for oidc-provider.

import { claimsOf } from './claims.mjs';

/**
 * oidc-provider's `findAccount`. Finds no account for a suspended or deleted user, so all of their
 * tokens are refused.
 */
export function accountFinder({ users, settings }) {
  return async (_ctx, id) => {
    const user = users.byId(id);
    if (!user || user.suspended) return undefined;
    return {
      accountId: user.id,
      claims: async (use) => claimsOf(user, use, settings),
    };
  };
}
