// A sign-in without a browser, request by request.
import { type APIRequestContext, type APIResponse, expect } from '@playwright/test';
import { isApp } from '../../../servers/addresses.mjs';

type Options = { username?: string; from?: string; form?: Record<string, string> };

/** Signs in at Logto; returns the callback's address without visiting it. */
export async function answerOverHttp(
  request: APIRequestContext,
  { username = 'alice', from, form = {} }: Options = {},
): Promise<{ begun: APIResponse; callback: string }> {
  const headers = from ? { referer: from } : undefined;
  const begun = await request.post('/api/sign_in', { form, headers, maxRedirects: 0 });
  const logtos = (await follow(request, begun)).at(-1)?.url() ?? '';
  expect(logtos, 'the sign-in leads to Logto').toContain('/sign-in');
  const sent = await request.post(logtos, {
    form: { username, password: 'password' },
    maxRedirects: 0,
  });
  const last = (await follow(request, sent, isApp)).at(-1);
  return { begun, callback: last?.headers().location ?? '' };
}

/** Signs in; returns every answer of the app. */
export async function signInOverHttp(
  request: APIRequestContext,
  options: Options = {},
): Promise<APIResponse[]> {
  const { begun, callback } = await answerOverHttp(request, options);
  const called = await request.get(callback, { maxRedirects: 0 });
  const answers = [begun, ...(await follow(request, called))];
  expect(answers.at(-1)?.status()).toBe(200);
  return answers;
}

/** Follows redirects until there is none or `stop` accepts its target; returns all answers. */
export async function follow(
  request: APIRequestContext,
  answer: APIResponse,
  stop: (url: string) => boolean = () => false,
): Promise<APIResponse[]> {
  const answers = [answer];
  for (;;) {
    const { location } = answer.headers();
    if (!location) return answers;
    const url = new URL(location, answer.url()).href;
    if (stop(url)) return answers;
    expect(answers.length, 'redirects').toBeLessThan(20);
    answer = await request.get(url, { maxRedirects: 0 });
    answers.push(answer);
  }
}
