#!/bin/sh
# Builds the container image without a container engine: build.sh [--shell] [OUTPUT.tar]
#
# With --shell, the image is for CI systems that run scripts in it, such as GitLab: it also contains BusyBox, starts a
# shell, and runs as root, because it writes to the directory of the job. Its tag ends in "-shell".
#
# The image contains a release build of the program and what it needs from Debian packages: the libraries that it loads,
# CA certificates, and a user. The result is a tar archive of an OCI image layout, which `docker load`, `podman load`,
# `skopeo copy oci-archive:…` and registry tools can read. Two builds of the same commit with the same Debian packages
# are identical, byte for byte.
#
# SHELFLIFE is the path of a program that is already built. SOURCE_DATE_EPOCH is the date of everything in the image; the
# default is the date of the commit. REVISION is the name of the commit in the image labels.
set -eu
cd "$(dirname "$0")/../.."
shell=
if [ "${1:-}" = --shell ]; then
    shell=--shell
    shift
fi
output=${1:-build/image/shelflife${shell:+-shell}.tar}

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
    --output "$output" $shell
