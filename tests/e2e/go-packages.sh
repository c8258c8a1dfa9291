#!/bin/sh
# Provides the Go libraries that tests compare with, and prints the directory that contains them, for GOPATH. Debian's
# packages are unpacked into the cache directory, not installed: what they depend on has 240 MiB, and is not needed.
set -eu

wanted="golang-github-docker-distribution-dev golang-github-opencontainers-go-digest-dev"
cache=${SHELFLIFE_CACHE:-$HOME/.cache/shelflife}
path=$cache/gocode-1 # the number is of the list above
if [ ! -d "$path" ]; then
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/gocode.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    cd "$work"
    # shellcheck disable=SC2086 # splitting into words is intended
    fetch() { apt-get -o APT::Sandbox::User=root -qq download $wanted >&2; }
    if ! fetch 2>/dev/null; then # without lists of packages, or with old ones
        root=
        [ "$(id -u)" = 0 ] || root=sudo
        $root apt-get update -qq >&2
        fetch
    fi
    for file in ./*.deb; do
        dpkg-deb -x "$file" unpacked
    done
    mv unpacked/usr/share/gocode "$path"
fi
echo "$path"
