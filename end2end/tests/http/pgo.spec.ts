// The visits of `make pgo`, at the server of the other tests.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { binary, repository } from '../../servers/app-environment.mjs';
import { expect, test } from '../fixtures/test.ts';

const visits = join(repository, 'end2end', 'pgo', 'visits.mjs');
const run = (server: string) => promisify(execFile)(process.execPath, [visits, server]);

test('users sign in, visit every page and sign out', async () => {
  test.slow();
  await run(binary);
});

test('a server that does not start is named', async () => {
  await expect(run('/bin/false')).rejects.toThrow('/bin/false does not answer');
});
