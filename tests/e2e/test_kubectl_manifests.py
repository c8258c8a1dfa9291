#!/usr/bin/env python3
"""The expectations of tests/data/kubectl are what a real kubectl makes of the files."""
import json
import pathlib
import subprocess
import unittest

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data/kubectl"
IN_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


def values(text):
    """The JSON values that follow one another in a text."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        at += len(text[at:]) - len(text[at:].lstrip())
        yield value


def images(node):
    """The images of a workload's spec."""
    if isinstance(node, list):
        for element in node:
            yield from images(element)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in IN_CONTAINERS and isinstance(value, list):
                yield from (c["image"] for c in value if isinstance(c, dict) and isinstance(c.get("image"), str))
            elif key == "volumes" and isinstance(value, list):
                yield from (v["image"]["reference"] for v in value if isinstance(v, dict) and "image" in v)
            else:
                yield from images(value)


class Kubectl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        programs = subprocess.run([HERE / "control-plane.sh"], check=True, capture_output=True, text=True).stdout.strip()
        cls.kubectl = pathlib.Path(programs) / "kubectl"

    def made(self, path):
        """What kubectl makes of a file, or None if it refuses it. --local needs no API server."""
        run = subprocess.run([self.kubectl, "annotate", "--local", "--dry-run=client", "-o", "json", "--overwrite", "-f", path,
                              "example.com/a=b"], capture_output=True, text=True, timeout=60)
        if run.returncode:
            return None
        return {f"{o['kind']}/{o['metadata'].get('name') or o['metadata'].get('generateName') or ''} {image}"
                for o in values(run.stdout) for image in images(o.get("spec") or o.get("template"))}

    def test_kubectl_makes_what_is_expected(self):
        for name, expected in json.loads((DATA / "expected.json").read_text()).items():
            with self.subTest(name):
                made = self.made(DATA / "manifests" / name)
                self.assertEqual(made, None if "refused" in expected else set(expected["stored"]))


if __name__ == "__main__":
    unittest.main()
