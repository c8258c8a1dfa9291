"""Makes images: written by hand, as bytes, layouts and archives, and by buildah, podman, umoci and skopeo."""
import gzip
import hashlib
import http.client
import io
import json
import os
import pathlib
import subprocess
import tarfile
import urllib.parse

OCI_INDEX, OCI_MANIFEST = "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG, OCI_LAYER = "application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
TYPES = {"oci": (OCI_MANIFEST, OCI_CONFIG, OCI_LAYER), "docker": (DOCKER_MANIFEST, DOCKER_CONFIG, DOCKER_LAYER)}
NOBODY = "PATH=/usr/local/bin:/usr/bin:/bin"

DEBIAN = "# debian.sh --arch 'amd64' out/ 'bookworm' '@1785715200'"  # of 2026-08-03
PYTHON = ["PYTHON_VERSION=3.8.20", "GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568", NOBODY]


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer(name="hello", content=b"hello\n"):
    """A layer with one file, the same each time."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(made.getvalue(), mtime=0)


LAYER = layer()


class Image:
    """The bytes of an image: .config, .layers, .manifest, and their digests. `env` is a list of NAME=VALUE, `labels` a map,
    `history` a list of lines, or of (line, whether its layer is empty)."""

    def __init__(self, env=(), labels=None, history=(), annotations=None, form="oci", platform="linux/amd64", layers=(LAYER,),
                 config=None, created="1970-01-01T00:00:00Z"):
        self.type, config_type, layer_type = TYPES[form]
        self.layers = list(layers)
        system, architecture, *variant = platform.split("/")
        self.platform = {"os": system, "architecture": architecture, **({"variant": variant[0]} if variant else {})}
        if config is None:
            lines = [line if isinstance(line, tuple) else (line, True) for line in history]
            config = json.dumps({
                **self.platform, "created": created, "config": {"Env": list(env), "Labels": labels or {}},
                "rootfs": {"type": "layers", "diff_ids": [digest_of(gzip.decompress(part)) for part in self.layers]},
                "history": [{"created": created, "created_by": text, **({"empty_layer": True} if empty else {})}
                            for text, empty in lines]}, separators=(",", ":")).encode()
        self.config = config
        manifest = {"schemaVersion": 2, "mediaType": self.type, "config": describe(config_type, config),
                    "layers": [describe(layer_type, part) for part in self.layers]}
        if annotations:
            manifest["annotations"] = annotations
        self.manifest = json.dumps(manifest, separators=(",", ":")).encode()
        self.digest = digest_of(self.manifest)
        self.children = []

    @property
    def blobs(self):
        return [self.config, *self.layers]

    def descriptor(self, **more):
        return {**describe(self.type, self.manifest), "platform": self.platform, **more}


class Index:
    """An index of images (or of indexes). `platforms` overrides what it says of them."""

    def __init__(self, children, platforms=None, form="oci", annotations=None):
        self.type = OCI_INDEX if form == "oci" else DOCKER_LIST
        self.children = list(children)
        entries = []
        for i, child in enumerate(self.children):
            entry = describe(child.type, child.manifest)
            platform = platforms[i] if platforms else getattr(child, "platform", None)
            if platform:
                entry["platform"] = platform
            entries.append(entry)
        self.manifest = json.dumps({"schemaVersion": 2, "mediaType": self.type, "manifests": entries,
                                    **({"annotations": annotations} if annotations else {})}, separators=(",", ":")).encode()
        self.digest = digest_of(self.manifest)
        self.layers, self.blobs = [], []

    def descriptor(self, **more):
        return {**describe(self.type, self.manifest), **more}


def describe(media_type, data):
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


def attestation():
    """What BuildKit adds to an index beside each image."""
    image = Image(config=json.dumps({"architecture": "unknown", "os": "unknown", "config": {}, "rootfs": {
        "type": "layers", "diff_ids": []}}).encode(), platform="unknown/unknown")
    return image


# ---- Into a registry ----

class Push:
    """Pushes images made here over one connection; `headers` may authorize it."""

    def __init__(self, registry, headers=None):
        self.connection = registry.connection()
        self.headers = headers or {}
        self.there = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, method, path, body=b"", status=(201,), **headers):
        self.connection.request(method, path, body, {**self.headers, **headers})
        reply = self.connection.getresponse()
        text = reply.read()
        if reply.status not in status:
            raise RuntimeError(f"{method} {path}: {reply.status} {text.decode(errors='replace')}")
        return reply

    def blob(self, repository, data):
        digest = digest_of(data)
        if (repository, digest) in self.there:
            return
        place = urllib.parse.urlsplit(
            self.send("POST", f"/v2/{repository}/blobs/uploads/", status=(202,)).getheader("Location"))
        self.send("PUT", f"{place.path}?{place.query}&digest={digest}", data, **{"Content-Type": "application/octet-stream"})
        self.there.add((repository, digest))

    def image(self, repository, tag, image):
        """Pushes an image or an index under a tag, its children by digest. Returns its digest."""
        for child in image.children:
            self.image(repository, child.digest, child)
        for data in image.blobs:
            self.blob(repository, data)
        self.send("PUT", f"/v2/{repository}/manifests/{tag}", image.manifest, **{"Content-Type": image.type})
        return image.digest


def push(registry, repository, tag, image, headers=None):
    with Push(registry, headers) as pusher:
        return pusher.image(repository, tag, image)


# ---- On disk ----

def write_layout(folder, images):
    """Writes an OCI layout: [(annotations of the index entry, image)]."""
    folder = pathlib.Path(folder)
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)

    def write(image):
        for data in [image.manifest, *image.blobs]:
            (blobs / digest_of(data)[7:]).write_bytes(data)
        for child in image.children:
            write(child)

    entries = []
    for annotations, image in images:
        write(image)
        entries.append(image.descriptor(**({"annotations": annotations} if annotations else {})))
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
    return folder


def write_tar(path, folder):
    """Writes a folder as an archive, in the order that `tar` would, without times."""
    with tarfile.open(path, "w") as tar:
        for file in sorted(pathlib.Path(folder).rglob("*")):
            tar.add(file, str(file.relative_to(folder)), recursive=False)
    return path


def write_docker_archive(path, images, configs_last=False, key=lambda name: name):
    """Writes an archive as `docker save` does: [(tags or None, image)]. `key` spells the keys of manifest.json."""
    manifest, configs, layers = [], {}, {}
    for tags, image in images:
        name = digest_of(image.config)[7:] + ".json"
        configs[name] = image.config
        paths = []
        for part in image.layers:
            plain = gzip.decompress(part)
            paths.append(digest_of(plain)[7:] + "/layer.tar")
            layers[paths[-1]] = plain
        manifest.append({key("Config"): name, key("RepoTags"): tags, key("Layers"): paths})
    members = [*layers.items(), *configs.items()] if configs_last else [*configs.items(), *layers.items()]
    with tarfile.open(path, "w") as tar:
        for name, data in [*members, ("manifest.json", json.dumps(manifest).encode())]:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return path


# ---- By other programs ----

class Tools:
    """buildah, podman, umoci and skopeo, with their storage in a folder of the test."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        storage = self.folder / "storage.conf"
        storage.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{self.folder}/graph"\nrunroot = "{self.folder}/run"\n')
        (self.folder / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        (self.folder / "home").mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "REGISTRY_", "DOCKER_"))}
        self.environment = {**kept, "CONTAINERS_STORAGE_CONF": str(storage), "HOME": str(self.folder / "home"),
                            "BUILDAH_ISOLATION": "chroot", "TMPDIR": str(self.folder)}

    def run(self, *command, check=True, **options):
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=self.environment, timeout=300,
                              stdin=subprocess.DEVNULL, check=False, **options)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stderr}")
        return done.stdout.strip()

    def buildah(self, *args):
        return self.run("buildah", *args)

    def podman(self, *args):
        return self.run("podman", "--cgroup-manager=cgroupfs", "--events-backend=none", f"--tmpdir={self.folder}/podman", *args)

    def skopeo(self, *args):
        return self.run("skopeo", "--policy", self.folder / "policy.json", *args)

    def umoci(self, *args):
        return self.run("umoci", *args)

    def build(self, name, env=(), labels=None, annotations=None, base="scratch", form="oci", history=(), files=None):
        """Builds an image with buildah. `history` are comments of the history, `files` to be copied: {name: content}."""
        container = self.buildah("from", "--pull-never", base)
        for text in env:
            self.buildah("config", "--env", text, container)
        for key, value in (labels or {}).items():
            self.buildah("config", "--label", f"{key}={value}", container)
        for key, value in (annotations or {}).items():
            self.buildah("config", "--annotation", f"{key}={value}", container)
        for line in history:
            self.buildah("config", "--created-by", line, container)
        for file, content in (files or {}).items():
            (self.folder / file).write_text(content)
            self.buildah("copy", "--add-history", container, self.folder / file, f"/{file}")
        self.buildah("commit", "--quiet", "--format", form, container, name)
        self.buildah("rm", container)
        return name

    def build_file(self, name, text, form="oci", files=None):
        """Builds an image from a Dockerfile."""
        context = self.folder / f"context-{len(list(self.folder.glob('context-*')))}"
        context.mkdir()
        (context / "Dockerfile").write_text(text)
        for file, content in (files or {}).items():
            (context / file).write_text(content)
        self.buildah("bud", "--quiet", "--pull-never", "--layers=false", "--format", form, "-t", name, context)
        return name
