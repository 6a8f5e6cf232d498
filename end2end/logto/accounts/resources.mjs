// API resources (RFC 8707), and what each role of a user may do at them.

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

/** What the user's roles (not their organizations) allow at an API. */
export function permissionsAt(user, indicator) {
  return [...new Set(user.roles.flatMap((role) => ROLES[role]?.[indicator] ?? []))];
}
