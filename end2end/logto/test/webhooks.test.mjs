import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';

import { startForTests } from './relying-party.mjs';

const KEY = 'a signing key of a webhook';
const received = [];
let app;
let party;
let uri;

before(async () => {
  app = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    received.push({ body, signature: req.headers['logto-signature-sha-256'] });
    res.writeHead(204).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => app.once('listening', resolve));
  uri = `http://127.0.0.1:${app.address().port}/webhook`;
  party = await startForTests();
});
beforeEach(async () => {
  await party.control('/reset', {});
  await party.control('/application', { webhook: { uri, key: KEY } });
  received.length = 0;
});
after(async () => {
  await party.close();
  app.close();
});

const change = (username, data) => party.control(`/users/${username}`, data);

function events() {
  return received.map(({ body, signature }) => {
    assert.equal(signature, createHmac('sha256', KEY).update(body).digest('hex'));
    return JSON.parse(body);
  });
}

test('a suspension is reported with the user, and its end too', async () => {
  assert.deepEqual(await change('alice', { suspended: true }), { statuses: [204] });
  await change('alice', { suspended: true });
  await change('alice', { suspended: false });
  const reports = events().map(({ event, data }) => [event, data.isSuspended]);
  assert.deepEqual(reports, [
    ['User.SuspensionStatus.Updated', true],
    ['User.SuspensionStatus.Updated', false],
  ]);
  assert.ok(Math.abs(Date.parse(events()[0].createdAt) - Date.now()) < 60_000);
});

test('a deletion names the user in the path only', async () => {
  await change('bob', { deleted: true });
  const [{ event, data, params }] = events();
  assert.deepEqual([event, data, params.userId], ['User.Deleted', null, 'b0bw4n8t1r5z']);
});

test('changed data and memberships are reported, roles are not', async () => {
  await change('bob', { roles: ['shopper'] });
  assert.deepEqual(events(), []);
  await change('bob', { name: 'Bob', organizations: { acme: ['member'] } });
  await change('bob', { organizations: {} });
  const [data, added, removed] = events();
  assert.deepEqual([data.event, data.data.name], ['User.Data.Updated', 'Bob']);
  assert.deepEqual([added.organizationId, added.addedUserIds], ['acme', ['b0bw4n8t1r5z']]);
  assert.deepEqual(removed.removedUserIds, ['b0bw4n8t1r5z']);
});

test('a call that nothing answers is not repeated', async () => {
  await party.control('/application', { webhook: { uri: 'http://127.0.0.1:9/', key: KEY } });
  assert.deepEqual(await change('alice', { suspended: true }), { statuses: [null] });
  await party.control('/application', { webhook: null });
  assert.deepEqual(await change('alice', { suspended: false }), { statuses: [] });
  assert.deepEqual(events(), []);
});
