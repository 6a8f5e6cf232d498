#!/usr/bin/env bash
# Installs the tools that the project needs and that are missing. A second run
# finds everything installed and takes under a second.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# Installs a cargo tool, optimized for a short build: the tools run for a short
# time compared to what they compile.
install_tool() {
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install "$@"
}

if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 12) ? 0 : 1)'; then
    say "Node.js 20.12 or later is required, found: $(node --version 2>/dev/null || echo none)" >&2
    exit 1
fi

have rustup || say "no rustup found: make sure that Rust has the target wasm32-unknown-unknown"
if have rustup && ! rustup target list --installed | grep -qx wasm32-unknown-unknown; then
    say "installing the WASM target"
    rustup target add wasm32-unknown-unknown
fi

cargo_leptos=0.3.10
if [ "$(cargo leptos --version 2>/dev/null)" != "cargo-leptos $cargo_leptos" ]; then
    say "installing cargo-leptos $cargo_leptos (takes some minutes, once)"
    install_tool cargo-leptos --version "$cargo_leptos" --locked --features no_downloads
fi

# The command-line tool and the library must have the same version.
wasm_bindgen=$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
if [ "$(wasm-bindgen --version 2>/dev/null)" != "wasm-bindgen $wasm_bindgen" ]; then
    say "installing wasm-bindgen $wasm_bindgen (takes some minutes, once)"
    install_tool wasm-bindgen-cli --version "$wasm_bindgen"
fi

# `npm ci` always installs from scratch, so run it only if the lock file has changed.
stamp=end2end/node_modules/.lock-of-this-install
if ! cmp -s end2end/package-lock.json "$stamp"; then
    say "installing npm packages"
    (cd end2end && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund)
    cp end2end/package-lock.json "$stamp"
fi

if ! node end2end/browser/chromium.mjs >/dev/null 2>&1; then
    say "installing Chromium"
    if [ "$(id -u)" = 0 ] && have apt-get; then
        apt-get update -qq &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation ||
            say "apt could not install Chromium: trying Playwright's own"
    fi
    node end2end/browser/chromium.mjs >/dev/null 2>&1 ||
        (cd end2end && npx playwright install chromium) ||
        say "Chromium could not be installed: only the browser tests need it"
fi
