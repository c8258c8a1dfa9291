#!/bin/sh
# The end-to-end suite on a real control plane: sets it up once (control-plane.sh), builds, runs.
#
#   tests/e2e/run.sh                     all tests
#   tests/e2e/run.sh test_chart.Life     only these
set -eu
cd "$(dirname "$0")/../.."

deploy/packages.sh build test registry e2e
tests/e2e/control-plane.sh >/dev/null
cmake --preset dev >/dev/null
cmake --build --preset dev --target shelflife kube_client parse_references -- --quiet
exec python3 tests/e2e/suite.py "$@"
