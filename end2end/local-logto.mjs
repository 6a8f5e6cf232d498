// The settings with which the app signs in at the local Logto.
export const localLogto = {
  AUTH_LOGTO_ISSUER: 'http://localhost:3001/oidc',
  AUTH_LOGTO_ID: 'leptos-app',
  AUTH_LOGTO_SECRET: 'leptos-app-secret-for-local-use-only',
};
