#!/bin/sh
# Builds the release and runs the benchmarks: run.sh [--quick]
set -eu
cd "$(dirname "$0")/../.."
case "$*" in
'' | --quick) ;;
*) echo "usage: tests/bench/run.sh [--quick]" >&2 && exit 2 ;;
esac
deploy/packages.sh build test registry bench
cmake --preset release >/dev/null
cmake --build --preset release -- --quiet
build/release/tests/bench_catalog "$@"
build/release/tests/bench_inventory "$@"
build/release/tests/bench_admission --patterns
build/release/tests/bench_admission --inventory tests/data/reviews/001-create-pods.json
python3 tests/bench/server.py "$@"
python3 tests/bench/audit.py "$@"
exec python3 tests/bench/registry.py "$@"
