// The refresh_token grant with Logto's extension, organization tokens. As at Logto, it replaces
// oidc-provider's own handler and keeps its order of checks.

import { errors } from 'oidc-provider';

import { organizationResourceServer } from './access-tokens.mjs';
import { isMember, ORGANIZATIONS_SCOPE } from '../accounts/organizations.mjs';

/** The refresh token of a confidential client is rotated after this percentage of its lifetime. */
const ROTATION_PERCENTAGE = 70;

const GRANT_TYPE = 'refresh_token';

/** The members that a rotated refresh token passes on to its successor. */
const INHERITED = [
  'accountId',
  'acr',
  'amr',
  'authTime',
  'claims',
  'expiresWithSession',
  'grantId',
  'gty',
  'iiat',
  'nonce',
  'resource',
  'scope',
  'sessionUid',
  'sid',
];

export function registerRefreshGrant(provider, { users, keys, findAccount, indicators }) {
  const { getResourceServerInfo } = indicators;

  async function refresh(ctx) {
    const presented = await findRefreshToken(ctx);
    const grant = await findGrant(ctx, presented);
    const scope = requestedScope(ctx, presented);
    const account = await findAccount(ctx, presented.accountId);
    if (!account) throw new errors.InvalidGrant('the user is suspended or gone');
    ctx.oidc.entity('Grant', grant);
    ctx.oidc.entity('Account', account);

    const user = users.byId(account.accountId);
    const { organization_id: organizationId, resource } = ctx.oidc.params;
    if (organizationId) checkOrganization(user, organizationId, presented);

    if (presented.consumed) {
      await revokeGrant(provider, presented);
      throw new errors.InvalidGrant('refresh token already used');
    }
    const refreshToken = await rotateWhenOld(ctx, presented);
    ctx.oidc.entity('RefreshToken', refreshToken);

    const accessToken = new provider.AccessToken({
      client: ctx.oidc.client,
      accountId: account.accountId,
      expiresWithSession: refreshToken.expiresWithSession,
      grantId: refreshToken.grantId,
      gty: withRefresh(refreshToken.gty),
      sessionUid: refreshToken.sessionUid,
      sid: refreshToken.sid,
    });
    if (resource) {
      if (!refreshToken.resourceIndicators.has(resource)) throw new errors.InvalidTarget();
      accessToken.resourceServer = new provider.ResourceServer(
        resource,
        getResourceServerInfo(ctx, resource),
      );
      accessToken.scope = grant.getResourceScopeFiltered(
        resource,
        intersection(accessToken.resourceServer.scopes, scope),
      );
    } else if (organizationId) {
      const info = organizationResourceServer(user, organizationId, keys);
      accessToken.resourceServer = new provider.ResourceServer(info.audience, info);
      accessToken.scope = intersection(accessToken.resourceServer.scopes, scope).join(' ');
    } else {
      accessToken.claims = refreshToken.claims;
      accessToken.scope = grant.getOIDCScopeFiltered(scope);
    }

    ctx.oidc.entity('AccessToken', accessToken);
    return {
      access_token: await accessToken.save(),
      expires_in: accessToken.expiration,
      id_token: scope.has('openid') ? await idToken(ctx, refreshToken, scope) : undefined,
      refresh_token: refreshToken.jti,
      scope: accessToken.scope,
      token_type: accessToken.tokenType,
    };
  }

  provider.registerGrantType(
    GRANT_TYPE,
    async (ctx) => {
      ctx.body = await refresh(ctx);
    },
    [GRANT_TYPE, 'scope', 'resource', 'organization_id'],
  );
}

async function findRefreshToken(ctx) {
  const { client, params, provider } = ctx.oidc;
  if (!params.refresh_token) {
    throw new errors.InvalidRequest("missing required parameter 'refresh_token'");
  }
  const token = await provider.RefreshToken.find(params.refresh_token, { ignoreExpiration: true });
  if (!token) throw new errors.InvalidGrant('refresh token not found');
  if (token.clientId !== client.clientId) throw new errors.InvalidGrant('client mismatch');
  // Checked before reuse: an expired token must not revoke the grant.
  if (token.isExpired) throw new errors.InvalidGrant('refresh token is expired');
  return token;
}

async function findGrant(ctx, refreshToken) {
  const grant = await ctx.oidc.provider.Grant.find(refreshToken.grantId);
  if (!grant) throw new errors.InvalidGrant('grant not found');
  return grant;
}

function requestedScope(ctx, refreshToken) {
  if (!ctx.oidc.params.scope) return refreshToken.scopes;
  const requested = ctx.oidc.requestParamScopes;
  const missing = [...requested].filter((scope) => !refreshToken.scopes.has(scope));
  if (missing.length > 0) {
    throw new errors.InvalidScope('refresh token missing requested scope', missing.join(' '));
  }
  return requested;
}

function checkOrganization(user, organizationId, refreshToken) {
  if (!refreshToken.scopes.has(ORGANIZATIONS_SCOPE)) {
    throw new errors.InsufficientScope('refresh token missing required scope', ORGANIZATIONS_SCOPE);
  }
  if (!isMember(user, organizationId)) {
    const error = new errors.AccessDenied('user is not a member of the organization');
    error.status = 403;
    error.statusCode = 403;
    throw error;
  }
}

/** Revokes the whole grant, because reuse of a rotated token may mean that it was stolen. */
async function revokeGrant(provider, { grantId }) {
  const { AccessToken, AuthorizationCode, Grant, RefreshToken } = provider;
  await Promise.all([
    ...[AccessToken, AuthorizationCode, RefreshToken].map((model) =>
      model.revokeByGrantId(grantId),
    ),
    Grant.adapter.destroy(grantId),
  ]);
}

async function rotateWhenOld(ctx, refreshToken) {
  if (refreshToken.ttlPercentagePassed() < ROTATION_PERCENTAGE) return refreshToken;
  await refreshToken.consume();
  const next = new ctx.oidc.provider.RefreshToken({
    client: ctx.oidc.client,
    ...Object.fromEntries(INHERITED.map((member) => [member, refreshToken[member]])),
    gty: withRefresh(refreshToken.gty),
    rotations: (refreshToken.rotations ?? 0) + 1,
  });
  await next.save();
  return next;
}

async function idToken(ctx, refreshToken, scope) {
  const { account, grant, provider } = ctx.oidc;
  const token = new provider.IdToken(
    {
      ...(await account.claims('id_token')),
      acr: refreshToken.acr,
      amr: refreshToken.amr,
      auth_time: refreshToken.authTime,
    },
    { ctx },
  );
  token.scope = grant.getOIDCScopeFiltered(scope);
  token.mask = refreshToken.claims?.id_token;
  token.set('nonce', refreshToken.nonce);
  token.set('sid', refreshToken.sid);
  return token.issue({ use: 'idtoken' });
}

function withRefresh(grantTypes) {
  return grantTypes.endsWith(GRANT_TYPE) ? grantTypes : `${grantTypes} ${GRANT_TYPE}`;
}

function intersection(scopes, wanted) {
  return [...scopes].filter((scope) => wanted.has(scope));
}
