// Auth.js as Logto's guide for it sets it up: https://docs.logto.io/quick-starts/next-auth
import NextAuth from 'next-auth';

export const { handlers, auth, signIn, signOut } = NextAuth({
  // `next start` is production: Auth.js then believes no Host header without it.
  trustHost: true,
  providers: [
    {
      id: 'logto',
      name: 'Logto',
      type: 'oidc',
      issuer: process.env.AUTH_LOGTO_ISSUER,
      clientId: process.env.AUTH_LOGTO_ID,
      clientSecret: process.env.AUTH_LOGTO_SECRET,
      authorization: { params: { scope: 'openid offline_access profile email', prompt: 'consent' } },
      // Logto signs with ES384.
      client: { id_token_signed_response_alg: 'ES384' },
    },
  ],
  callbacks: {
    // The page shows the claims of the ID token.
    jwt({ token, profile }) {
      if (profile) {
        const { iss, aud, exp, iat, nonce, sid, at_hash, ...claims } = profile;
        token.claims = claims;
      }
      return token;
    },
    session({ session, token }) {
      session.claims = token.claims;
      return session;
    },
  },
});
