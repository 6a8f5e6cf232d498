// What a test has the local Logto do: see `logto/README.md`, *Control API*.
import { expect } from '@playwright/test';

type Logto = { origin: string };

async function get<T>(logto: Logto, path: string): Promise<T> {
  return (await fetch(`${logto.origin}/test/${path}`)).json();
}

async function post(logto: Logto, path: string, body: object = {}): Promise<Response> {
  return fetch(`${logto.origin}/test/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function order(logto: Logto, path: string, body: object): Promise<void> {
  expect((await post(logto, path, body)).status, path).toBe(204);
}

/** The calls of the app so far. */
export function grants(logto: Logto): Promise<Record<string, unknown>> {
  return get(logto, 'grants');
}

/** The parameters of the newest authorization request, and whether they were pushed. */
export function authorization(logto: Logto): Promise<Record<string, unknown>> {
  return get(logto, 'authorization');
}

/** By what `sid` the app knows each of the user's sessions. */
export async function sessionIds(logto: Logto, username: string): Promise<string[]> {
  const { sids } = await get<{ sids: string[] }>(logto, `sessions/${username}`);
  return sids;
}

/** Changes a user. */
export function change(logto: Logto, username: string, changes: object): Promise<void> {
  return order(logto, `users/${username}`, changes);
}

/** Changes what Logto knows of the app. */
export function changeApplication(
  logto: Logto,
  changes: { backchannelUri?: string; jwks?: object; thirdParty?: boolean },
): Promise<void> {
  return order(logto, 'application', changes);
}

/** Makes an endpoint fail. */
export function fail(
  logto: Logto,
  fault: { endpoint: string; status?: number; delayMs?: number; body?: object; times?: number },
): Promise<void> {
  return order(logto, 'faults', fault);
}

/** Ends a user's sessions, as an administrator does; how the app answered to each. */
export async function endSessions(logto: Logto, username: string): Promise<(number | null)[]> {
  const answer = await post(logto, `back-channel/${username}`);
  expect(answer.status).toBe(200);
  return (await answer.json()).statuses;
}

/** A JWT under Logto's newest key. */
export async function sign(logto: Logto, payload: object, header: object = {}): Promise<string> {
  return (await (await post(logto, 'sign', { header, payload })).json()).jwt;
}
