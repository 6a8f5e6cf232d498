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
    find "$(rustc --print sysroot)/lib/rustlib/$machine" -name llvm-profdata | grep . ||
        command -v "llvm-profdata-$llvm"
}
if ! merge=$(find_merge); then
    echo "pgo: installing Rust's llvm-tools (usually a few seconds)"
    rustup component add llvm-tools && merge=$(find_merge) || {
        echo "pgo: llvm-profdata of LLVM $llvm was not found. It comes with 'rustup component add llvm-tools'" >&2
        exit 1
    }
fi

# build NAME FLAG: `--target` keeps the flag away from build scripts and macros.
build() {
    RUSTFLAGS="${RUSTFLAGS-} $2" LEPTOS_OUTPUT_NAME=app cargo build --package server --bin server \
        --release --locked --target "$machine" --target-dir "$folder/$1"
}

build counting -Cprofile-generate
rm -rf "$folder/counts"
LLVM_PROFILE_FILE="$folder/counts/%p-%m.profraw" node end2end/pgo/visits.mjs "$folder/counting/$machine/release/server"
"$merge" merge -o "$counted" "$folder"/counts/*.profraw
# Cargo does not see that the counts have changed.
rm -rf "$folder/optimized"
build optimized "-Cprofile-use=$counted"
cp "$folder/optimized/$machine/release/server" "$folder/server.new"
mv -f "$folder/server.new" "$folder/server"
echo "pgo: built target/pgo/server"
