#!/bin/sh
# Packs a built program for krew: archive.sh PROGRAM OUTPUT.tar.gz
# For the same program and commit, the archive is the same, byte for byte.
set -eu
program=$(readlink -f "$1")
output=$(readlink -f "$2")
cd "$(dirname "$0")/../.."
date=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
install -m 755 "$program" "$work/shelflife"
install -m 644 LICENSE "$work/LICENSE"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$date" -C "$work" -cf - LICENSE shelflife | gzip -n >"$output"
