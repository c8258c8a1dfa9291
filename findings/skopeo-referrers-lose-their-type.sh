#!/bin/sh
# skopeo 1.9.3 (Debian 12, skopeo 1.9.3+ds1-1+b10) drops `artifactType` from the descriptors of an OCI index that it
# copies, and adds nothing in its place.
#
# Seen: an image index of OCI 1.1 with one manifest, whose descriptor has the artifactType of the manifest, is copied
# with `skopeo copy --all`. The manifest arrives byte for byte. The descriptor arrives without artifactType, so the
# copy of the index has another digest. With --preserve-digests skopeo copies nothing, and says that it must convert
# the index to the type that the index already has.
#
# Why it matters here: registries without the referrers API keep such an index under the tag sha256-HEX: the signature
# of a catalog is found in it. In a registry that was filled with skopeo, the type of a referrer is only in its
# manifest. src/registry reads the manifest of each descriptor that has no artifactType.
#
# Needs Debian 12 and Debian's package lists. Installs nothing on the machine.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages="skopeo=1.9.3+ds1-1+b10 libgpgme11=1.18.0-3+deb12u1 libassuan0=2.5.5-5 libgpg-error0=1.46-1
    libdevmapper1.02.1=2:1.02.185-2"
# shellcheck disable=SC2086 # splitting into words is intended
fetch() { apt-get download -qq $packages >/dev/null 2>&1; }
fetch || { apt-get update -qq >/dev/null 2>&1 && fetch; } ||
    { echo "changed: version 1.9.3+ds1-1+b10 of skopeo, or of what it needs, is not available any more" && exit 1; }
for package in *.deb; do dpkg -x "$package" root; done
LD_LIBRARY_PATH=$(find root -name 'lib*.so.*' -printf "$folder/%h\n" | sort -u | paste -sd:)
export LD_LIBRARY_PATH
skopeo() { root/usr/bin/skopeo --insecure-policy --tmpdir "$folder" "$@"; }

# A layout with an index in it, which has one artifact: add FILE prints its digest.
blobs=layout/blobs/sha256
mkdir -p $blobs
add() {
    digest=$(sha256sum "$1" | cut -d' ' -f1)
    mv "$1" "$blobs/$digest"
    echo "$digest"
}
size() { stat -c %s "$blobs/$1"; }
printf '{}' >file && empty=$(add file)
printf 'signature' >file && layer=$(add file)
cat >file <<J
{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
 "artifactType": "application/vnd.example.signature",
 "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": "sha256:$empty", "size": 2},
 "layers": [{"mediaType": "text/plain", "digest": "sha256:$layer", "size": 9}]}
J
manifest=$(add file)
cat >file <<J
{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [
 {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:$manifest", "size": $(size "$manifest"),
  "artifactType": "application/vnd.example.signature"}]}
J
index=$(add file)
cat >layout/index.json <<J
{"schemaVersion": 2, "manifests": [{"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "sha256:$index",
 "size": $(size "$index"), "annotations": {"org.opencontainers.image.ref.name": "referrers"}}]}
J
echo '{"imageLayoutVersion": "1.0.0"}' >layout/oci-layout

skopeo copy --quiet --all oci:layout:referrers oci:copy:referrers
copied=$(grep -o 'sha256:[0-9a-f]*' copy/index.json | cut -d: -f2)
types() { grep -c '"artifactType"' "$1" || true; }
echo "the manifest: $(cmp "$blobs/$manifest" "copy/blobs/sha256/$manifest" && echo 'the same bytes')"
echo "descriptors with artifactType: $(types "$blobs/$index") before, $(types "copy/blobs/sha256/$copied") in the copy"
if skopeo copy --quiet --all --preserve-digests oci:layout:referrers oci:second:referrers 2>error; then
    kept=yes
else
    kept=no
    sed 's/.*msg=/with --preserve-digests: /' error
fi
cmp "$blobs/$manifest" "copy/blobs/sha256/$manifest" && [ "$(types "$blobs/$index")" = 1 ] &&
    [ "$(types "copy/blobs/sha256/$copied")" = 0 ] && [ "$copied" != "$index" ] && [ $kept = no ] &&
    grep -q 'must be converted' error && echo "as described" && exit 0
echo "changed: skopeo keeps the type of a descriptor"
exit 1
