// Organizations, and the permissions of each organization role in the organization and at APIs.

import { RESOURCES } from './resources.mjs';

export const ORGANIZATIONS = [
  { id: 'acme', name: 'Acme', description: 'Makes everything a road runner hunter needs.' },
  { id: 'globex', name: 'Globex', description: null },
];

/** The resource that an application requests to be granted permissions in organizations. */
export const ORGANIZATIONS_RESOURCE = 'urn:logto:resource:organizations';

export const ORGANIZATIONS_SCOPE = 'urn:logto:scope:organizations';

export const ORGANIZATION_PERMISSIONS = ['read:members', 'invite:members'];

const ORGANIZATION_ROLES = {
  admin: {
    organization: ['read:members', 'invite:members'],
    [RESOURCES.shopping]: ['read', 'write'],
    [RESOURCES.billing]: ['read:invoices', 'pay:invoices'],
  },
  member: {
    organization: ['read:members'],
    [RESOURCES.shopping]: ['read'],
    [RESOURCES.billing]: ['read:invoices'],
  },
};

export function organizationAudience(id) {
  return `urn:logto:organization:${id}`;
}

/** Returns the user's organizations in the order of joining. */
export function organizationsOf(user) {
  return Object.keys(user.organizations).map(
    (id) => ORGANIZATIONS.find((known) => known.id === id) ?? { id, name: id, description: null },
  );
}

export function isMember(user, id) {
  return Object.hasOwn(user.organizations, id);
}

/** Returns the user's permissions in one organization, or at the API `at` as its member. */
export function permissionsInOrganization(user, id, at = 'organization') {
  const roles = isMember(user, id) ? user.organizations[id] : [];
  return [...new Set(roles.flatMap((role) => ORGANIZATION_ROLES[role]?.[at] ?? []))];
}
