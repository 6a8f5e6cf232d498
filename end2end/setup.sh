#!/usr/bin/env bash
# Installs what the project needs and is missing. Run again, it finds all there
# and ends at once.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# The same in `cargo leptos`, CI and on a laptop. Built once, for speed of
# building: they are small beside what they compile.
install_tool() {
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install "$@"
}

if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 12) ? 0 : 1)'; then
    say "Node.js 20.12 or later is needed" >&2
    exit 1
fi

have rustup || say "no rustup: make sure that Rust has the target wasm32-unknown-unknown"
if have rustup && ! rustup target list --installed | grep -qx wasm32-unknown-unknown; then
    say "the WASM target"
    rustup target add wasm32-unknown-unknown
fi

cargo_leptos=0.3.10
if [ "$(cargo leptos --version 2>/dev/null)" != "cargo-leptos $cargo_leptos" ]; then
    say "cargo-leptos $cargo_leptos (some minutes, once)"
    install_tool cargo-leptos --version "$cargo_leptos" --locked --features no_downloads
fi

# The command line tool and the library have to be of one version.
wasm_bindgen=$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
if [ "$(wasm-bindgen --version 2>/dev/null)" != "wasm-bindgen $wasm_bindgen" ]; then
    say "wasm-bindgen $wasm_bindgen (some minutes, once)"
    install_tool wasm-bindgen-cli --version "$wasm_bindgen"
fi

# npm ci starts from nothing each time: only when the lock file has changed.
stamp=end2end/node_modules/.lock-of-this-install
if ! cmp -s end2end/package-lock.json "$stamp"; then
    say "npm packages"
    (cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund)
    cp end2end/package-lock.json "$stamp"
fi

if ! node end2end/browser/chromium.mjs >/dev/null 2>&1; then
    say "Chromium"
    if [ "$(id -u)" = 0 ] && have apt-get; then
        apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation ||
            say "there is no such package"
    fi
    node end2end/browser/chromium.mjs >/dev/null 2>&1 ||
        (cd end2end && npx playwright install chromium) ||
        say "no Chromium could be had: all works but the browser tests"
fi
