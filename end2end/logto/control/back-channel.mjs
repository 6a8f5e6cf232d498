// Ends a user's sessions at the provider, as an administrator can.

import { randomUUID } from 'node:crypto';

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Ends every session of the user and sends the application a logout token for each (Back-Channel
 * Logout 1.0 section 2.5). Returns the status of each answer, or null if there was none.
 */
export async function endSessionsOf(user, { current, application, storage }) {
  const { provider } = current;
  const client = await provider.Client.find(application.id);
  const statuses = [];
  for (const id of storage.sessionsOf(user.id)) {
    const session = await provider.Session.find(id);
    const sid = session.sidFor(client.clientId);
    await session.destroy();
    // Skips sessions in which the user did not sign in to the application.
    if (sid && client.backchannelLogoutUri) {
      const status = await deliver(provider, client, user.id, sid);
      const accepted = status === 200 || status === 204;
      provider.emit(accepted ? 'backchannel.success' : 'backchannel.error');
      statuses.push(status);
    }
  }
  return statuses;
}

/** Returns the `sid` of each session in which the user signed in to the application. */
export async function sessionIdsOf(user, { current, application, storage }) {
  const { provider } = current;
  const client = await provider.Client.find(application.id);
  const sessions = storage.sessionsOf(user.id).map((id) => provider.Session.find(id));
  const sids = (await Promise.all(sessions)).map((session) => session.sidFor(client.clientId));
  return sids.filter(Boolean);
}

async function deliver(provider, client, sub, sid) {
  const token = new provider.IdToken({ sub }, { client, ctx: undefined });
  token.mask = { sub: null };
  token.set('events', { [LOGOUT_EVENT]: {} });
  token.set('jti', randomUUID());
  token.set('sid', sid);
  const logoutToken = await token.issue({ use: 'logout' });
  try {
    const response = await fetch(client.backchannelLogoutUri, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ logout_token: logoutToken }),
    });
    return response.status;
  } catch {
    // Nothing listens at that address.
    return null;
  }
}
