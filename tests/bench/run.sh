#!/bin/sh
# Builds the release and runs benchmarks, all of them or those named: run.sh [--quick] [--json FILE] [NAME...]
# FILE is where `server` writes its figures and ratios.
set -eu
cd "$(dirname "$0")/../.."
all="catalog inventory patterns audit registry server"
usage() {
    echo "usage: tests/bench/run.sh [--quick] [--json FILE] [NAME...]; the names are $all" >&2
    exit 2
}
quick=
json=
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=--quick ;;
    --json)
        [ $# -gt 1 ] || usage
        json=$2
        shift
        ;;
    *) break ;;
    esac
    shift
done
# shellcheck disable=SC2086 # splitting into words is intended
[ $# -gt 0 ] || set -- $all
for name in "$@"; do
    case " $all " in *" $name "*) ;; *) usage ;; esac
done
deploy/packages.sh build test registry bench image
cmake --preset release >/dev/null
cmake --build --preset release -- --quiet
for name in "$@"; do
    case $name in
    catalog) build/release/tests/bench_catalog $quick ;;
    inventory)
        build/release/tests/bench_inventory $quick
        build/release/tests/bench_admission --inventory tests/data/reviews/001-create-pods.json
        ;;
    patterns) build/release/tests/bench_admission --patterns ;;
    server) python3 tests/bench/server.py $quick ${json:+--json "$json"} ;;
    *) python3 "tests/bench/$name.py" $quick ;;
    esac
done
