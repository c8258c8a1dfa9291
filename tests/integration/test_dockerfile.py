#!/usr/bin/env python3
"""Audits Dockerfiles. Builds those of tests/data/inputs/dockerfile/buildah.txt with buildah, and compares the bases with what the
unit test expects there."""
import pathlib
import re
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import images  # noqa: E402
from inspecting import AT, Done  # noqa: E402

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


DOCKERFILE = """\
# syntax=docker/dockerfile:1
ARG VERSION=3.8
FROM golang:1.19 AS build
RUN <<END
FROM node:12
END
FROM node:12 AS docs
FROM python:${VERSION}-slim
COPY --from=build /app /app
COPY --from=redis:5 /bin/x /bin/x
"""


class Audits(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-test.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def put(self, **files):
        for name, text in files.items():
            (self.folder / name.replace("__", ".")).write_text(text)

    def audit(self, *options, code=0):
        done = Done("audit", "--at", AT, *options, self.folder)
        self.assertEqual(done.code, code, done)
        return done

    def findings(self, *options, code=0):
        findings = self.audit("-o", "json", *options, code=code).json["findings"]
        return {f["image"]: (pathlib.Path(f["file"]).name, f["line"], f["kind"], f["name"], f["way"]) for f in findings}

    def test_the_images_of_a_build_have_their_lines(self):
        self.put(Dockerfile=DOCKERFILE)
        self.assertEqual(self.findings(), {
            "python:3.8-slim": ("Dockerfile", 2, "Stage", "2", "default of VERSION"),
            "golang:1.19": ("Dockerfile", 3, "Stage", "build", "build stage"),
            "redis:5": ("Dockerfile", 10, "Stage", "2", None)})
        self.assertRegex(self.audit().out, "/Dockerfile:2 +default of VERSION\n")

    def test_what_is_not_built_does_not_fail(self):
        self.put(Dockerfile="FROM node:12 AS docs\nFROM python:3.14\n")
        self.assertEqual(self.findings("--fail-on", "warn"), {})
        self.put(Dockerfile="FROM node:12 AS docs\nFROM docs\n")
        self.assertIn("node:12", self.findings("--fail-on", "warn", code=1))

    def test_both_answers_are_reported(self):
        self.put(web__Dockerfile="FROM python:3.8 AS Node\nFROM node\n")
        self.assertEqual(self.findings(), {"python:3.8": ("web.Dockerfile", 1, "Stage", "Node", "Docker only")})
        self.assertIn("stage 0 with Docker, and an image with buildah", self.audit().out)

    def test_a_dockerfile_and_a_containerfile_are_both_read(self):
        self.put(Dockerfile="FROM python:3.8\n", Containerfile="FROM python:3.7\n", Dockerfile__dockerignore="FROM a\n")
        self.assertEqual(set(self.findings()), {"python:3.8", "python:3.7"})

    def test_what_is_not_resolved_or_not_read_has_its_reason(self):
        self.put(Dockerfile="ARG V\nFROM python:$V\n", web__Dockerfile="# no stage\n")
        done = self.audit("--all")
        self.assertRegex(done.out, r"python:\$V .*/Dockerfile:2 .*V has no default; give ARG V a default in line 1")
        self.assertRegex(done.err, "/web.Dockerfile: it has no FROM")


if __name__ == "__main__":
    unittest.main()
