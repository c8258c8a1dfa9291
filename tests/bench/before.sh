#!/bin/sh
# Builds the release of an earlier commit, for benchmarks that compare with it, and prints the folder of the build:
# before.sh [COMMIT]
#
# The folder is kept in ${SHELFLIFE_CACHE:-~/.cache/shelflife}, and used again. Remove it after an update of the
# compiler or of a library. The exit code is 3 if this clone does not have the commit.
set -eu
cd "$(dirname "$0")/../.."
commit=$(git rev-parse --verify --quiet "${1:-96bafd2}^{commit}") || {
    echo "before.sh: this clone does not have the commit ${1:-96bafd2} (git fetch --unshallow fetches all commits)" >&2
    exit 3
}
cache=${SHELFLIFE_CACHE:-$HOME/.cache/shelflife}
folder=$cache/before-$commit
if [ ! -d "$folder" ]; then
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/before.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' INT TERM
    git archive "$commit" | tar -x -C "$work"
    (
        cd "$work"
        cmake --preset release >/dev/null
        cmake --build --preset release --target shelflife bench_server bench_admission -- --quiet
    ) >&2
    mv -T "$work" "$folder" 2>/dev/null || test -d "$folder" # if two runs build it, one of them is kept
fi
echo "$folder/build/release"
