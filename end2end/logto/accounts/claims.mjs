// The claims that Logto knows, the scope of each, and their values for a user.

import { organizationsOf, ORGANIZATIONS_SCOPE } from './organizations.mjs';

/** In the order in which Logto's discovery document lists them. */
const CLAIMS_BY_SCOPE = {
  openid: ['sub'],
  profile: [
    'name',
    'family_name',
    'given_name',
    'middle_name',
    'nickname',
    'preferred_username',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
    'username',
    'created_at',
  ],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
  custom_data: ['custom_data'],
  identities: ['identities', 'sso_identities'],
  roles: ['roles'],
  [ORGANIZATIONS_SCOPE]: ['organizations', 'organization_data'],
  'urn:logto:scope:organization_roles': ['organization_roles'],
  'urn:logto:scope:sessions': [],
};

/** Claims that Logto reads from the user's profile, and the names of the profile's fields. */
const PROFILE_CLAIMS = {
  family_name: 'familyName',
  given_name: 'givenName',
  middle_name: 'middleName',
  nickname: 'nickname',
  preferred_username: 'preferredUsername',
  profile: 'profile',
  website: 'website',
  gender: 'gender',
  birthdate: 'birthdate',
  zoneinfo: 'zoneinfo',
  locale: 'locale',
  address: 'address',
};

export function claimsByScope({ newer }) {
  return { ...CLAIMS_BY_SCOPE, ...(newer && { 'urn:logto:scope:trusted_devices': [] }) };
}

/**
 * Returns every claim about the user; oidc-provider keeps those whose scope was granted.
 *
 * As at Logto, missing values are null, except those of the profile, which are absent; times are
 * in milliseconds; the members of `address` have the profile's names (`postalCode`).
 */
export function claimsOf(user, use, { newer }) {
  const claims = {
    sub: user.id,
    name: user.name,
    picture: user.picture,
    updated_at: user.updatedAt,
    username: user.username,
    created_at: user.createdAt,
    email: user.email,
    email_verified: user.email !== null,
    phone_number: user.phone,
    phone_number_verified: user.phone !== null,
    roles: user.roles,
    organizations: Object.keys(user.organizations),
    organization_roles: Object.entries(user.organizations).flatMap(([id, roles]) =>
      roles.map((role) => `${id}:${role}`),
    ),
  };
  if (newer) claims.preferred_username = user.username;
  for (const [claim, member] of Object.entries(PROFILE_CLAIMS)) {
    if (user.profile[member]) claims[claim] = user.profile[member];
  }
  if (use === 'userinfo') {
    claims.custom_data = user.customData;
    claims.identities = user.identities;
    claims.sso_identities = user.ssoIdentities;
    claims.organization_data = organizationsOf(user);
  }
  return claims;
}
