#!/bin/sh
# Generates the plain manifests for kustomize from the chart: base, an overlay for each mode, and a component with
# features that only newer versions of Kubernetes have. With --check, only checks that they are up to date.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
helm=${HELM:-helm}
namespace=shelflife-system
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# render VERSION [--set …]: prints the chart without Helm's labels and comments.
render() {
    version=$1
    shift
    "$helm" template shelflife "$here/../../charts/shelflife" --namespace $namespace --kube-version "$version" --no-hooks "$@" |
        sed -e '/^ *helm\.sh\/chart: /d' -e '/^ *app\.kubernetes\.io\/managed-by: Helm$/d' -e '/^# Source: /d'
}

mkdir -p "$work/base" "$work/components/kubernetes-1.30"
cat >"$work/base/namespace.yaml" <<END
apiVersion: v1
kind: Namespace
metadata:
  name: $namespace
  labels:
    pod-security.kubernetes.io/enforce: restricted
END
render 1.25 >"$work/all.yaml"
render 1.30 >"$work/newer.yaml"
for mode in audit warn enforce; do
    mkdir -p "$work/overlays/$mode"
    render 1.25 --set webhook.defaultMode=$mode --show-only templates/webhook.yaml >"$work/overlays/$mode/webhook.yaml"
    cat >"$work/overlays/$mode/kustomization.yaml" <<END
# The webhook, with $mode as the mode of namespaces without a label.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../../base, webhook.yaml]
# On Kubernetes 1.30 or later, uncomment this line:
# components: [../../components/kubernetes-1.30]
END
done
python3 "$here/split.py" "$work"

written="base components overlays"
if [ "${1:-}" = --check ]; then
    for folder in $written; do
        diff -r "$here/$folder" "$work/$folder" ||
            { echo "deploy/manifests/$folder differs from the chart; run deploy/manifests/generate.sh" >&2 && exit 1; }
    done
    exit 0
fi
for folder in $written; do
    rm -rf "${here:?}/$folder"
    cp -R "$work/$folder" "$here/$folder"
done
