#!/bin/sh
# Shows the webhook at work: installs missing packages, builds the program, starts the webhook with its built-in catalogs
# and temporary certificates, sends it a recorded review over TLS, and shows the reply.
set -eu
cd "$(dirname "$0")/.."

deploy/packages.sh build demo
echo "building (in build/demo)"
cmake -S . -B build/demo -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSHELFLIFE_TESTS=OFF >/dev/null
cmake --build build/demo --target shelflife -- --quiet
shelflife=$PWD/build/demo/shelflife
review=$PWD/tests/data/reviews/001-create-pods.json

work=$(mktemp -d)
server=
port=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"

echo "creating temporary certificates for localhost"
"$shelflife" certs init --dir . localhost >/dev/null

echo "starting the webhook"
"$shelflife" serve --listen 127.0.0.1:0 --probe-listen 127.0.0.1:0 --tls-cert tls.crt --tls-key tls.key 2>log &
server=$!
for _ in $(seq 100); do
    port=$(sed -n 's/.*"message":"serving".*"port":\([0-9]*\).*/\1/p' log)
    [ -z "$port" ] || break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.05
done
[ -n "$port" ] || { cat log >&2 && exit 1; }

echo "sending it a recorded review: kubectl creates the pod ml-team/train"
curl --silent --show-error --fail --cacert ca.crt --header 'Content-Type: application/json' \
    --data-binary "@$review" "https://localhost:$port/validate?timeout=10s" >reply
echo
jq -r '.response | "allowed: \(.allowed)", "message: \(.status.message)", (.warnings[]? | "Warning: " + .)' reply
kill "$server"
wait "$server" # lets it finish its log
trap 'rm -rf "$work"' EXIT
echo
echo "the log of this review:"
grep '"uid"' log

cat <<END

What to try next, with the program that was built:

  $shelflife explain python:3.8-slim-bookworm    # the dates of an image, and where they are from
  $shelflife audit .                             # the images in the files of a directory
  $shelflife audit -A                            # those that a cluster runs, if kubectl can reach one
  $shelflife audit -o html . >report.html        # a page that shows any day

README.md has a section on installing it, and docs/quickstart.md starts the webhook in a cluster.
END
