#!/bin/sh
# Does all set-up and runs the main job: installs what is missing, builds, starts the webhook on its embedded
# catalogs with throw-away certificates, sends it a recorded review over TLS, and shows the answer.
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

echo "making throw-away certificates for localhost"
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
wait "$server" # writes what it still has to log
trap 'rm -rf "$work"' EXIT
echo
echo "its log of that review:"
grep '"uid"' log
