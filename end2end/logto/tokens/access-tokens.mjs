// The three kinds of access tokens: for /oidc/me, for an API resource, for an organization.

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
    // A token request without `resource` returns an opaque token for /oidc/me, even if the sign-in
    // requested resources.
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

/** Returns the resource server of a token for one organization. */
export function organizationResourceServer(user, organizationId, keys) {
  return jwtFor(
    organizationAudience(organizationId),
    permissionsInOrganization(user, organizationId),
    keys,
  );
}

/** oidc-provider's `extraTokenClaims`: `organization_id` in an API's token for an organization. */
export function organizationClaim(ctx, token) {
  const organizationId = ctx?.oidc.params?.organization_id;
  const isForApi = isResource(token.resourceServer?.identifier?.());
  return organizationId && isForApi ? { organization_id: organizationId } : undefined;
}

/**
 * Returns the user's permissions at an API.
 *
 * For a token request these are the permissions in the requested organization, or those of the
 * user's own roles. For a sign-in it is the union of all, because the grant must cover every token
 * that may be requested later.
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
