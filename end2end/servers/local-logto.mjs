// The settings with which the app signs in at the local Logto.

/** All scopes that the local Logto knows, except those that the app always requests. */
const SCOPES = [
  'email',
  'phone',
  'address',
  'custom_data',
  'identities',
  'roles',
  'urn:logto:scope:organizations',
  'urn:logto:scope:organization_roles',
  'read',
  'write',
  'read:invoices',
  'pay:invoices',
  'read:members',
  'invite:members',
];

const RESOURCES = ['https://shopping.example.com/api', 'https://billing.example.com/api'];

export const localLogto = {
  AUTH_LOGTO_ISSUER: 'http://localhost:3001/oidc',
  AUTH_LOGTO_ID: 'leptos-app',
  AUTH_LOGTO_SECRET: 'leptos-app-secret-for-local-use-only',
  AUTH_LOGTO_SCOPES: SCOPES.join(' '),
  AUTH_LOGTO_RESOURCES: RESOURCES.join(' '),
};
