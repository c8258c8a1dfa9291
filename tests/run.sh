#!/bin/sh
# Does all set-up and passes the tests: installs what is missing, builds with warnings as errors, runs the
# unit tests, the regression corpora and the integration tests. Quick when run again.
set -eu
cd "$(dirname "$0")/.."

deploy/packages.sh build test
echo "building (preset dev, in build/dev)"
cmake --preset dev >/dev/null
cmake --build --preset dev -- --quiet
echo "running the tests"
exec ctest --preset dev "$@"
