#!/usr/bin/env bash
# Builds the server for release with profile-guided optimization: once so that it counts what it
# runs, then, after visits to its pages, for what it counted. The result is target/pgo/server.
set -euo pipefail
cd "$(dirname "$0")/../.."

machine=$(rustc -vV | sed -n 's/^host: //p')
llvm=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
folder=$PWD/target/pgo
counted=$folder/server.profdata

# Rust's own tool, or the system's of the same version.
find_merge() {
    local tool
    for tool in "$(rustc --print sysroot)/lib/rustlib/$machine/bin/llvm-profdata" "llvm-profdata-$llvm" llvm-profdata; do
        "$tool" --version 2>/dev/null | grep -q "LLVM version $llvm\." && echo "$tool" && return
    done
    return 1
}
if ! merge=$(find_merge); then
    echo "pgo: installing Rust's llvm-tools (usually a few seconds)"
    rustup component add llvm-tools && merge=$(find_merge) || {
        echo "pgo: llvm-profdata of LLVM $llvm was not found. It comes with 'rustup component add llvm-tools'" >&2
        exit 1
    }
fi

# build NAME FLAG: `--target` keeps the flag away from build scripts and macros. In the encoded form
# a path may contain spaces.
build() {
    local flags=${RUSTFLAGS:+${RUSTFLAGS// /$'\x1f'}$'\x1f'}$2
    CARGO_ENCODED_RUSTFLAGS=$flags LEPTOS_OUTPUT_NAME=app cargo build --package server --bin server \
        --release --locked --target "$machine" --target-dir "$folder/$1"
    # The server looks beside itself for the names of the site's files.
    cp target/release/hash.txt "$folder/$1/$machine/release/"
}

build counting -Cprofile-generate
rm -rf "$folder/counts"
LLVM_PROFILE_FILE="$folder/counts/%p-%m.profraw" node end2end/pgo/visits.mjs "$folder/counting/$machine/release/server"
"$merge" merge -o "$counted" "$folder"/counts/*.profraw
# Cargo does not see that the counts have changed.
rm -rf "$folder/optimized"
build optimized "-Cprofile-use=$counted"
cp target/release/hash.txt "$folder/"
cp "$folder/optimized/$machine/release/server" "$folder/server.new"
mv -f "$folder/server.new" "$folder/server"
# The server without a profile, of the same source: by it, `make bench` knows that this one is not old.
cp target/release/server "$folder/plain"
echo "pgo: built target/pgo/server. It needs target/pgo/hash.txt beside it, and the site"
