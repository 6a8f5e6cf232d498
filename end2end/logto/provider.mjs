// Configures oidc-provider, on which Logto itself is built, to answer as Logto does.

import { Provider } from 'oidc-provider';

import { organizationClaim, resourceIndicators } from './tokens/access-tokens.mjs';
import { accountFinder } from './accounts/account-finder.mjs';
import { adaptClients } from './application.mjs';
import { claimsByScope } from './accounts/claims.mjs';
import { errorBodies, renderError } from './error-bodies.mjs';
import { adaptIdTokens } from './tokens/id-token.mjs';
import { interactions, SIGN_IN_PARAMETERS } from './interactions/interactions.mjs';
import { signedOutPage, signOutPage } from './interactions/pages.mjs';
import { registerRefreshGrant } from './tokens/refresh-grant.mjs';

const DAY = 24 * 60 * 60;

const RSA_ALGORITHMS = ['RS256', 'PS256', 'PS384', 'PS512'];

export function buildProvider({ issuer, settings, application, keys, users, storage }) {
  const findAccount = accountFinder({ users, settings });
  const indicators = resourceIndicators({ users, keys });
  const { lifetimes } = settings;

  const provider = new Provider(issuer, {
    adapter: storage.adapter,
    jwks: keys.jwks,
    clientDefaults: { id_token_signed_response_alg: keys.algorithm },
    enabledJWA: {
      idTokenSigningAlgValues: ['ES384', ...RSA_ALGORITHMS],
      clientAuthSigningAlgValues: ['HS256', 'RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'],
    },

    findAccount,
    claims: { ...claimsByScope(settings), sid: null, auth_time: null, iss: null },
    // Puts the claims of a scope into the ID token as well as into /oidc/me.
    conformIdTokenClaims: false,
    extraParams: SIGN_IN_PARAMETERS,
    extraTokenClaims: organizationClaim,
    interactions: interactions(),

    features: {
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      introspection: { enabled: true, allowedPolicy: isOwn },
      resourceIndicators: indicators,
      revocation: { enabled: true, allowedPolicy: revocationPolicy(settings) },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx, form) => {
          ctx.body = signOutPage(form);
        },
        postLogoutSuccessSource: async (ctx) => {
          ctx.body = signedOutPage();
        },
      },
    },

    clientBasedCORS: () => false,
    // Signed cookies add the `.sig` cookies that Logto has. On a development machine the key
    // need not be secret.
    cookies: { keys: ['local-logto'], short: { path: '/', httpOnly: true, sameSite: 'lax' } },
    clockTolerance: 0,
    // oidc-provider's own fetch refuses loopback addresses, and the app listens on one.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    issueRefreshToken: (_ctx, _client, code) =>
      application.alwaysIssueRefreshToken || code.scopes.has('offline_access'),
    pkce: { required: (_ctx, client) => client.clientAuthMethod === 'none' },
    renderError,
    ttl: {
      AccessToken: lifetimes.accessToken,
      AuthorizationCode: lifetimes.code,
      ClientCredentials: lifetimes.accessToken,
      Grant: 180 * DAY,
      IdToken: lifetimes.idToken,
      Interaction: 60 * 60,
      RefreshToken: lifetimes.refreshToken,
      Session: lifetimes.session,
    },
  });

  adaptClients(provider);
  adaptIdTokens(provider, { keys, settings });
  registerRefreshGrant(provider, { users, keys, findAccount, indicators });
  registerListedGrants(provider, settings);
  provider.use(errorBodies(settings));
  provider.on('server_error', (_ctx, error) => console.error(error));
  return provider;
}

/** Before 1.42, revoking an access token did not revoke the rest of its grant. */
function revocationPolicy({ newer }) {
  return async (_ctx, client, token) => {
    if (!isOwn(_ctx, client, token)) return false;
    if (newer || token.kind !== 'AccessToken') return true;
    await token.destroy();
    return false;
  };
}

function isOwn(_ctx, client, token) {
  return token.clientId === client.clientId;
}

/** Adds grant types to discovery. The application may not use them, so no handler is called. */
function registerListedGrants(provider, { newer }) {
  const listed = ['token-exchange', ...(newer ? ['device_code'] : [])];
  for (const name of listed) {
    provider.registerGrantType(`urn:ietf:params:oauth:grant-type:${name}`, () => {
      throw new Error(`no application here may use ${name}`);
    });
  }
}
