// Logto's webhooks: signed reports of what an administrator has changed.

import { createHmac } from 'node:crypto';

/** Returns what Logto reports of a change. A role given or taken away is not reported. */
export function eventsOf(user, before, { deleted = false } = {}) {
  // Logto names the user in the path of the call, and after a deletion nowhere else.
  const call = { params: { userId: user.id }, matchedRoute: '/users/:userId' };
  if (deleted) return [{ event: 'User.Deleted', data: null, ...call }];
  const data = { id: user.id, username: user.username, name: user.name, isSuspended: user.suspended };
  const events = [];
  if (user.suspended !== before.suspended) {
    events.push({ event: 'User.SuspensionStatus.Updated', data, ...call });
  }
  const names = ['name', 'picture', 'email', 'phone', 'profile', 'customData'];
  if (names.some((name) => !isSame(user[name], before[name]))) {
    events.push({ event: 'User.Data.Updated', data, ...call });
  }
  const [is, was] = [user.organizations, before.organizations].map((all) => Object.keys(all));
  for (const organizationId of new Set([...is, ...was])) {
    if (is.includes(organizationId) === was.includes(organizationId)) continue;
    const list = is.includes(organizationId) ? 'addedUserIds' : 'removedUserIds';
    const members = { organizationId, [list]: [user.id] };
    events.push({ event: 'Organization.Membership.Updated', data: null, ...members });
  }
  return events;
}

function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Sends the events. Returns the status of each answer, or null if there was none. */
export async function sendWebhooks(events, webhook) {
  const statuses = [];
  if (!webhook) return statuses;
  for (const event of events) {
    const createdAt = new Date().toISOString();
    const body = JSON.stringify({ hookId: 'local', createdAt, ip: '127.0.0.1', ...event });
    const signature = createHmac('sha256', webhook.key).update(body).digest('hex');
    try {
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Logto (https://logto.io/)',
        'logto-signature-sha-256': signature,
      };
      const answer = await fetch(webhook.uri, { method: 'POST', redirect: 'manual', headers, body });
      statuses.push(answer.status);
    } catch {
      // Nothing listens at that address. Logto does not try again.
      statuses.push(null);
    }
  }
  return statuses;
}
