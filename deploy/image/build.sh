#!/bin/sh
# Makes the container image without a container engine: build.sh [OUTPUT.tar]
#
# The program is built for release, and packed with what it needs of Debian's packages and nothing else: the
# libraries that it loads, CA certificates, and a user. The result is a tar of an OCI image layout that
# `docker load`, `podman load`, `skopeo copy oci-archive:…` and registries' own tools take. Two builds of one
# commit with the same Debian packages are equal, byte for byte.
#
# SHELFLIFE names a program that is built already. SOURCE_DATE_EPOCH is the date of everything in the image; by
# default the commit's. REVISION is the commit's name in its labels.
set -eu
cd "$(dirname "$0")/../.."
output=${1:-build/image/shelflife.tar}

if [ -z "${SHELFLIFE:-}" ]; then
    deploy/packages.sh build image
    cmake -S . -B build/image -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSHELFLIFE_TESTS=OFF >/dev/null
    cmake --build build/image --target shelflife -- --quiet
    SHELFLIFE=build/image/shelflife
fi
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
revision=${REVISION:-$(git rev-parse HEAD)}
mkdir -p "$(dirname "$output")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
strip --strip-all -o "$work/shelflife" "$SHELFLIFE"
python3 deploy/image/assemble.py --program "$work/shelflife" --revision "$revision" --date "$SOURCE_DATE_EPOCH" \
    --output "$output"
