// Signing a user out from the provider's side, as an administrator may.

import { randomUUID } from 'node:crypto';

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Ends every session of the user and tells the application of each (Back-Channel Logout 1.0
 * section 2.5). Returns the status of each answer, null where none came.
 */
export async function endSessionsOf(user, { current, application, storage }) {
  const { provider } = current;
  const client = await provider.Client.find(application.id);
  const statuses = [];
  for (const id of storage.sessionsOf(user.id)) {
    const session = await provider.Session.find(id);
    const sid = session.sidFor(client.clientId);
    await session.destroy();
    // A session in which the application has no part is none of its business.
    if (sid && client.backchannelLogoutUri) {
      const status = await deliver(provider, client, user.id, sid);
      const accepted = status === 200 || status === 204;
      provider.emit(accepted ? 'backchannel.success' : 'backchannel.error');
      statuses.push(status);
    }
  }
  return statuses;
}

/** The `sid` of each of the user's sessions in which the application has a part. */
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
    // Nobody listens there.
    return null;
  }
}
