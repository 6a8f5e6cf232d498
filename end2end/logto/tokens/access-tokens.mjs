// What an access token is good for: /oidc/me, an API resource, or an organization.

import { errors } from 'oidc-provider';

import {
  ORGANIZATION_PERMISSIONS,
  ORGANIZATIONS_RESOURCE,
  organizationAudience,
  organizationsOf,
  permissionsInOrganization,
} from '../accounts/organizations.mjs';
import { isResource, permissionsAt } from '../accounts/resources.mjs';

/** oidc-provider's `features.resourceIndicators`. */
export function resourceIndicators({ users, keys }) {
  return {
    enabled: true,
    // A token request without `resource` gets an opaque token for /oidc/me, whatever resources the
    // sign-in named.
    defaultResource: () => '',
    useGrantedResource: () => false,
    getResourceServerInfo(ctx, indicator) {
      if (indicator === ORGANIZATIONS_RESOURCE) {
        return jwtFor(indicator, ORGANIZATION_PERMISSIONS, keys);
      }
      if (!isResource(indicator)) throw new errors.InvalidTarget();
      const user = users.byId(ctx.oidc.session?.accountId ?? ctx.oidc.account?.accountId);
      return jwtFor(indicator, user ? permissions(ctx, user, indicator) : [], keys);
    },
  };
}

/** The resource server of a token that is good in one organization. */
export function organizationResourceServer(user, organizationId, keys) {
  return jwtFor(
    organizationAudience(organizationId),
    permissionsInOrganization(user, organizationId),
    keys,
  );
}

/** oidc-provider's `extraTokenClaims`: an API's token says in which organization it is good. */
export function organizationClaim(ctx, token) {
  const organizationId = ctx?.oidc.params?.organization_id;
  const isForApi = isResource(token.resourceServer?.identifier?.());
  return organizationId && isForApi ? { organization_id: organizationId } : undefined;
}

/**
 * At sign-in everything the user may do at the API anywhere, since the grant must cover what a later
 * token may carry; on a token request what they may do in the organization named, or else by their
 * own roles.
 */
function permissions(ctx, user, indicator) {
  const organizationId = ctx.oidc.params?.organization_id;
  if (ctx.oidc.route === 'token') {
    return organizationId
      ? permissionsInOrganization(user, organizationId, indicator)
      : permissionsAt(user, indicator);
  }
  const anywhere = organizationsOf(user).flatMap(({ id }) =>
    permissionsInOrganization(user, id, indicator),
  );
  return [...new Set([...permissionsAt(user, indicator), ...anywhere])];
}

function jwtFor(audience, scopes, keys) {
  return {
    audience,
    scope: scopes.join(' '),
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: keys.algorithm } },
  };
}
