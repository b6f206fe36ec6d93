#!/usr/bin/env bash
# Runs the fuzz targets on a stable toolchain, one after another, and prints what they found.
#
#   fuzz/run.sh [SECONDS] [TARGET...]     60 seconds each, all targets
#
# Needs a C++ compiler for libFuzzer. `cargo fuzz` reads the same crate, where a nightly toolchain is installed.
set -euo pipefail
cd "$(dirname "$0")"

SECONDS_EACH=${1:-60}
RSS_MIB_MAX=2048
INPUT_SECONDS_MAX=10
ALL=(pdf sealed roster_xlsx roster_csv credential qr_text note forwarded_for session)
targets=("${@:2}")
[ ${#targets[@]} -gt 0 ] || targets=("${ALL[@]}")

# What cargo-fuzz passes for coverage, without the sanitizers, which stable doesn't have.
coverage=(
    -C passes=sancov-module
    -C llvm-args=-sanitizer-coverage-level=4
    -C llvm-args=-sanitizer-coverage-inline-8bit-counters
    -C llvm-args=-sanitizer-coverage-pc-table
    -C llvm-args=-sanitizer-coverage-trace-compares
    --cfg fuzzing
)
host=$(rustc -vV | sed -n 's/^host: //p')
# An explicit target keeps these flags away from build scripts and macros.
RUSTFLAGS="${coverage[*]}" CARGO_INCREMENTAL=0 cargo build --locked --release --target "$host"

mkdir -p corpus artifacts
failed=0
for target in "${targets[@]}"; do
    echo "== $target, $SECONDS_EACH s"
    mkdir -p "corpus/$target" "artifacts/$target"
    program=target/$host/release/$target
    # Writes seeds, dictionary and the longest input's length, and ends.
    IKRAR_FUZZ_START=corpus "$program" -runs=0 > "artifacts/$target.log" 2>&1 || true
    folders=("corpus/$target")
    [ ! -d "../tests/attack/found/$target" ] || folders+=("../tests/attack/found/$target")
    if ! "$program" "${folders[@]}" -dict="corpus/$target.dict" \
        -artifact_prefix="artifacts/$target/" -max_total_time="$SECONDS_EACH" -max_len="$(cat "corpus/$target.max_len")" \
        -rss_limit_mb="$RSS_MIB_MAX" -timeout="$INPUT_SECONDS_MAX" -print_final_stats=1 > "artifacts/$target.log" 2>&1; then
        failed=1
        grep -hE 'panicked at|ERROR: libFuzzer|Test unit written|^  (left|right)' -A1 "artifacts/$target.log" | sed 's/^/   /'
        echo "   found: $(ls -t "artifacts/$target"/* | head -1), with artifacts/$target.log"
    fi
    grep -E '(INITED|NEW|REDUCE|pulse|DONE)' "artifacts/$target.log" | tail -1 | sed 's/^/   /' || true
    grep -E 'stat::(number_of_executed_units|peak_rss_mb)' "artifacts/$target.log" | sed 's/^/   /' || true
done
exit $failed
