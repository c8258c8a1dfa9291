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

def write(folder, files):
    for name, text in files.items():
        path = pathlib.Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


# What is named and not understood: name, content, a part of the message, and the exit code if it is named and if its
# folder is.
NOT_READ = [
    ("Dockerfile", "", "it has no FROM", 3, 3),
    ("Containerfile", "hello\n", '"hello" is not an instruction', 3, 3),
    ("Dockerfile", "FROM scratch\n", "", 0, 0),
    ("docker-compose.yml", "a: [\n", "did not find expected node content", 3, 3),
    ("docker-compose.yml", "", "it is empty", 3, 3),
    ("docker-compose.yml", "services: {}\n", "", 0, 0),
    (".gitlab-ci.yml", "[]\n", 'a map ("key: value") is expected', 3, 3),
    (".gitlab-ci.yml", "include: {remote: 'https://example.com/x.yml'}\n", "is not fetched", 3, 3),
    (".github/workflows/a.yml", "text\n", 'a map ("key: value") is expected', 3, 3),
    ("kustomization.yaml", "", "it is empty", 3, 3),
    ("kustomization.yaml", "text\n", 'no map ("key: value")', 3, 3),
    ("kustomization.yaml", "resources: [missing.yaml]\n", "kustomization.yaml:1: missing.yaml is neither a file nor", 3, 3),
    ("kustomization.yaml", "resources: ['https://example.com/x']\n", "is not fetched", 3, 3),
    ("Chart.yaml", "text\n", "it is not a map with the chart's name", 3, 3),
    ("Chart.yaml", "name: shop\n", "not rendered", 3, 3),
]
POD = """apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: main, image: "python:3.8"}]}
"""


class Understanding(unittest.TestCase):
    def audit(self, name, text, *args):
        with tempfile.TemporaryDirectory(prefix="shelflife-test.") as folder:
            write(folder, {name: text})
            return subprocess.run([SHELFLIFE, "audit", "--at", AT, "-o", "csv", *args], cwd=folder, capture_output=True,
                                  text=True, timeout=300, check=False)

    def test_a_file_that_is_named_and_not_understood_is_no_success(self):
        for name, text, message, named, found in NOT_READ:
            with self.subTest(name=name, text=text):
                for code, arguments in ((named, [name]), (found, ["."])):
                    done = self.audit(name, text, *arguments)
                    self.assertEqual(done.returncode, code, (arguments, done.stderr))
                    self.assertIn(message, done.stderr)

    def test_standard_input_says_that_it_is_read_as_manifests(self):
        for text in ("FROM python:3.8\n", "FROM python:3.8\nRUN a: b\n", "services: {web: {image: 'python:3.8'}}\n"):
            with self.subTest(text=text):
                done = subprocess.run([SHELFLIFE, "audit", "--at", AT, "-"], input=text, capture_output=True, text=True,
                                      timeout=120, check=False)
                self.assertEqual(done.returncode, 3)
                self.assertEqual(done.stderr.count("standard input is read as manifests: give a Dockerfile"), 1, done.stderr)

    def test_a_part_that_is_not_read_does_not_fail_an_audit_that_found_more(self):
        text = "include: {remote: 'https://example.com/x.yml'}\njob: {image: python:3.12}\n"
        self.assertEqual(self.audit(".gitlab-ci.yml", text, ".gitlab-ci.yml").returncode, 0)

    def test_a_manifest_with_the_name_of_another_file_is_a_manifest(self):
        for name in ("compose.yaml", "docker-compose.app.yaml", "action.yml", "kustomization.yaml", ".gitlab-ci.yml"):
            with self.subTest(name=name):
                done = self.audit(name, POD, ".", "--fail-on", "warn")
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("Pod,web", done.stdout)


# A project whose files use one another: a Dockerfile that services build, files that are included or give variables.
USED = {
    "compose.yaml": """services:
  api:
    build: api
  old:
    build: {context: args, args: {PYTHON: "3.8"}}
  other:
    build: {context: args, args: {DEBIAN: "9"}}
  named:
    image: debian:$TAG
""",
    "api/Dockerfile": "FROM python:3.6 AS base\nFROM python:3.6\nCOPY --from=base / /\n",
    "args/Dockerfile": "ARG PYTHON=3.7\nARG DEBIAN=10\nFROM python:$PYTHON AS base\nFROM debian:$DEBIAN\nCOPY --from=base / /\n",
    ".env": "TAG=10\n",
    ".gitlab-ci.yml": "include: {local: ci/more.yml}\n",
    "ci/more.yml": "more:\n  image: debian:9\n",
    "chart/Chart.yaml": "name: shop\nversion: 1.0.0\n",
    "chart/values.yaml": "image: {repository: python, tag: '3.8'}\n",
    "chart/values-production.yaml": "image: {tag: '3.7'}\n",
}


class Used(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-test.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_a_line_of_a_dockerfile_that_services_build_is_not_a_finding_of_its_stage_too(self):
        write(self.folder, USED)
        _, _, report = findings(self.folder, ".")
        found = [(f["kind"], f["name"], f["image"]) for f in report["findings"] if f["file"].endswith("Dockerfile")]
        self.assertEqual(sorted(found), [
            ("Service", "api", "python:3.6"),
            ("Service", "old", "debian:10"),
            ("Service", "old", "python:3.8"),
            ("Service", "other", "debian:9"),
            ("Service", "other", "python:3.7"),
        ])

    def test_a_stage_with_another_image_than_the_service_is_a_finding(self):
        write(self.folder, {name: USED[name] for name in ("compose.yaml", "args/Dockerfile")})
        compose = self.folder / "compose.yaml"
        compose.write_text("services: {old: {build: {context: args, args: {PYTHON: '3.8', DEBIAN: '12'}}}}\n")
        found, _, _ = findings(self.folder, ".")
        self.assertEqual({(name, image) for name, image, *_ in found},
                         {("old", "python:3.8"), ("base", "python:3.7"), ("1", "debian:10")})

    def test_files_that_others_use_are_not_skipped(self):
        write(self.folder, USED | {"other.yaml": "a: 1\n", ".hidden": ""})
        done = subprocess.run([SHELFLIFE, "audit", "--at", AT, ".", "--values", "chart/values-production.yaml"],
                              cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)
        skipped = [line for line in done.stdout.splitlines() if line.startswith("skipped: ")]
        self.assertEqual(skipped, [
            "skipped: hidden files: 1 (.hidden)",
            "skipped: what is read as a part of a kustomization or a chart: 1 (chart/values.yaml)",
            "skipped: files without a Kubernetes object, or with something else, too: 1 (other.yaml)",
        ])

    def test_an_environment_file_that_is_a_named_pipe_is_reported(self):
        write(self.folder, {"compose.yaml": "services: {web: {image: 'debian:$TAG'}}\n"})
        os.mkfifo(self.folder / ".env")
        found, _, report = findings(self.folder, ".")
        self.assertEqual(found, set())
        self.assertIn("cannot read .env: not a regular file", json.dumps(report["problems"]))


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-test.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        write(cls.folder, PROJECT)

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
