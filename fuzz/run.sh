#!/usr/bin/env bash
# Runs every fuzz target for a while, from its corpus: `fuzz/run.sh [seconds] [target…]`.
# A finding is written to fuzz/findings/ and ends the run with an error. The inputs that
# reach new code are kept in target/, not in the corpus, which is small and reviewed.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-60}
shift || true
host=$(rustc -vV | sed -n 's/^host: //p')
# Guided by what code an input reaches (`cargo fuzz run --sanitizer none` sets the same).
# With a target, build scripts and macros are compiled without these flags.
export RUSTFLAGS="--cfg fuzzing -C passes=sancov-module \
-C llvm-args=-sanitizer-coverage-level=4 \
-C llvm-args=-sanitizer-coverage-inline-8bit-counters \
-C llvm-args=-sanitizer-coverage-pc-table \
-C llvm-args=-sanitizer-coverage-trace-compares"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-../target/fuzz}
cargo build --release --target "$host"

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  for file in targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi
status=0
printf '%-16s %12s %10s %8s  %s\n' target inputs inputs/s edges outcome
for target in "${targets[@]}"; do
  grown=$CARGO_TARGET_DIR/grown/$target
  mkdir -p "$grown" findings
  log=$CARGO_TARGET_DIR/$target.log
  outcome=ok
  "$CARGO_TARGET_DIR/$host/release/$target" "$grown" "corpus/$target" \
    -max_total_time="$seconds" -max_len=4096 -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="findings/$target-" >"$log" 2>&1 || { outcome="FOUND, see $log"; status=1; }
  inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
  edges=$(grep -ao 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2)
  printf '%-16s %12s %10s %8s  %s\n' "$target" "${inputs:-?}" "${rate:-?}" "${edges:-?}" "$outcome"
done
exit $status
