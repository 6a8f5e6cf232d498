// What `cargo generate` writes: the same files as `generate.mjs`, and an app of the repository's
// own answers that is `examples/starter`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { test } from 'node:test';
import { repository } from '../../servers/app-environment.mjs';
import { starterFolder } from '../../servers/starter-environment.mjs';
import { DATABASES, RENDERINGS, contents, generate, render, templates } from '../generate.mjs';

const OWN = { name: 'starter', rendering: 'hydration', database: 'sqlite', crates: '../..' };
const ADDRESS = 'https://example.com/leptos-logto.git';

const environment = {
  ...process.env,
  PATH: [join(repository, '.tools', 'bin'), process.env.PATH].join(delimiter),
};
const installed = spawnSync('cargo-generate', ['--version'], { env: environment }).status === 0;
const withCargoGenerate = {
  skip: !installed && 'cargo-generate is not installed: `make template` installs it',
};

function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'template-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `cargo generate` with these answers. */
function cargoGenerate(folder, { name, ...answers }, source = ['--path', starterFolder]) {
  const defined = Object.entries(answers).flatMap((answer) => ['--define', answer.join('=')]);
  const options = ['--destination', folder, '--no-workspace', '--vcs', 'none', '--silent'];
  const { status, stderr, stdout } = spawnSync(
    'cargo-generate',
    ['generate', ...source, '--name', name, ...options, ...defined],
    { env: environment, encoding: 'utf8' },
  );
  return { status, output: stdout + stderr };
}

test('the files of examples/starter are those that its templates give', () => {
  assert.ok(templates().length > 0);
  for (const path of templates()) {
    assert.equal(render(path, OWN), readFileSync(join(starterFolder, path), 'utf8'), path);
  }
});

test('crates come from a repository by its address, or from a clone', () => {
  const answers = { ...OWN, database: 'postgres' };
  const from = (crates) => render('Cargo.toml', { ...answers, crates }).match(/^auth-.*$/gm);
  assert.deepEqual(from(ADDRESS), [
    `auth-leptos = { git = "${ADDRESS}" }`,
    `auth-sqlx = { git = "${ADDRESS}", default-features = false, features = ["postgres"], optional = true }`,
    `auth-testkit = { git = "${ADDRESS}" }`,
  ]);
  assert.deepEqual(from('/home/me/clone'), [
    'auth-leptos = { path = "/home/me/clone/crates/auth-leptos" }',
    'auth-sqlx = { path = "/home/me/clone/crates/auth-sqlx", default-features = false, features = ["postgres"], optional = true }',
    'auth-testkit = { path = "/home/me/clone/crates/auth-testkit" }',
  ]);
});

for (const rendering of RENDERINGS) {
  for (const database of DATABASES) {
    const answers = { name: 'my-app', rendering, database, crates: ADDRESS };
    test(`cargo generate, ${rendering}, ${database}: the same files`, withCargoGenerate, (t) => {
      const folder = temporaryFolder(t);
      const { status, output } = cargoGenerate(folder, answers);
      assert.equal(status, 0, output);
      generate(join(folder, 'expected'), answers);
      assert.deepEqual(contents(join(folder, 'my-app')), contents(join(folder, 'expected')));
    });
  }
}

test('cargo generate from a repository takes the folder in it', withCargoGenerate, (t) => {
  const folder = temporaryFolder(t);
  const clone = join(folder, 'clone');
  cpSync(starterFolder, join(clone, 'examples', 'starter'), {
    recursive: true,
    filter: (path) => !/^(target|data)/.test(relative(starterFolder, path)),
  });
  const commit = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '-m', 'a'];
  for (const command of [['init', '--quiet'], ['add', '.'], commit]) {
    assert.equal(spawnSync('git', command, { cwd: clone, stdio: 'inherit' }).status, 0);
  }
  const answers = { ...OWN, name: 'my-app', crates: ADDRESS };
  const { status, output } = cargoGenerate(folder, answers, ['--git', clone, 'examples/starter']);
  assert.equal(status, 0, output);
  generate(join(folder, 'expected'), answers);
  assert.deepEqual(contents(join(folder, 'my-app')), contents(join(folder, 'expected')));
});

const REFUSED = {
  'no answer where the crates are': { crates: undefined },
  'a folder that is not absolute': { crates: '../leptos-logto' },
  'a quotation mark in the address': { crates: 'https://example.com/"' },
  'another database': { crates: ADDRESS, database: 'mysql' },
};
for (const [name, answers] of Object.entries(REFUSED)) {
  test(`cargo generate refuses ${name}`, withCargoGenerate, (t) => {
    const { crates, ...others } = { ...OWN, ...answers };
    const { status, output } = cargoGenerate(temporaryFolder(t), {
      ...others,
      ...(crates && { crates }),
    });
    assert.notEqual(status, 0, output);
    assert.match(output, crates ? new RegExp(answers.database ?? 'crates') : /crates/);
  });
}
