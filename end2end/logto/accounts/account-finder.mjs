// The user behind a session or a token, as oidc-provider wants to see them.

import { claimsOf } from './claims.mjs';

/**
 * oidc-provider's `findAccount`: a suspended or deleted user is nobody, so every token of theirs
 * fails.
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
