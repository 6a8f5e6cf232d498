// Another client of the user's, which gets its tokens from Logto itself.
import { type APIRequestContext, expect } from '@playwright/test';
import { localLogto } from '../../../servers/local-logto.mjs';
import { follow } from './sign-in.ts';

const { AUTH_LOGTO_ID: ID, AUTH_LOGTO_SECRET: SECRET } = localLogto;

type Tokens = { access_token: string; id_token: string; scope: string };

/** Signs in with `resource` and exchanges the code for its token. */
export async function tokensFor(
  request: APIRequestContext,
  { origin, username, resource, scope = 'read write' }: {
    /** Logto's origin. */
    origin: string;
    username: string;
    resource?: string;
    scope?: string;
  },
): Promise<Tokens> {
  const redirectUri = 'http://localhost:3000/api/auth/callback/logto';
  const isBack = (url: string) => url.startsWith(redirectUri);
  const asked = new URLSearchParams({
    client_id: ID,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: `openid ${scope}`,
    state: 'state',
    ...(resource && { resource }),
  });
  const begun = await request.get(`${origin}/oidc/auth?${asked}`, { maxRedirects: 0 });
  const form = (await follow(request, begun)).at(-1)?.url() ?? '';
  const sent = await request.post(form, {
    form: { username, password: 'password' },
    maxRedirects: 0,
  });
  const last = (await follow(request, sent, isBack)).at(-1);
  const code = new URL(last?.headers().location ?? '').searchParams.get('code') ?? '';
  const answer = await request.post(`${origin}/oidc/token`, {
    headers: { authorization: `Basic ${Buffer.from(`${ID}:${SECRET}`).toString('base64')}` },
    form: {
      grant_type: 'authorization_code',
      redirect_uri: redirectUri,
      code,
      ...(resource && { resource }),
    },
  });
  expect(answer.status(), await answer.text()).toBe(200);
  return answer.json();
}
