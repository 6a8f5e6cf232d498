// Which claims Logto knows, the scope that brings each, and their values for a user.

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

/** Claims that Logto reads from the user's profile, by their names there. */
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
 * Every claim Logto has about the user; oidc-provider keeps those whose scope was granted.
 * Missing values are null, not absent, but for those of the profile; times are milliseconds; the
 * members of `address` keep the names they have in the profile (`postalCode`): so does Logto.
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
