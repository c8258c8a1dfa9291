#!/bin/sh
# The end-to-end suite on a real control plane: sets it up once (control-plane.sh), builds, runs.
set -eu
cd "$(dirname "$0")/../.."

deploy/packages.sh build test e2e
tests/e2e/control-plane.sh >/dev/null
cmake --preset dev >/dev/null
cmake --build --preset dev --target shelflife kube_client -- --quiet
exec python3 -m unittest discover --verbose -s tests/e2e -p 'test_*.py'
