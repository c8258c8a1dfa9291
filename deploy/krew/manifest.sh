#!/bin/sh
# Prints the manifest of the kubectl plugin for krew, for a release's archives:
#
#   deploy/krew/manifest.sh VERSION HOMEPAGE ARCH=FILE=URL...
#   deploy/krew/manifest.sh 0.1.0 https://example.com/shelflife amd64=shelflife-linux-amd64.tar.gz=https://example.com/….tar.gz
#
# ARCH is Go's name of the architecture (amd64, arm64). FILE is a local copy of the archive at URL, from which the hash is
# computed. deploy/krew/archive.sh makes the archive: it has the program `shelflife` and LICENSE at the top level.
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
  shortDescription: Find images past their end of support
  description: |
    Finds workloads whose container images are past their end of patch or end of availability, or
    soon will be, today or on any day. Prints a table, JSON, CSV, Markdown or a web page:
      kubectl shelflife audit --within 90d
      kubectl shelflife audit --forecast -n team-a
      kubectl shelflife audit -o html > audit.html
  caveats: |
    The plugin reads Pods and their owners, never Secrets. "kubectl shelflife audit --print-rbac"
    prints a ClusterRole with the permissions that it needs.
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
