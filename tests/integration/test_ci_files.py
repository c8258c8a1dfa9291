#!/usr/bin/env python3
"""Audits of folders with Compose and CI files; where docker-compose is installed, it must see the same images. SHELFLIFE names
the binary."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SHELFLIFE = os.environ["SHELFLIFE"]
AT = "2026-11-23"
PROJECT = {
    "docker-compose.yml": """version: "3.9"
x-old: &old
  image: debian:9
services:
  web:
    image: python:3.12
  api:
    build: {context: app, args: {PYTHON: "3.7"}}
  base:
    image: python:3.6
  child:
    extends: base
  other:
    extends: {file: common/services.yml, service: worker}
  merged:
    <<: *old
  variable:
    image: debian:${DEBIAN}
  dollar:
    image: python:${PYTHON-3.5}
""",
    "docker-compose.override.yml": """version: "3.9"
services:
  web:
    image: python:${PYTHON:-3.8}-slim
""",
    ".env": "DEBIAN='10'  # comment\n",
    "common/services.yml": 'version: "3.9"\nservices:\n  worker:\n    image: python:2.7\n',
    "app/Dockerfile": "ARG PYTHON=3.12\nFROM python:${PYTHON}\n",
    ".github/workflows/ci.yml": """jobs:
  test:
    strategy: {matrix: {python: ["3.7", "3.8"]}}
    container: python:${{ matrix.python }}
""",
    ".gitlab-ci.yml": """include: {local: ci/more.yml}
.base:
  image: python:3.6
test:
  extends: .base
own:
  image: $CI_REGISTRY_IMAGE
""",
    "ci/more.yml": "more:\n  image: debian:9\n",
}
COMPOSE = {
    ("web", "python:3.8-slim", "docker-compose.override.yml", 4, "default of PYTHON"),
    ("base", "python:3.6", "docker-compose.yml", 10, None),
    ("child", "python:3.6", "docker-compose.yml", 10, None),
    ("other", "python:2.7", "common/services.yml", 4, None),
    ("merged", "debian:9", "docker-compose.yml", 3, None),
    ("variable", "debian:10", "docker-compose.yml", 18, "DEBIAN of .env"),
    ("dollar", "python:3.5", "docker-compose.yml", 20, "default of PYTHON"),
}


def findings(folder, *arguments):
    """(name, image, file, line, way) of each finding, the exit code, and the report."""
    done = subprocess.run([SHELFLIFE, "audit", "--at", AT, "-o", "json", *arguments], cwd=folder, capture_output=True,
                          timeout=120, check=False, env={**os.environ, "PYTHON": "3.4", "DEBIAN": "8"})
    report = json.loads(done.stdout)
    found = {(f["name"], f["image"], f["file"], f["line"], f["way"]) for f in report["findings"]}
    return found, done.returncode, report


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-test.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        for name, text in PROJECT.items():
            (cls.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (cls.folder / name).write_text(text)

    def test_a_folder_reports_images_at_the_lines_to_edit(self):
        found, code, report = findings(self.folder, ".")
        self.assertEqual(code, 0, report["problems"])
        self.assertEqual(found - COMPOSE, {
            ("api", "python:3.7", "app/Dockerfile", 2, "build argument PYTHON"),
            ("test", "python:3.7", ".github/workflows/ci.yml", 4, "matrix.python = 3.7"),
            ("test", "python:3.8", ".github/workflows/ci.yml", 4, "matrix.python = 3.8"),
            ("test", "python:3.6", ".gitlab-ci.yml", 3, None),
            ("more", "debian:9", "ci/more.yml", 2, None),
        })
        self.assertEqual(COMPOSE - found, set())

    def test_an_override_that_is_named_is_read_with_its_base(self):
        found, _, _ = findings(self.folder, "docker-compose.override.yml")
        self.assertEqual(COMPOSE - found, set())

    @unittest.skipUnless(shutil.which("docker-compose"), "docker-compose is not installed")
    def test_docker_compose_runs_the_images_that_are_reported(self):
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHON", "DEBIAN")}
        done = subprocess.run(["docker-compose", "config"], cwd=self.folder, capture_output=True, text=True, timeout=120,
                              check=False, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        images = set(re.findall(r"^  (\w+):\n(?:    .*\n)*?    image: (\S+)$", done.stdout, re.M))
        self.assertEqual(images, {(service, image) for service, image, *_ in COMPOSE})


if __name__ == "__main__":
    unittest.main()
