#!/bin/sh
# Prints the krew manifest of the kubectl plugin. The arguments name the archives of a release:
#
#   deploy/krew/manifest.sh VERSION HOMEPAGE ARCH=FILE=URL...
#   deploy/krew/manifest.sh 0.1.0 https://example.com/shelflife amd64=shelflife-linux-amd64.tar.gz=https://example.com/….tar.gz
#
# ARCH is the name of the architecture in Go (amd64, arm64). FILE is a local copy of the archive at URL; the hash is
# computed from it. deploy/krew/archive.sh makes the archive, which contains the program `shelflife` and LICENSE.
set -eu
if [ $# -lt 3 ]; then
    echo "usage: manifest.sh VERSION HOMEPAGE ARCH=FILE=URL..." >&2
    exit 2
fi
version=$1 homepage=$2
shift 2
cat <<END
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: shelflife
spec:
  version: v$version
  homepage: $homepage
  shortDescription: Find images past end of patch or availability
  description: |
    Finds workloads whose container images are past their end of patch or end of availability, or
    will be soon. It can also check any other date. It prints a table, JSON, CSV, Markdown
    or a web page:
      kubectl shelflife audit --within 90d
      kubectl shelflife audit --forecast -n team-a
      kubectl shelflife audit -o html > audit.html
  caveats: |
    The plugin reads Pods and their owners, never Secrets. "kubectl shelflife audit --print-rbac"
    prints a ClusterRole with the permissions that the plugin needs, and with -n a Role for one
    namespace.
  platforms:
END
for archive in "$@"; do
    arch=${archive%%=*} rest=${archive#*=}
    file=${rest%%=*} url=${rest#*=}
    hash=$(sha256sum "$file")
    cat <<END
  - selector:
      matchLabels:
        os: linux
        arch: $arch
    uri: $url
    sha256: ${hash%% *}
    files:
    - from: shelflife
      to: kubectl-shelflife
    - from: LICENSE
      to: .
    bin: kubectl-shelflife
END
done
