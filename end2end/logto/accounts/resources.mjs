// API resources (RFC 8707), and the permissions of each user role at them.

export const RESOURCES = {
  shopping: 'https://shopping.example.com/api',
  billing: 'https://billing.example.com/api',
};

const ROLES = {
  shopper: {
    [RESOURCES.shopping]: ['read', 'write'],
    [RESOURCES.billing]: ['read:invoices'],
  },
};

export function isResource(indicator) {
  return Object.values(RESOURCES).includes(indicator);
}

/** Returns the permissions at an API from the user's own roles, without organizations. */
export function permissionsAt(user, indicator) {
  return [...new Set(user.roles.flatMap((role) => ROLES[role]?.[indicator] ?? []))];
}
