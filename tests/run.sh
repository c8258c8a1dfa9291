#!/bin/sh
# Sets everything up and runs the tests: installs missing packages, builds with warnings as errors, and runs the unit
# tests, the regression corpora and the integration tests. It is quick when run again.
set -eu
cd "$(dirname "$0")/.."

deploy/packages.sh build test registry
echo "building (preset dev, in build/dev)"
cmake --preset dev >/dev/null
cmake --build --preset dev -- --quiet
echo "running the tests"
exec ctest --preset dev "$@"
