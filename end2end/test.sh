#!/usr/bin/env bash
# Runs every test: Rust, the local Logto's own, the set-up's, the browser's. Continues after a
# failure and ends with the counts. The PostgreSQL tests run against
# TEST_POSTGRES_URL, or against a server that is started for them.
set -uo pipefail
cd "$(dirname "$0")/.."

if [ -z "${TEST_POSTGRES_URL-}" ] && [ -z "${TEST_POSTGRES_MISSING-}" ]; then
    exec bash end2end/postgres.sh --optional bash end2end/test.sh
fi

features=app/ssr,auth-leptos/ssr
log=$(mktemp)
trap 'rm -f "$log"' EXIT
total_passed=0 total_failed=0 total_skipped=0
summary=()

# run NAME COUNTER COMMAND…: runs the command, shows its output, and adds up
# the "passed failed skipped" that COUNTER reads from it. A command that fails
# without reporting a failed test counts as one failed test.
run() {
    local name=$1 counter=$2 status passed failed skipped
    shift 2
    printf '\n== %s\n' "$name"
    "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    read -r passed failed skipped < <("$counter" <"$log")
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
        failed=1
        name="$name (exit $status)"
    fi
    summary+=("$name: $passed passed, $failed failed, $skipped skipped")
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
    total_skipped=$((total_skipped + skipped))
}

# Rust reports tests that `--skip` leaves out as "filtered out".
count_rust() {
    awk '/^test result:/ { gsub(";", ""); p += $4; f += $6; s += $8 + $12 }
        END { print p + 0, f + 0, s + 0 }'
}
count_node() {
    awk '{ sub(/^[^a-z]*/, "") }
        $1 == "pass" { p = $2 } $1 == "fail" { f = $2 } $1 == "skipped" { s = $2 }
        END { print p + 0, f + 0, s + 0 }'
}
count_playwright() {
    awk '$1 == "playwright:" { p = $2; f = $4; s = $6 } END { print p + 0, f + 0, s + 0 }'
}
count_nothing() {
    echo 0 0 0
}

rust_arguments=()
if [ -z "${TEST_POSTGRES_URL-}" ]; then
    # The tests of each database are in modules named after it.
    rust_arguments=(-- --skip postgres::)
    without_postgres="the PostgreSQL tests were skipped: $TEST_POSTGRES_MISSING. Install \
PostgreSQL, or set TEST_POSTGRES_URL to a database in which the tests may create schemas and databases"
    printf '\n== %s\n' "$without_postgres"
fi

run 'Rust' count_rust cargo test --workspace --features "$features" --locked --no-fail-fast \
    ${rust_arguments[@]+"${rust_arguments[@]}"}
run 'local Logto' count_node npm --prefix end2end run -s test:logto
run 'set-up' count_node npm --prefix end2end run -s test:setup
run 'release build' count_nothing cargo leptos build --release --precompress
# Development builds, in the target folder of the repository: the libraries'
# dependencies are built there already, and these tests need no speed.
starter_build() {
    (cd examples/starter && CARGO_TARGET_DIR=../../target cargo leptos build)
}
starter_test() {
    (cd examples/starter && CARGO_TARGET_DIR=../../target cargo test --features ssr --locked)
}
# The tests first: cargo builds the binary for them too, without the name of the WASM file that
# cargo-leptos gives it.
run 'starter' count_rust starter_test
run 'starter build' count_nothing starter_build
run 'apps made from the starter' count_node npm --prefix end2end run -s test:template
run 'build of the app for tests of hydration' count_nothing node end2end/servers/hydrated.mjs
run 'browser' count_playwright npm --prefix end2end run -s test:e2e

printf '\n== results\n'
printf '%s\n' "${summary[@]}"
if [ -n "${without_postgres-}" ]; then
    printf '%s\n' "$without_postgres"
fi
printf 'total: %d passed, %d failed, %d skipped\n' "$total_passed" "$total_failed" "$total_skipped"
[ "$total_failed" -eq 0 ]
