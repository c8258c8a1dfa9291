#!/bin/sh
# Builds the Debian packages shelflife, libshelflife0 and libshelflife-dev in build/debian, or in the directory named by
# the first argument.
set -eu
cd "$(dirname "$0")/../.."
folder=${1:-build/debian}

deploy/packages.sh build debian
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX=/usr -DSHELFLIFE_TESTS=OFF >/dev/null
cmake --build "$folder" -- --quiet >&2 # what it prints on standard output are the packages
# CPack strips the program, and the bill of materials has the checksum of what is installed.
strip -o "$folder/debian/shelflife" "$folder/shelflife"
deploy/sbom.py --program "$folder/debian/shelflife" --date "$SOURCE_DATE_EPOCH" --output "$folder/debian/sbom.spdx.json"
cd "$folder"
cpack -G DEB >cpack.log 2>&1 || { cat cpack.log >&2 && exit 1; }
ls "$PWD"/*.deb
