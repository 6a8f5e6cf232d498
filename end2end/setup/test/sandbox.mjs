// A copy of the repository's set-up on a machine of which a test says what is installed.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const SYSTEM =
  'bash sed sort head cut tr cat cmp cp mv chmod mkdir mktemp rm find tar gzip uname id sha256sum curl dirname env ls'.split(
    ' ',
  );

export const versions = {
  deny: '0.20.2',
  generate: '0.23.14',
  leptos: '0.3.10',
  bindgen: /name = "wasm-bindgen"\nversion = "(.*)"/.exec(
    readFileSync(join(repository, 'Cargo.lock'), 'utf8'),
  )[1],
};

/** The tools that have releases. */
const TOOLS = [
  ['cargo-leptos', versions.leptos],
  ['wasm-bindgen', versions.bindgen],
  ['cargo-deny', versions.deny],
];

/** A program that prints the version, and writes each call to the log. */
export const program = (name, version) => `#!/usr/bin/env bash
echo "${name} $*" >> "$SANDBOX_LOG"
[ "\${!#}" = --version ] && echo "${name} ${version}"
exit 0
`;

/**
 * Makes a machine with Node.js, npm, Rust with the WASM target and Chromium.
 * `folder` is the name of the checkout's folder.
 */
export function sandbox(t, { folder = 'checkout' } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'setup-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const checkout = join(root, folder);
  const bin = join(root, 'bin');
  const home = join(root, 'home');
  const log = join(root, 'log');
  for (const path of [
    join(checkout, 'end2end', 'browser'),
    join(checkout, 'end2end', 'node_modules'),
    bin,
    home,
  ]) {
    mkdirSync(path, { recursive: true });
  }
  cpSync(join(repository, 'end2end', 'setup'), join(checkout, 'end2end', 'setup'), {
    recursive: true,
  });
  for (const name of [
    'Cargo.lock',
    'Cargo.toml',
    'rust-toolchain.toml',
    'end2end/package-lock.json',
  ]) {
    copyFileSync(join(repository, name), join(checkout, name));
  }
  copyFileSync(
    join(repository, 'end2end', 'package-lock.json'),
    join(checkout, 'end2end', 'node_modules', '.lock-of-this-install'),
  );
  writeFileSync(join(checkout, 'end2end', 'browser', 'chromium.mjs'), '');
  for (const name of SYSTEM)
    symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), join(bin, name));
  symlinkSync(process.execPath, join(bin, 'node'));

  const sysroot = join(root, 'sysroot');
  const target = join(sysroot, 'lib', 'rustlib', 'wasm32-unknown-unknown');
  mkdirSync(target, { recursive: true });
  const install = (name, text, into = bin) => {
    mkdirSync(into, { recursive: true });
    rmSync(join(into, name), { force: true });
    writeFileSync(join(into, name), text);
    chmodSync(join(into, name), 0o755);
  };
  install('npm', '#!/usr/bin/env bash\necho "npm $*" >> "$SANDBOX_LOG"\n');
  install(
    'rustc',
    `#!/usr/bin/env bash\ncase "$*" in
"--print sysroot") echo '${sysroot}' ;;
"--print host-tuple") echo x86_64-unknown-linux-gnu ;;
*) echo 'rustc 1.95.0 (59807616e 2026-03-05)' ;;
esac
`,
  );
  install(
    'rustup',
    `#!/usr/bin/env bash\necho "rustup $*" >> "$SANDBOX_LOG"\nmkdir -p '${target}'\n`,
  );
  // `cargo install` puts a program of that version into `--root`; `cargo binstall` is the command of that name.
  install(
    'cargo',
    `#!/usr/bin/env bash
echo "cargo $*" >> "$SANDBOX_LOG"
case $1 in
install)
  crate=$2 version=$4 name=\${2%-cli}
  echo "$2: level \${CARGO_PROFILE_RELEASE_OPT_LEVEL-}, OpenSSL \${OPENSSL_NO_VENDOR-vendored}" >> "$SANDBOX_LOG"
  [ -z "\${SANDBOX_NO_SYSTEM_OPENSSL-}" ] || [ -z "\${OPENSSL_NO_VENDOR-}" ] || exit 1
  mkdir -p "$6/bin"
  printf '#!/usr/bin/env bash\\necho "%s %s"\\n' "$name" "$version" > "$6/bin/$name"
  chmod +x "$6/bin/$name" ;;
binstall) shift; exec cargo-binstall "$@" ;;
esac
`,
  );
  writeFileSync(log, '');

  const run = (environment = {}, ...options) =>
    new Promise((resolve) => {
      const script = join(checkout, 'end2end', 'setup', 'setup.sh');
      const child = spawn(join(bin, 'bash'), [script, ...options], {
        cwd: root,
        // Nothing listens there: releases cannot be had unless a test serves them.
        env: {
          PATH: bin,
          HOME: home,
          SANDBOX_LOG: log,
          SETUP_RELEASES: 'http://127.0.0.1:9',
          ...environment,
        },
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (data) => (output += data));
      child.on('close', (status) => resolve({ status, output, calls: readFileSync(log, 'utf8') }));
    });
  const installed = (name) => {
    const path = join(checkout, '.tools', 'bin', name);
    return existsSync(path)
      ? execFileSync(path, ['--version'], {
          encoding: 'utf8',
          env: { PATH: bin, SANDBOX_LOG: log },
        }).trim()
      : null;
  };
  return {
    bin,
    calls: () => readFileSync(log, 'utf8'),
    checkout,
    home,
    install,
    installed,
    remove: (path) => rmSync(path, { recursive: true }),
    run,
    target,
  };
}

/** Serves releases of the tools, and counts the requests. `spoil` changes what is sent for a path. */
export async function releases(t, spoil = (path, body) => body) {
  const requests = [];
  const archives = new Map();
  const server = createServer((request, response) => {
    requests.push(request.url);
    const isChecksum = /\.sha256(sum)?$/.test(request.url);
    const path = request.url.replace(/\.sha256(sum)?$/, '');
    if (!archives.has(path))
      archives.set(
        path,
        archive(...TOOLS.find(([name]) => path.includes(name))),
      );
    const body = archives.get(path);
    const checksum = `${createHash('sha256').update(body).digest('hex')}  ${path.split('/').at(-1)}\n`;
    const answer = spoil(request.url, isChecksum ? Buffer.from(checksum) : body);
    response.writeHead(answer === null ? 404 : 200).end(answer ?? '');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { address: `http://127.0.0.1:${server.address().port}`, requests };
}

function archive(name, version) {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  mkdirSync(join(folder, `${name}-release`));
  writeFileSync(join(folder, `${name}-release`, name), program(name, version), { mode: 0o755 });
  const body = execFileSync('tar', ['-czf', '-', '-C', folder, `${name}-release`]);
  rmSync(folder, { recursive: true });
  return body;
}
