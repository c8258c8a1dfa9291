#!/usr/bin/env python3
"""Inspects images on disk, written by hand and by skopeo, buildah, podman and umoci, and compares them with the registry."""
import bz2
import gzip
import io
import json
import lzma
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import images  # noqa: E402
import registry_rig  # noqa: E402
from inspecting import AT, SANITIZED, Done, evidence, inspect  # noqa: E402

NAME = "org.opencontainers.image.ref.name"
PYTHON = images.Image(images.PYTHON, history=[images.DEBIAN, "/bin/sh -c #(nop)  CMD [\"bash\"]"],
                      labels={"org.opencontainers.image.title": "a"})
NODE = images.Image(["NODE_VERSION=16.20.2", images.NOBODY], history=["ADD alpine-minirootfs-3.18.6-x86_64.tar.gz / # buildkit"])


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-test.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def entries(self, *arguments, **options):
        done = inspect(*arguments, **options)
        self.assertEqual(done.code, 0, done)
        return done.json

    def entry(self, *arguments, **options):
        entries = self.entries(*arguments, **options)
        self.assertEqual(len(entries), 1, entries)
        return entries[0]

    def version(self, *arguments):
        return evidence(self.entry(*arguments)).get(("env", "PYTHON_VERSION"))

    def assert_fails(self, done, *words):
        self.assertEqual(done.code, 3, done)
        for word in words:
            self.assertRegex(done.err, word)
        self.assertLess(len(done.err), 4000)
        self.assertLess(done.memory, 400 if SANITIZED else 64)


def releases(entry):
    return {(m["product"], m["release"], m["by"]) for m in entry["matches"]}


class Verdicts(Case):
    def test_what_follows(self):
        entry = self.entry("oci:" + str(images.write_layout(self.folder / "layout", [({NAME: "1"}, PYTHON)])))
        self.assertEqual((entry["phase"], entry["action"]), ("unpatched", "warn"))
        self.assertEqual((entry["inspected"]["digest"], entry["manifest"], entry["inspected"]["platform"]), (PYTHON.digest, PYTHON.digest, "linux/amd64"))
        self.assertEqual(entry["configuration"], images.digest_of(PYTHON.config))
        self.assertEqual(releases(entry), {("python", "3.8", "env"), ("debian", "12", "history")})
        self.assertEqual(entry["inspected"]["snapshot"], "2026-08-03")
        match = next(m for m in entry["matches"] if m["product"] == "python")
        self.assertEqual((match["endOfPatch"], match["evidence"]),
                         ("2024-10-07", {"kind": "env", "name": "PYTHON_VERSION", "value": "3.8.20"}))

    def test_a_table(self):
        layout = images.write_layout(self.folder / "layout", [({NAME: "1"}, PYTHON)])
        done = Done("inspect", "--at", AT, f"oci:{layout}")
        self.assertEqual(done.code, 0, done)
        for text in ("PYTHON_VERSION", "3.8.20", "Python 3.8", "2024-10-07", "Debian 12", "2026-08-03", PYTHON.digest[:19]):
            self.assertIn(text, done.out)
        self.assertNotIn("GPG_KEY", done.out)

    def test_another_day(self):
        layout = images.write_layout(self.folder / "layout", [({NAME: "1"}, PYTHON)])
        self.assertEqual(self.entry(f"oci:{layout}", at="2024-10-07")["phase"], "ending")

    def test_a_base_that_is_annotated(self):
        image = images.Image(images.PYTHON, annotations={
            "org.opencontainers.image.base.name": "docker.io/library/python:3.8",
            "org.opencontainers.image.base.digest": "sha256:" + "5" * 64})
        entry = self.entry("oci:" + str(images.write_layout(self.folder / "layout", [(None, image)])))
        self.assertEqual(entry["inspected"]["base"], {"name": "docker.io/library/python:3.8", "digest": "sha256:" + "5" * 64})
        none = images.Image(images.PYTHON, annotations={"org.opencontainers.image.base.name": "",
                                                        "org.opencontainers.image.base.digest": ""})
        self.assertIsNone(self.entry("oci:" + str(images.write_layout(self.folder / "none", [(None, none)])))["inspected"]["base"])


class Layouts(Case):
    def test_the_form_of_each_image(self):
        for form in ("oci", "docker"):
            image = images.Image(images.PYTHON, form=form)
            folder = images.write_layout(self.folder / form, [({NAME: "one"}, image)])
            self.assertEqual(self.version(f"oci:{folder}:one"), "3.8.20")
            self.assertEqual(self.version(f"oci:{folder}"), "3.8.20")

    def test_names(self):
        folder = images.write_layout(self.folder / "layout", [({NAME: "one"}, PYTHON), ({NAME: "two"}, NODE), (None, NODE),
                                                              ({"io.containerd.image.name": "docker.io/library/a:3", NAME: "3"}, PYTHON)])
        self.assertEqual(evidence(self.entry(f"oci:{folder}:two"))["env", "NODE_VERSION"], "16.20.2")
        self.assertEqual({e["inspected"]["digest"] for e in self.entries(f"oci:{folder}")}, {PYTHON.digest, NODE.digest})
        self.assertEqual(len(self.entries(f"oci:{folder}")), 2)  # each digest once
        self.assert_fails(inspect(f"oci:{folder}:three"), "three", "one")

    def test_platforms(self):
        arm = images.Image(["PYTHON_VERSION=3.9.1"], platform="linux/arm64/v8")
        index = images.Index([images.attestation(), PYTHON, arm])
        folder = images.write_layout(self.folder / "layout", [({NAME: "1"}, index)])
        self.assertEqual(self.version(f"oci:{folder}"), "3.8.20")
        self.assertEqual(self.version("--platform", "linux/arm64", f"oci:{folder}"), "3.9.1")
        entry = self.entry(f"oci:{folder}")
        self.assertEqual((entry["inspected"]["digest"], entry["manifest"]), (index.digest, PYTHON.digest))

    def test_what_is_broken(self):
        def broken(name, change):
            folder = images.write_layout(self.folder / name, [({NAME: "1"}, PYTHON)])
            change(folder)
            return inspect(f"oci:{folder}")

        def blob(folder, data):
            return folder / "blobs/sha256" / images.digest_of(data)[7:]

        self.assert_fails(broken("missing", lambda f: blob(f, PYTHON.config).unlink()), images.digest_of(PYTHON.config)[7:19])
        self.assert_fails(broken("changed", lambda f: blob(f, PYTHON.config).write_bytes(PYTHON.config + b" ")), "digest|size")
        self.assert_fails(broken("no-index", lambda f: (f / "index.json").unlink()), "index.json")
        self.assert_fails(broken("text", lambda f: (f / "index.json").write_text("{")), "index.json")
        self.assert_fails(broken("large", lambda f: (f / "index.json").write_text(" " * (64 << 20))), "index.json")
        outside = json.dumps({"schemaVersion": 2, "manifests": [{"mediaType": images.OCI_MANIFEST, "size": 5,
                                                                "digest": "sha256:../../../etc/passwd"}]})
        self.assert_fails(broken("outside", lambda f: (f / "index.json").write_text(outside)), "digest|no image")
        self.assert_fails(inspect(f"oci:{self.folder}/none"), "none")
        self.assert_fails(inspect(f"oci:{self.folder}"), str(self.folder))

    def test_a_blob_that_is_a_pipe_or_a_link(self):
        folder = images.write_layout(self.folder / "layout", [({NAME: "1"}, PYTHON)])
        blob = folder / "blobs/sha256" / images.digest_of(PYTHON.config)[7:]
        blob.unlink()
        os.mkfifo(blob)
        self.assert_fails(inspect(f"oci:{folder}"), blob.name[:12])

    def test_the_network_is_not_used(self):
        folder = images.write_layout(self.folder / "layout", [({NAME: "1"}, PYTHON)])
        self.assertEqual(self.version("--offline", f"oci:{folder}"), "3.8.20")
        for option in ("--catalog", "--inventory"):
            for place in ("oci://127.0.0.1:1/team/app:1", "https://127.0.0.1:1/app.json"):
                if (option, place[:3]) != ("--inventory", "htt"):
                    done = inspect("--offline", option, place, f"oci:{folder}")
                    self.assertEqual(done.code, 2, done)
                    self.assertIn(f"with --offline, {option} must be a file", done.err)


class Archives(Case):
    def test_compression(self):
        layout = images.write_tar(self.folder / "layout.tar", images.write_layout(self.folder / "layout", [({NAME: "1"}, PYTHON)]))
        saved = images.write_docker_archive(self.folder / "saved.tar", [(["team/app:1"], PYTHON)])
        for kind, file in (("oci-archive", layout), ("docker-archive", saved)):
            data = file.read_bytes()
            packed = {"plain": data, "gzip": gzip.compress(data), "bzip2": bz2.compress(data), "xz": lzma.compress(data),
                      "zstd": subprocess.run(["zstd", "-c"], input=data, capture_output=True, check=True).stdout}
            for name, content in packed.items():
                with self.subTest(kind=kind, name=name):
                    path = self.folder / f"{kind}.{name}"
                    path.write_bytes(content)
                    self.assertEqual(self.version(f"{kind}:{path}"), "3.8.20")

    def test_only_one_layer_of_compression_is_taken_off(self):
        path = images.write_docker_archive(self.folder / "saved.tar", [(["team/app:1"], PYTHON)])
        path.write_bytes(gzip.compress(gzip.compress(path.read_bytes())))
        self.assert_fails(inspect(f"docker-archive:{path}"), "not a tar archive")

    def test_several_images(self):
        path = images.write_docker_archive(self.folder / "saved.tar", [(["team/app:1", "team/app:2"], PYTHON), (["node:16"], NODE)])
        self.assertEqual({e["inspected"]["digest"] for e in self.entries(f"docker-archive:{path}")},
                         {images.digest_of(image.config) for image in (PYTHON, NODE)})
        for name in ("team/app:1", "team/app:2", "docker.io/team/app:1"):
            self.assertEqual({e["configuration"] for e in self.entries(f"docker-archive:{path}:{name}")},
                             {images.digest_of(PYTHON.config)})
        self.assertEqual(evidence(self.entry(f"docker-archive:{path}:node:16"))["env", "NODE_VERSION"], "16.20.2")
        self.assert_fails(inspect(f"docker-archive:{path}:team/app:3"), "team/app:3")

    def test_forms_of_the_manifest(self):
        for name, options in (("last", {"configs_last": True}), ("lower", {"key": lambda key: key[0].lower() + key[1:]})):
            for tags in (["team/app:1"], None, []):
                with self.subTest(name=name, tags=tags):
                    path = images.write_docker_archive(self.folder / "saved.tar", [(tags, PYTHON)], **options)
                    self.assertEqual(self.version(f"docker-archive:{path}"), "3.8.20")

    def test_what_is_broken(self):
        whole = images.write_docker_archive(self.folder / "saved.tar", [(["team/app:1"], PYTHON)]).read_bytes()
        path = self.folder / "broken.tar"

        def archive(members):
            with tarfile.open(path, "w") as tar:
                for name, data in members:
                    entry = tarfile.TarInfo(name)
                    entry.size = len(data)
                    tar.addfile(entry, io.BytesIO(data))

        for length in (0, 100, 600, len(whole) // 2):
            with self.subTest(length=length):
                path.write_bytes(whole[:length])
                self.assert_fails(inspect(f"docker-archive:{path}"), "broken.tar")
                self.assert_fails(inspect(f"oci-archive:{path}"), "broken.tar")
        for name, members in (
                ("no-manifest", [("a", b"b")]), ("no-json", [("manifest.json", b"{")]), ("no-config", [("manifest.json", b"[{}]")]),
                ("nothing", [("manifest.json", b"[]")]),
                ("other-config", [("manifest.json", b'[{"Config": "x.json", "RepoTags": null, "Layers": []}]')]),
                ("outside", [("manifest.json", b'[{"Config": "../../../etc/passwd", "Layers": []}]')])):
            with self.subTest(name):
                archive(members)
                self.assert_fails(inspect(f"docker-archive:{path}"), "broken.tar")
        self.assert_fails(inspect(f"docker-archive:{self.folder}/none.tar"), "none.tar")
        self.assert_fails(inspect(f"docker-archive:{self.folder}"), str(self.folder))

    def test_layers_are_passed_over(self):
        """A layer may be large: here as many zeros as fit into a small file."""
        path = self.folder / "saved.tar.gz"
        size = 256 << 20
        config = images.digest_of(PYTHON.config)[7:] + ".json"
        with gzip.open(path, "wb", 1) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
            entry = tarfile.TarInfo("layer.tar")
            entry.size = size
            with open("/dev/zero", "rb") as zeros:
                tar.addfile(entry, zeros)
            for name, data in ((config, PYTHON.config), ("manifest.json", json.dumps([{
                    "Config": config, "RepoTags": ["team/app:1"], "Layers": ["layer.tar"]}]).encode())):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        done = inspect(f"docker-archive:{path}")
        self.assertEqual(done.code, 0, done)
        self.assertLess(done.memory, 400 if SANITIZED else 64)


class Makers(Case):
    """All programs write the same image in their own way; the inspection finds the same in each."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-test.")
        cls.addClassCleanup(folder.cleanup)
        cls.made = pathlib.Path(folder.name)
        cls.registry = registry_rig.with_registry(cls)
        cls.tools = tools = images.Tools(cls.made / "tools")
        tools.build("localhost/base:1", env=images.PYTHON, labels={"maintainer": "a"}, history=["RUN " + images.DEBIAN])
        for form in ("oci", "docker"):
            tools.build_file(f"localhost/app:{form}", "FROM localhost/base:1\nENV APP=1\nLABEL team=a\nCOPY f /f\n", form=form, files={"f": "x"})

    def assert_same(self, *arguments):
        entry = self.entry(*arguments)
        self.assertEqual(releases(entry), {("python", "3.8", "env"), ("debian", "12", "history")}, arguments)
        return entry

    def test_buildah(self):
        for form in ("oci", "docker"):
            for kind in ("oci", "oci-archive", "docker-archive", "dir"):
                with self.subTest(form=form, kind=kind):
                    place = f"{kind}:{self.folder}/{form}-{kind}"
                    self.tools.buildah("push", "--quiet", f"localhost/app:{form}", place)
                    self.assert_same(place)
            name = f"{self.registry.host}/buildah/app:{form}"
            self.tools.buildah("push", "--quiet", "--tls-verify=false", f"localhost/app:{form}", f"docker://{name}")
            self.assert_same(name)

    def test_podman(self):
        for form, kind in (("docker-archive", "docker-archive"), ("oci-archive", "oci-archive"), ("oci-dir", "oci"), ("docker-dir", "dir")):
            with self.subTest(form):
                self.tools.podman("save", "--quiet", "--format", form, "-o", self.folder / form, "localhost/app:docker")
                self.assert_same(f"{kind}:{self.folder / form}")
        several = self.folder / "several.tar"
        self.tools.podman("save", "--quiet", "--multi-image-archive", "-o", several, "localhost/app:docker", "localhost/base:1")
        self.assertEqual(len(self.entries(f"docker-archive:{several}")), 2)
        name = f"{self.registry.host}/podman/app:1"
        self.tools.podman("push", "--quiet", "--tls-verify=false", "localhost/app:oci", name)
        self.assert_same(name)

    def test_skopeo(self):
        name = f"{self.registry.host}/skopeo/app:1"
        digest = images.push(self.registry, "skopeo/app", "1", PYTHON)
        self.assertEqual(self.assert_same(name)["inspected"]["digest"], digest)
        for kind in ("oci", "oci-archive", "docker-archive", "dir"):
            with self.subTest(kind):
                place = f"{kind}:{self.folder}/{kind}"
                self.tools.skopeo("copy", "--quiet", "--src-tls-verify=false", f"docker://{name}",
                                  place + (":team/app:1" if kind == "docker-archive" else ""))
                entry = self.assert_same(place)
                if kind in ("oci", "oci-archive", "dir"):
                    self.assertEqual(entry["inspected"]["digest"], digest)
                self.assertEqual(entry["configuration"], images.digest_of(PYTHON.config))

    def test_skopeo_of_all_platforms(self):
        index = images.Index([PYTHON, images.Image(["PYTHON_VERSION=3.9.1"], platform="linux/arm64")])
        images.push(self.registry, "skopeo/index", "1", index)
        for kind in ("oci", "dir"):
            place = f"{kind}:{self.folder}/{kind}"
            self.tools.skopeo("copy", "--quiet", "--all", "--src-tls-verify=false", f"docker://{self.registry.host}/skopeo/index:1", place)
            self.assertEqual(self.entry(place)["inspected"]["digest"], index.digest)
            self.assertEqual(self.version("--platform", "linux/arm64", place), "3.9.1")

    def test_umoci(self):
        layout = self.folder / "layout"
        self.tools.umoci("init", "--layout", layout)
        self.tools.umoci("new", "--image", f"{layout}:1")
        self.tools.umoci("config", "--image", f"{layout}:1", "--config.env", "PYTHON_VERSION=3.8.20", "--config.label", "a=b",
                         "--history.created_by", images.DEBIAN)
        self.assertEqual(self.version(f"oci:{layout}:1"), "3.8.20")
        name = f"{self.registry.host}/umoci/app:1"
        self.tools.skopeo("copy", "--quiet", "--dest-tls-verify=false", f"oci:{layout}:1", f"docker://{name}")
        self.assertEqual(self.version(name), "3.8.20")

    def test_a_variable_that_was_removed(self):
        container = self.tools.buildah("from", "--pull-never", "localhost/base:1")
        self.tools.buildah("config", "--add-history", "--env", "PYTHON_VERSION-", container)
        self.tools.buildah("commit", "--quiet", container, "localhost/without:1")
        self.tools.buildah("rm", container)
        place = f"oci:{self.folder}/without"
        self.tools.buildah("push", "--quiet", "localhost/without:1", place)
        self.assertIsNone(self.version(place))

    def test_a_stage_that_is_only_copied_from(self):
        self.tools.build_file("localhost/copied:1", "FROM localhost/base:1 AS build\nCOPY f /f\nFROM scratch\nENV NODE_VERSION=16.20.2\n"
                              "COPY --from=build /f /f\n", files={"f": "x"})
        place = f"oci:{self.folder}/copied"
        self.tools.buildah("push", "--quiet", "localhost/copied:1", place)
        self.assertEqual({(m["product"], m["release"]) for m in self.entry(place)["matches"]}, {("nodejs", "16")})

    def test_an_image_without_history(self):
        container = self.tools.buildah("from", "--pull-never", "localhost/base:1")
        self.tools.buildah("commit", "--quiet", "--omit-history", container, "localhost/bare:1")
        self.tools.buildah("rm", container)
        place = f"docker-archive:{self.folder}/bare"
        self.tools.buildah("push", "--quiet", "localhost/bare:1", place)
        self.assertEqual({(m["product"], m["release"]) for m in self.entry(place)["matches"]}, {("python", "3.8")})


if __name__ == "__main__":
    unittest.main()
