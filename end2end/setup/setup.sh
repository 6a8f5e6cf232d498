#!/usr/bin/env bash
# Installs what the project needs and what is missing. Cargo's tools go to `.tools`, so
# that other projects keep their versions. A second run finds everything and takes under a
# second. `setup.sh check` also installs what only `make check` needs, `setup.sh template` what
# only `make template` needs.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/.tools/bin:$PATH"

say() { printf 'setup: %s\n' "$*"; }
stop() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
# is_at_least VERSION MINIMUM
is_at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

node=$(node --version 2>/dev/null || true)
is_at_least "${node#v}" 20.12 ||
    stop "Node.js 20.12 or later is required, found: ${node:-none}. Install it from https://nodejs.org"
have npm || stop "npm is required, found: none. It comes with Node.js from https://nodejs.org"

have cargo || stop "Rust is required, found: none. Install it from https://rustup.rs"
toolchain=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
if ! rustc --version >/dev/null 2>&1 && have rustup; then
    say "installing Rust $toolchain (usually a minute)"
    rustup toolchain install "$toolchain" --profile minimal --component clippy --component rustfmt ||
        stop "Rust $toolchain could not be installed. Run 'rustup toolchain install $toolchain' and read its message"
fi
minimum=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
rust=$(rustc --version 2>/dev/null | cut -d ' ' -f 2)
is_at_least "$rust" "$minimum" ||
    stop "Rust $minimum or later is required, found: ${rust:-none}. Run 'rustup update', or install Rust from https://rustup.rs"

wasm=wasm32-unknown-unknown
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$wasm" ]; then
    have rustup || stop "Rust's target $wasm is missing. Install Rust from https://rustup.rs, or \
your system's package with the target (Debian: libstd-rust-dev-wasm32, Fedora: rust-std-static-$wasm)"
    say "installing Rust's target $wasm (usually a few seconds)"
    rustup target add "$wasm" ||
        stop "Rust's target $wasm could not be installed. Run 'rustup target add $wasm' and read its message"
fi

. end2end/setup/tools.sh

# `npm ci` always installs from scratch, so run it only if the lock file has changed.
stamp=end2end/node_modules/.lock-of-this-install
if ! cmp -s end2end/package-lock.json "$stamp"; then
    say "installing npm packages (usually half a minute)"
    (cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund) ||
        stop "the npm packages could not be installed. Without a network nothing can be downloaded. \
Behind a proxy, set HTTPS_PROXY. Where your home folder is read-only, set npm_config_cache to a folder that is not"
    cp end2end/package-lock.json "$stamp"
fi

if ! node end2end/browser/chromium.mjs >/dev/null 2>&1; then
    say "installing Chromium (usually a minute)"
    if [ "$(id -u)" = 0 ] && have apt-get; then
        export DEBIAN_FRONTEND=noninteractive
        # The first cannot show windows, and is quicker. Not every system has it.
        apt-get update -qq && {
            apt-get install -y -qq --no-install-recommends chromium-headless-shell fonts-liberation ||
                apt-get install -y -qq --no-install-recommends chromium fonts-liberation
        } || say "apt could not install Chromium: trying Playwright's own"
    fi
    node end2end/browser/chromium.mjs >/dev/null 2>&1 ||
        (cd end2end && npx playwright install chromium) ||
        say "Chromium could not be installed: only the browser tests need it"
fi
