#!/usr/bin/env bash
# Runs all tests of `cargo test` and those of the browser, in two streams side by side: alone, most of them wait for
# something else than a core. A failure ends its stream.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
logs=$PWD/target/suites
program=$PWD/target/debug/ikrar
mkdir -p "$logs"

say() { echo "== $*"; }

say cargo test, built
$cargo test --locked --no-run

suite() {
    local name=$1 started=$SECONDS
    shift
    if "$@" >"$logs/$name.log" 2>&1; then
        say "$name passed in $((SECONDS - started)) s"
        cat "$logs/$name.log"
    else
        cat "$logs/$name.log"
        say "$name failed after $((SECONDS - started)) s"
        return 1
    fi
}

rust() {
    local name=$1
    shift
    suite "$name" $cargo test --locked "$@" -- --include-ignored
}

browser() {
    (cd tests/browser && IKRAR="$program" node run.mjs)
}

first() {
    rust process --test process
    rust store_contract --test store_contract
    rust lib --lib --bins
    rust it --test it
}

second() {
    suite browser browser
    rust attack --test attack
    rust others --test architecture --test security --test vectors
    rust doc --doc
}

first &
first=$!
second &
second=$!
outcome=0
wait $first || outcome=1
wait $second || outcome=1
exit $outcome
