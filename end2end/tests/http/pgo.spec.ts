// The visits of `make pgo`, a hundredth of them, at the server of the other tests.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { binary, repository } from '../../servers/app-environment.mjs';
import { expect, test } from '../fixtures/test.ts';

const visits = join(repository, 'end2end', 'pgo', 'visits.mjs');
const run = (server: string) =>
  promisify(execFile)(process.execPath, [visits, server, '0.01'], { timeout: 40_000 });

test('users sign in, visit every page and sign out', async () => {
  await run(binary);
});

for (const [what, server] of [
  ['ends', process.execPath],
  ['does not exist', join(repository, 'no-such-server')],
] as const) {
  test(`a server that ${what} is named`, async () => {
    await expect(run(server)).rejects.toThrow(`${server} does not answer`);
  });
}
