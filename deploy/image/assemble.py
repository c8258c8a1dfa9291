"""Called by build.sh. Puts the program and the files that it needs from Debian packages into an OCI image.

Except for the program and a few lines of configuration, every file in the image comes from an installed package, and is
checked against the checksums of the package. The image lists the packages in three places: in the SPDX file, which is
also written next to the image; in var/lib/dpkg/status.d, where scanners look; and in their copyright files."""
import argparse
import gzip
import hashlib
import io
import json
import pathlib
import sys
import tarfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import sbom  # noqa: E402
from sbom import Debian, libraries, merged, run  # noqa: E402

CERTIFICATES = pathlib.Path("/usr/share/ca-certificates/mozilla")
USER = 65532
SHELL = pathlib.Path("/bin/busybox")
APPLETS = ("awk basename cat chmod cp cut date dirname echo env false find grep gunzip gzip head id ls mkdir mktemp mv printf pwd "
           "readlink rm sed sh sleep sort tail tar tee test touch tr true uname uniq wc wget which xargs").split()
CONFIGURATION = {
    "etc/passwd": "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n",
    "etc/group": "root:x:0:\nnonroot:x:65532:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}
LINKS = {"bin": "usr/bin", "lib": "usr/lib", "lib64": "usr/lib64", "sbin": "usr/sbin", "etc/os-release": "../usr/lib/os-release"}


def base_files(program, debian):
    files = {name: content.encode() for name, content in CONFIGURATION.items()}
    for path in libraries(program):
        files[merged(path).lstrip("/")] = debian.take(path)
    certificates = sorted(CERTIFICATES.glob("*.crt"))
    files["etc/ssl/certs/ca-certificates.crt"] = b"".join(debian.take(c) for c in certificates)
    files["usr/lib/os-release"] = debian.take("/usr/lib/os-release")
    return files | package_files(debian)


def package_files(debian):
    """What says which packages are in the image."""
    files = {}
    for package, fields in sorted(debian.packages.items()):
        name = fields["Package"]
        files[f"usr/share/doc/{name}/copyright"] = pathlib.Path(f"/usr/share/doc/{name}/copyright").read_bytes()
        status = {"Package": name, "Status": "install ok installed", "Version": fields["Version"],
                  "Architecture": fields["Architecture"], "Maintainer": fields["Maintainer"],
                  "Source": f"{fields['source:Package']} ({fields['source:Version']})"}
        files[f"var/lib/dpkg/status.d/{name}"] = "".join(f"{k}: {v}\n" for k, v in status.items()).encode()
    return files


def tar(files, date, links=(), executable=lambda name: False):
    """A layer: sorted entries, owned by root, all with the same date. A directory precedes its contents."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        def add(name, kind, mode, content=b"", target=""):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.mtime, entry.size, entry.linkname = kind, mode, date, len(content), target
            archive.addfile(entry, io.BytesIO(content))

        links = dict(links)
        folders = {str(parent) for name in (*files, *links) for parent in pathlib.PurePosixPath(name).parents} - {"."}
        for name in sorted({*folders, *files, *links}):
            if name in folders:
                add(name, tarfile.DIRTYPE, 0o755)
            elif name in links:
                add(name, tarfile.SYMTYPE, 0o777, target=links[name])
            else:
                add(name, tarfile.REGTYPE, 0o755 if executable(name) else 0o644, files[name])
    return out.getvalue()


class Layout:
    """An OCI image layout, as a map from file name to content."""

    def __init__(self):
        self.files = {"oci-layout": json.dumps({"imageLayoutVersion": "1.0.0"}).encode()}

    def blob(self, content, media_type):
        digest = hashlib.sha256(content).hexdigest()
        self.files[f"blobs/sha256/{digest}"] = content
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def json(self, value, media_type):
        return self.blob(json.dumps(value, separators=(",", ":")).encode(), media_type)


def image(layers, date, created, version, revision, shell):
    """The tar archive of the layout. `layers` are (tar, description)."""
    runs = {"Cmd": ["/usr/bin/sh"]} if shell else {
        "User": f"{USER}:{USER}", "Entrypoint": ["/usr/bin/shelflife"], "Cmd": ["--help"],
        "ExposedPorts": {"8443/tcp": {}, "8080/tcp": {}}}
    tag = version + ("-shell" if shell else "")
    layout = Layout()
    kind = "application/vnd.oci.image."
    labels = {"title": "shelflife", "description": "Kubernetes admission webhook that knows the support dates of container images",
              "version": version, "revision": revision, "created": created, "licenses": "Apache-2.0"}
    labels = {f"org.opencontainers.image.{key}": value for key, value in labels.items()}
    packed = [layout.blob(gzip.compress(content, 9, mtime=0), kind + "layer.v1.tar+gzip") for content, _ in layers]
    config = layout.json({
        "created": created, "architecture": run("dpkg", "--print-architecture").strip(), "os": "linux",
        "config": {**runs, "WorkingDir": "/", "Env": ["PATH=/usr/bin"], "StopSignal": "SIGTERM", "Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(content).hexdigest() for content, _ in layers]},
        "history": [{"created": created, "created_by": what} for _, what in layers]}, kind + "config.v1+json")
    manifest = layout.json({"schemaVersion": 2, "mediaType": kind + "manifest.v1+json", "config": config, "layers": packed,
                            "annotations": labels}, kind + "manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": tag, "io.containerd.image.name": f"docker.io/library/shelflife:{tag}"}
    layout.files["index.json"] = json.dumps({"schemaVersion": 2, "mediaType": kind + "index.v1+json", "manifests": [manifest]}).encode()
    # For versions of `docker load` that cannot read OCI layouts.
    layout.files["manifest.json"] = json.dumps([{
        "Config": "blobs/sha256/" + config["digest"][7:], "RepoTags": [f"shelflife:{tag}"],
        "Layers": ["blobs/sha256/" + layer["digest"][7:] for layer in packed]}]).encode()
    return tar(layout.files, date), sum(layer["size"] for layer in packed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--revision", required=True)
    parser.add_argument("--date", required=True, type=int)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("--shell", action="store_true")
    options = parser.parse_args()
    version = run(options.program, "version").split()[1]
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(options.date))
    program, debian = options.program.read_bytes(), Debian()

    base, links = base_files(options.program, debian), dict(LINKS)
    if options.shell:
        base["usr/bin/busybox"] = debian.take(SHELL)
        base |= package_files(debian)  # of one package more
        links |= {f"usr/bin/{applet}": "busybox" for applet in APPLETS}
    document = sbom.spdx(debian, program, version, created)
    layers = [(tar(base, options.date, links, lambda name: "/ld-linux" in name or name.startswith("usr/bin/")),
               "what shelflife needs of Debian"),
              (tar({"usr/bin/shelflife": program, "usr/share/doc/shelflife/sbom.spdx.json": document}, options.date,
                   executable=lambda name: name.startswith("usr/bin/")), "shelflife")]
    archive, compressed = image(layers, options.date, created, version, options.revision, options.shell)
    options.output.write_bytes(archive)
    options.output.with_suffix(".spdx.json").write_bytes(document)
    print(f"{options.output}: {compressed / 1e6:.1f} MB compressed, {sum(len(c) for c, _ in layers) / 1e6:.1f} MB unpacked, "
          f"{len(debian.packages)} Debian packages, sha256:{hashlib.sha256(archive).hexdigest()}")


main()
