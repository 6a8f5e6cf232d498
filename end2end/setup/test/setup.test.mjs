import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { program, releases, sandbox, versions } from './sandbox.mjs';

const BOTH = {
  'cargo-leptos': `cargo-leptos ${versions.leptos}`,
  'wasm-bindgen': `wasm-bindgen ${versions.bindgen}`,
};
const assertBothInstalled = (machine) => {
  for (const [name, version] of Object.entries(BOTH))
    assert.equal(machine.installed(name), version);
};

test('tools that are installed in the right version are used, and nothing is installed', async (t) => {
  const machine = sandbox(t);
  machine.install('cargo-leptos', program('cargo-leptos', versions.leptos));
  machine.install('wasm-bindgen', program('wasm-bindgen', versions.bindgen));
  const { status, output } = await machine.run();
  assert.equal(status, 0, output);
  assert.equal(output, '');
  assert.equal(machine.installed('cargo-leptos'), null);
});

test('tools come from the archives of their releases, and a second run does nothing', async (t) => {
  const machine = sandbox(t);
  const served = await releases(t);
  const first = await machine.run({ SETUP_RELEASES: served.address });
  assert.equal(first.status, 0, first.output);
  assertBothInstalled(machine);
  assert.doesNotMatch(first.calls, /cargo install/);
  assert.match(first.output, /installing cargo-leptos .* into \.tools \(usually a few seconds\)/);
  const requests = served.requests.length;
  const second = await machine.run({ SETUP_RELEASES: served.address });
  assert.equal(second.output, '');
  assert.equal(served.requests.length, requests);
});

test('make check also gets cargo-deny, from its archive or compiled', async (t) => {
  for (const SETUP_RELEASES of [(await releases(t)).address, 'http://127.0.0.1:9']) {
    const machine = sandbox(t);
    assert.equal((await machine.run({ SETUP_RELEASES })).status, 0);
    assert.equal(machine.installed('cargo-deny'), null, 'nothing else needs it');
    const { status, output } = await machine.run({ SETUP_RELEASES }, 'check');
    assert.equal(status, 0, output);
    assert.equal(machine.installed('cargo-deny'), `cargo-deny ${versions.deny}`);
    assert.equal((await machine.run({ SETUP_RELEASES }, 'check')).output, '');
  }
});

test('make template also gets cargo-generate, unless it is installed', async (t) => {
  const SETUP_RELEASES = (await releases(t)).address;
  const machine = sandbox(t);
  const { status, output } = await machine.run({ SETUP_RELEASES }, 'template');
  assert.equal(status, 0, output);
  assert.equal(machine.installed('cargo-generate'), `cargo-generate ${versions.generate}`);
  assert.equal(machine.installed('cargo-deny'), null);

  const other = sandbox(t);
  // It writes its name without the hyphen.
  other.install('cargo-generate', program('cargo-generate', versions.generate).replace('echo "cargo-generate 0', 'echo "cargo generate 0'));
  const second = await other.run({ SETUP_RELEASES }, 'template');
  assert.equal(second.status, 0, second.output);
  assert.doesNotMatch(second.output, /cargo-generate/);
  assert.equal(other.installed('cargo-generate'), null);
});

test('cargo-binstall is asked first, and never compiles', async (t) => {
  const machine = sandbox(t);
  machine.install(
    'cargo-binstall',
    `#!/usr/bin/env bash
crate=\${@: -1}; name=\${crate%@*}; name=\${name%-cli}; mkdir -p .tools/bin
printf '#!/usr/bin/env bash\\necho "%s %s"\\n' "$name" "\${crate#*@}" > .tools/bin/$name; chmod +x .tools/bin/$name
`,
  );
  const { status, output, calls } = await machine.run();
  assert.equal(status, 0, output);
  assertBothInstalled(machine);
  assert.match(calls, /cargo binstall .*--disable-strategies compile cargo-leptos@/);
  assert.doesNotMatch(calls, /cargo install/);
});

test('a cargo-binstall that fails is only the first of the ways', async (t) => {
  const machine = sandbox(t);
  machine.install('cargo-binstall', '#!/usr/bin/env bash\nexit 1\n');
  const { status, output } = await machine.run({ SETUP_RELEASES: (await releases(t)).address });
  assert.equal(status, 0, output);
  assertBothInstalled(machine);
});

const SPOILED = {
  'changed on the way': (path, body) =>
    path.endsWith('.gz') ? Buffer.concat([body, Buffer.from('x')]) : body,
  'cut off': (path, body) => (path.endsWith('.gz') ? body.subarray(0, 40) : body),
  'without a checksum': (path, body) => (path.endsWith('.gz') ? body : null),
  'with a page instead of a checksum': (path, body) =>
    path.endsWith('.gz') ? body : Buffer.from('<html>sign in to the proxy</html>'),
  'with an empty checksum': (path, body) => (path.endsWith('.gz') ? body : Buffer.alloc(0)),
};
for (const [name, spoil] of Object.entries(SPOILED)) {
  test(`an archive ${name} is not used: the tool is compiled`, async (t) => {
    const machine = sandbox(t);
    const { status, output, calls } = await machine.run({
      SETUP_RELEASES: (await releases(t, spoil)).address,
    });
    assert.equal(status, 0, output);
    assert.match(calls, /cargo install cargo-leptos --version .* --root .*\/leptos-logto-tools\/.*\/cargo-leptos-/);
    assert.match(
      output,
      /no prebuilt cargo-leptos can be had here: compiling it \(usually 8 minutes/,
    );
    assertBothInstalled(machine);
  });
}

test('a version of the user stays as it is, and the project uses its own', async (t) => {
  const machine = sandbox(t);
  const own = program('cargo-leptos', '0.2.42');
  machine.install('cargo-leptos', own);
  const { status, output } = await machine.run();
  assert.equal(status, 0, output);
  assert.equal(readFileSync(join(machine.bin, 'cargo-leptos'), 'utf8'), own);
  assertBothInstalled(machine);
  assert.deepEqual(readdirSync(machine.home), ['.cargo']);
  assert.deepEqual(readdirSync(join(machine.home, '.cargo')), ['leptos-logto-tools']);
});

test('another clone takes what the first one compiled, unless it does not run any more', async (t) => {
  const machine = sandbox(t);
  assert.equal((await machine.run()).status, 0);
  const compiled = () => machine.calls().match(/cargo install/g).length;
  assert.equal(compiled(), 2);

  const another = () => machine.remove(join(machine.checkout, '.tools'));
  another();
  const second = await machine.run();
  assert.equal(second.status, 0, second.output);
  assertBothInstalled(machine);
  assert.equal(compiled(), 2);
  assert.doesNotMatch(second.output, /compiling/);

  another();
  const tools = join(machine.home, '.cargo', 'leptos-logto-tools');
  const kept = join(tools, readdirSync(tools)[0], `cargo-leptos-${versions.leptos}`, 'bin');
  machine.install('cargo-leptos', '#!/usr/bin/env bash\nexit 127\n', kept);
  assert.equal((await machine.run()).status, 0);
  assertBothInstalled(machine);
  assert.equal(compiled(), 3);
});

test('what is compiled is kept in CARGO_HOME, also with blanks in its name', async (t) => {
  const machine = sandbox(t);
  const CARGO_HOME = join(machine.home, 'my cargo home');
  assert.equal((await machine.run({ CARGO_HOME })).status, 0);
  assertBothInstalled(machine);
  assert.deepEqual(readdirSync(machine.home), ['my cargo home']);
});

const PKG_CONFIG = `#!/usr/bin/env bash
[ "$*" = "--exists openssl >= 3 openssl < 4" ]
`;
test('OpenSSL is taken from the system, or compiled if that fails or there is none', async (t) => {
  const without = sandbox(t);
  assert.equal((await without.run()).status, 0);
  assert.match(without.calls(), /cargo-leptos: level 0, OpenSSL vendored/);
  assert.match(without.calls(), /wasm-bindgen-cli: level 1, /);

  const machine = sandbox(t);
  machine.install('pkg-config', PKG_CONFIG);
  assert.equal((await machine.run()).status, 0);
  assertBothInstalled(machine);
  assert.doesNotMatch(machine.calls(), /vendored/);

  const unusable = sandbox(t);
  unusable.install('pkg-config', PKG_CONFIG);
  const { status, output } = await unusable.run({ SANDBOX_NO_SYSTEM_OPENSSL: '1' });
  assert.equal(status, 0, output);
  assertBothInstalled(unusable);
  assert.match(unusable.calls(), /OpenSSL 1\n.*\n?.*OpenSSL vendored/);
});

test('a checkout in a folder with blanks works', async (t) => {
  const machine = sandbox(t, { folder: 'my first checkout' });
  const { status, output } = await machine.run({ SETUP_RELEASES: (await releases(t)).address });
  assert.equal(status, 0, output);
  assertBothInstalled(machine);
});

test('a missing WASM target is installed by rustup', async (t) => {
  const machine = sandbox(t);
  machine.remove(machine.target);
  const { status, output, calls } = await machine.run();
  assert.equal(status, 0, output);
  assert.match(calls, /rustup target add wasm32-unknown-unknown/);
});

/** What is wrong with a machine, and the sentence that says what to do. */
const WRONG = {
  'no Node.js': [
    (m) => m.remove(join(m.bin, 'node')),
    /Node\.js 20\.12 or later is required, found: none\. Install it from https:\/\/nodejs\.org/,
  ],
  'an old Node.js': [
    (m) => m.install('node', '#!/usr/bin/env bash\necho v18.19.1\n'),
    /Node\.js 20\.12 or later is required, found: v18\.19\.1\./,
  ],
  'no npm': [(m) => m.remove(join(m.bin, 'npm')), /npm is required/],
  'no Rust': [
    (m) => m.remove(join(m.bin, 'cargo')),
    /Rust is required, found: none\. Install it from https:\/\/rustup\.rs/,
  ],
  'an old Rust': [
    (m) => m.install('rustc', '#!/usr/bin/env bash\necho "rustc 1.80.1 (3f5fd8dd4 2024-08-06)"\n'),
    /Rust 1\.88 or later is required, found: 1\.80\.1\. Run 'rustup update'/,
  ],
  'no WASM target and no rustup': [
    (m) => [m.remove(m.target), m.remove(join(m.bin, 'rustup'))],
    /Rust's target wasm32-unknown-unknown is missing\. Install Rust from https:\/\/rustup\.rs, or .*Debian: libstd-rust-dev-wasm32/,
  ],
  'a rustup that cannot download': [
    (m) => [m.remove(m.target), m.install('rustup', '#!/usr/bin/env bash\nexit 1\n')],
    /target wasm32-unknown-unknown could not be installed\. Run 'rustup target add wasm32-unknown-unknown'/,
  ],
  'no network': [
    (m) => m.install('cargo', '#!/usr/bin/env bash\n[ "$1" != install ]\n'),
    /cargo-leptos .* could not be installed\. Without a network .* HTTPS_PROXY\. .*read-only, set CARGO_HOME/,
  ],
  'npm packages that cannot be had': [
    (m) => [
      m.install('cargo-leptos', program('cargo-leptos', versions.leptos)),
      m.install('wasm-bindgen', program('wasm-bindgen', versions.bindgen)),
      writeFileSync(
        join(m.checkout, 'end2end', 'node_modules', '.lock-of-this-install'),
        'of another version',
      ),
      m.install('npm', '#!/usr/bin/env bash\nexit 1\n'),
    ],
    /npm packages could not be installed\. .*npm_config_cache/,
  ],
};
for (const [name, [spoil, sentence]] of Object.entries(WRONG)) {
  test(`${name}: one sentence says what to do`, async (t) => {
    const machine = sandbox(t);
    spoil(machine);
    const { status, output } = await machine.run();
    assert.notEqual(status, 0);
    assert.match(output, sentence);
    assert.doesNotMatch(output, /line \d+:|unbound|not found/, 'the shell itself complains');
  });
}

test('without Chromium the rest is installed, and a line names what misses it', async (t) => {
  const machine = sandbox(t);
  writeFileSync(join(machine.checkout, 'end2end', 'browser', 'chromium.mjs'), 'process.exit(1)');
  machine.install('npx', '#!/usr/bin/env bash\nexit 1\n');
  machine.install('id', '#!/usr/bin/env bash\necho 1000\n');
  const { status, output } = await machine.run({ SETUP_RELEASES: (await releases(t)).address });
  assert.equal(status, 0, output);
  assert.match(output, /Chromium could not be installed: only the browser tests need it/);
});

const HEADLESS = 'chromium-headless-shell';
for (const [what, packages, expected, comment] of [
  ['both Chromiums: the headless one', [HEADLESS, 'chromium'], [HEADLESS], null],
  ['one Chromium: that', ['chromium'], [HEADLESS, 'chromium'], null],
  ['no Chromium: that of Playwright', [], [HEADLESS, 'chromium'], /apt could not install Chromium/],
]) {
  test(`from a system with ${what} is installed`, async (t) => {
    const machine = sandbox(t);
    // Chromium is found as soon as a package is installed.
    writeFileSync(
      join(machine.checkout, 'end2end', 'browser', 'chromium.mjs'),
      `import { existsSync } from 'node:fs';
process.exit(existsSync('end2end/installed') ? 0 : 1);`,
    );
    machine.install('id', '#!/usr/bin/env bash\necho 0\n');
    machine.install(
      'apt-get',
      `#!/usr/bin/env bash
echo "apt-get $*" >> "$SANDBOX_LOG"
[ "$1" = update ] && exit 0
for package in ${packages.join(' ')} ; do
    case " $* " in *" $package "*) : > end2end/installed; exit 0 ;; esac
done
exit 100
`,
    );
    machine.install(
      'npx',
      '#!/usr/bin/env bash\necho "npx $*" >> "$SANDBOX_LOG"\n: > installed\n',
    );
    const SETUP_RELEASES = (await releases(t)).address;
    const { status, output, calls } = await machine.run({ SETUP_RELEASES });
    assert.equal(status, 0, output);
    const installed = calls.match(/apt-get install .*/g);
    assert.deepEqual(
      installed?.map((call) => call.match(/chromium\S*/)?.[0]),
      expected,
    );
    for (const call of installed) assert.match(call, / fonts-liberation\b/);
    if (comment) assert.match(output, comment);
    else assert.doesNotMatch(output, /could not/);
    assert.equal(/npx playwright install chromium/.test(calls), Boolean(comment));
    assert.doesNotMatch((await machine.run({ SETUP_RELEASES })).output, /Chromium/);
  });
}

test('a port that is in use is named before the build starts', async (t) => {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer();
    await new Promise((resolve) => server.listen(0, host, resolve));
    const { port } = server.address();
    const answer = await new Promise((resolve) => {
      const child = spawn(process.execPath, [
        '--input-type=module',
        '--eval',
        `
        import { requireFreePorts } from '${new URL('../../servers/free-ports.mjs', import.meta.url)}';
        await requireFreePorts([[${port}, 'the app']]);
        console.log('building');`,
      ]);
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (data) => (output += data));
      child.on('close', (status) => resolve({ status, output }));
    });
    assert.equal(answer.status, 1);
    assert.match(answer.output, new RegExp(`Port ${port} is in use, and the app needs it\\.`));
    assert.doesNotMatch(answer.output, /building/);
    server.close();
  }
});
