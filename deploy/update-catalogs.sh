#!/bin/sh
# Renews the catalogs in a directory from their feeds, signs them, and publishes them in another directory, such as the
# root of a web server or a mounted bucket. Run it daily. A catalog is published only if its signature is valid, so after
# a failure the old edition stays in both directories.
#
#     usage: deploy/update-catalogs.sh CATALOGS PUBLISHED KEY PUBLIC_KEY [OPTION...]
#
# Options are those of "shelflife catalog update". Exit codes are also those of this command: 0 if all catalogs are
# renewed, 1 if changes were refused and wait for --accept, 3 or 4 if a feed could not be used.
set -u

[ $# -ge 4 ] || { sed -n 's/^#     //p' "$0" >&2 && exit 2; }
catalogs=$1 published=$2 key=$3 public=$4
shift 4
shelflife=${SHELFLIFE:-shelflife}

# Replaces a file in the directory as a whole, so that no one downloads a part of it.
publish() {
    cp "$1" "$published/.${1##*/}.new" && mv "$published/.${1##*/}.new" "$published/${1##*/}"
}

"$shelflife" catalog update --key "$key" --changelog "$catalogs/CHANGELOG.md" "$@" "$catalogs"
code=$?
[ $code -ne 2 ] || exit 2

for catalog in "$catalogs"/*.json "$catalogs"/*.yaml "$catalogs"/*.yml; do
    [ -f "$catalog.sig" ] || continue
    cmp -s "$catalog" "$published/${catalog##*/}" && cmp -s "$catalog.sig" "$published/${catalog##*/}.sig" && continue
    "$shelflife" catalog verify --key "$public" "$catalog" >/dev/null || { code=3 && continue; }
    # The signature comes first: webhooks that download between the two try again.
    publish "$catalog.sig" && publish "$catalog" && echo "published ${catalog##*/}" || code=3
done
[ ! -f "$catalogs/CHANGELOG.md" ] || publish "$catalogs/CHANGELOG.md" || code=3
exit $code
