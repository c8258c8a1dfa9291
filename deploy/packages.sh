#!/bin/sh
# Installs the Debian packages for a purpose, if they are missing: packages.sh build|demo|test|registry|bench|browser|ci|debian|image|control-plane|e2e…
# It is quick if nothing is missing, and needs root (or sudo) only if something is.
set -eu

packages() {
    case $1 in
    build) echo build-essential cmake ninja-build pkg-config \
        libmicrohttpd-dev libgnutls28-dev libssl-dev libjansson-dev libyaml-dev libcurl4-openssl-dev libseccomp-dev libxml2-dev libarchive-dev zlib1g-dev ;;
    demo) echo curl ca-certificates jq ;;
    test) echo libcmocka-dev python3 python3-yaml openssl curl ca-certificates bash-completion zsh fish mandoc groff-base busybox-static ;;
    registry) echo docker-registry skopeo buildah podman umoci zstd docker-compose ;;
    ci) echo clang clang-format clang-tidy valgrind libclang-rt-14-dev llvm git shellcheck python3-jsonschema prometheus mmdebstrap containerd ;;
    browser) echo chromium chromium-driver fonts-dejavu-core ;;
    bench) echo wrk util-linux python3 jq git ;;
    image) echo binutils ca-certificates python3 busybox-static ;;
    debian) echo binutils dpkg-dev file gzip python3 ;;
    control-plane) echo etcd-server golang-go rsync dpkg-dev npm unzip ;;
    e2e) echo golang-go haproxy openssl prometheus python3 ;;
    *) echo "packages.sh: there is no list named $1; the lists are build, demo, test, registry, bench, browser, ci, debian, image, control-plane, e2e" >&2 && exit 2 ;;
    esac
}

wanted=
for purpose in "$@"; do
    wanted="$wanted $(packages "$purpose")"
done
missing=
for package in $wanted; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

# npm may be installed from another source than Debian.
if command -v npm >/dev/null; then missing=$(echo "$missing" | sed 's/ npm\b//'); fi
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" != 0 ]; then
    root=sudo
    if ! command -v apt-get >/dev/null || ! command -v sudo >/dev/null; then
        echo "packages.sh: these Debian packages are missing, and only root can install them. Ask an administrator to run the" \
            "following command, then try again:" >&2
        echo "  apt-get install --no-install-recommends$missing" >&2
        exit 1
    fi
fi
echo "installing Debian packages:$missing"
$root apt-get update -qq
# shellcheck disable=SC2086 # splitting into words is intended
DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends $missing >/dev/null
