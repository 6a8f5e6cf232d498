// What a test has the local Logto do: see `logto/README.md`, *Control API*.
import { expect } from '@playwright/test';

type Logto = { origin: string };

async function post(logto: Logto, path: string, body: object): Promise<void> {
  const answer = await fetch(`${logto.origin}/test/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status, path).toBe(204);
}

/** The calls of the app so far. */
export async function grants(logto: Logto): Promise<Record<string, unknown>> {
  return (await fetch(`${logto.origin}/test/grants`)).json();
}

/** Changes a user. */
export function change(logto: Logto, username: string, changes: object): Promise<void> {
  return post(logto, `users/${username}`, changes);
}

/** Makes an endpoint fail. */
export function fail(
  logto: Logto,
  fault: { endpoint: string; status?: number; delayMs?: number; times?: number },
): Promise<void> {
  return post(logto, 'faults', fault);
}
