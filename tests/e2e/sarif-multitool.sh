#!/bin/sh
# Provides the validator of SARIF's authors, with the rules of GitHub, and prints its path. It is installed from
# npm once, into SHELFLIFE_CACHE (by default ~/.cache/shelflife).
set -eu
version=5.7.0
folder=${SHELFLIFE_CACHE:-$HOME/.cache/shelflife}/sarif-multitool-$version
program=node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool

if [ ! -x "$folder/$program" ]; then
    [ "$(uname -sm)" = "Linux x86_64" ] || { echo "sarif-multitool: there is only a program for Linux x86_64" >&2 && exit 1; }
    mkdir -p "$(dirname "$folder")"
    work=$(mktemp -d "$folder.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    (cd "$work" && npm install --silent --no-audit --no-fund --ignore-scripts "@microsoft/sarif-multitool-linux@$version" >&2)
    chmod +x "$work/$program"
    mv -T "$work" "$folder" 2>/dev/null || [ -x "$folder/$program" ] # another run may have been faster
fi
echo "$folder/$program"
