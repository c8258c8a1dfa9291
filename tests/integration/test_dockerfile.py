#!/usr/bin/env python3
"""Builds the Dockerfiles of tests/data/inputs/dockerfile/buildah.txt with buildah, and compares the bases with what the unit
test expects there."""
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import images  # noqa: E402

CASES = pathlib.Path(__file__).resolve().parents[1] / "data/inputs/dockerfile/buildah.txt"
BASES = ("one:1", "one:2", "two:2", "docker.io/library/python", "docker.io/library/0")  # absent:1 is not there
REPORTED = re.compile(r"^\d+:\d+ Stage \S+: FROM (\S+)( \(unused\))?((?:\n    .*)*)", re.M)


def cases():
    """(title, the Dockerfile, the base that is expected with buildah; None: scratch)"""
    for case in CASES.read_text().split("=== ")[1:]:
        title, rest = case.split("\n", 1)
        text, reported = rest.split("---\n", 1)
        bases = [image for image, unused, more in REPORTED.findall(reported)
                 if not unused and "build stage" not in more and "Docker only" not in more]
        yield title, text, bases[0] if bases else None


class Bases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-test.")
        cls.addClassCleanup(folder.cleanup)
        cls.tools = images.Tools(pathlib.Path(folder.name) / "tools")
        for name in BASES:
            cls.tools.build(name, labels={"base": name.removeprefix("docker.io/library/")}, files={"x": name})

    def test_buildah_starts_from_the_base_that_is_reported(self):
        for number, (title, text, base) in enumerate(cases()):
            with self.subTest(title):
                name = self.tools.build_file(f"localhost/built:{number}", text)
                label = self.tools.buildah("inspect", "--type", "image", "--format", '{{index .OCIv1.Config.Labels "base"}}', name)
                self.assertEqual(label or None, base, text)


if __name__ == "__main__":
    unittest.main()
