#!/bin/sh
# The HTML report in a real Chromium. SHELFLIFE_SCREENSHOTS=FOLDER keeps the pictures.
set -eu
cd "$(dirname "$0")/../.."

deploy/packages.sh build test browser
cmake --preset dev >/dev/null
cmake --build --preset dev --target shelflife -- --quiet
exec python3 -m unittest discover --verbose -s tests/browser -p 'test_*.py'
