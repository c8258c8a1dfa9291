#!/usr/bin/env python3
"""An audit of files finds the images of every object that kubectl makes of them (tests/data/kubectl)."""
import json
import pathlib
import subprocess
import tempfile
import unittest

from webhook import BINARY, ROOT

DATA = ROOT / "tests/data/kubectl"
EXPECTED = json.loads((DATA / "expected.json").read_text())


def audit(*arguments, **options):
    run = subprocess.run([BINARY, "audit", "--all", "-o", "json", "--at", "2026-11-28", *arguments], capture_output=True,
                         timeout=60, **options)
    return json.loads(run.stdout)


def found(report):
    return {f"{f['kind']}/{f['name'] or ''} {f['image']}" for f in report["findings"]}


class Manifests(unittest.TestCase):
    def test_each_file_has_an_expectation(self):
        self.assertEqual({path.name for path in (DATA / "manifests").iterdir()}, set(EXPECTED))

    def test_images_of_each_file_are_those_that_kubectl_stores(self):
        for name, expected in EXPECTED.items():
            with self.subTest(name):
                images = found(audit(DATA / "manifests" / name))
                if "stored" in expected:
                    self.assertEqual(images, {*expected["stored"], *expected.get("also", [])})

    def test_standard_input_is_read_like_a_file(self):
        for name in ("utf16le-bom-2docs.yaml", "bom-second-doc.yaml", "json-concat.yaml", "latin1.yaml"):
            with self.subTest(name), open(DATA / "manifests" / name, "rb") as file:
                self.assertEqual(found(audit("-", stdin=file)), set(EXPECTED[name]["stored"]))

    def test_a_list_of_images_may_begin_with_a_byte_order_mark(self):
        image = "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"
        for encoding in ("utf-8-sig", "utf-16"):
            with self.subTest(encoding), tempfile.NamedTemporaryFile() as file:
                file.write(f"{image}\n".encode(encoding))
                file.flush()
                (finding,) = audit("--images", file.name)["findings"]
                self.assertEqual((finding["image"], finding["phase"]), (image, "unavailable"))

    def test_the_documents_after_a_wrong_one_are_read(self):
        pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec: {containers: [{name: c, image: 'python:3.8'}]}\n"
        for wrong in ("a: [\n", "a: b: c\n", "\x01\n", '{"kind": "Pod", "spec": {"containers": [{"image": "x"'):
            with self.subTest(wrong), tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "a.yaml"
                path.write_text(f"{pod % 'a'}---\n{wrong}\n---\n{pod % 'b'}")
                report = audit(path)
                self.assertEqual(found(report), {"Pod/a python:3.8", "Pod/b python:3.8"})
                (problem,) = report["problems"]
                self.assertGreaterEqual(problem["line"], 6)


if __name__ == "__main__":
    unittest.main()
