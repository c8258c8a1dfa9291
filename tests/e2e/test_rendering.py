"""Kustomizations and charts with the real kubectl and helm: what is read without them equals what they make, or it says
that it is not known; and a finding is at the line that decides the image."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data/inputs"
PROGRAM = pathlib.Path(os.environ.get("SHELFLIFE", HERE.parents[1] / "build/dev/shelflife"))

WEB = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: main
        image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
"""
TEST = """apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {helm.sh/hook: test}}
spec: {containers: [{name: main, image: "busybox:1.28"}]}
"""


class Rendering(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        assets = subprocess.run([HERE / "control-plane.sh"], check=True, capture_output=True, text=True).stdout.strip()
        cls.path = f"{assets}:{os.environ['PATH']}"
        if not shutil.which("helm", path=cls.path):
            raise unittest.SkipTest("helm is missing")

    def audit(self, folder, *args):
        """The images with their workload, place and way, "not resolved" ones apart, and the messages."""
        result = subprocess.run(
            [PROGRAM, "audit", "--at", "2026-06-15", "--all", "-o", "json", *args],
            cwd=folder,
            text=True,
            capture_output=True,
            timeout=300,
            env={**os.environ, "PATH": self.path},
        )
        findings = json.loads(result.stdout)["findings"] if result.stdout.startswith("{") else []
        return [f for f in findings if not f.get("why")], [f for f in findings if f.get("why")], result.stderr

    def images(self, findings):
        return sorted((f["kind"], f["name"], f["image"]) for f in findings)

    def test_kustomizations_are_read_as_kubectl_builds_them(self):
        compared = 0
        for case in sorted((DATA / "kustomize").iterdir()):
            name = (case / "read").read_text().split("\n")[0]
            with self.subTest(case.name):
                known, unknown, _ = self.audit(case, name)
                built, _, messages = self.audit(case, "--render", name)
                if "not rendered" in messages:
                    continue
                compared += 1
                # What is not known may be anything; what is known must be right.
                self.assertLessEqual(set(self.images(known)), set(self.images(built)))
                if not unknown:
                    self.assertEqual(self.images(known), self.images(built))
                    places = [sorted((f["image"], f["file"]) for f in found) for found in (known, built)]
                    self.assertEqual(*places)
        self.assertGreater(compared, 5)

    def put_chart(self, root, values):
        chart = pathlib.Path(root) / "shop"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text('apiVersion: v2\nname: shop\nversion: 1.0.0\nappVersion: "3.9"\n')
        (chart / "values.yaml").write_text(f"image:\n  repository: python\n  tag: {values}\n")
        (chart / "templates/web.yaml").write_text(WEB)
        (chart / "templates/test.yaml").write_text(TEST)
        return chart

    def test_values_are_read_as_helm_renders_them(self):
        for tag in ('"3.8"', "3.10", "3", "010", "1000000", "20240101", "999999", '""', "", "0", "3.8.1", "0x10"):
            with self.subTest(tag), tempfile.TemporaryDirectory() as root:
                self.put_chart(root, tag)
                known, _, _ = self.audit(root, "shop")
                rendered, _, messages = self.audit(root, "--render", "shop")
                self.assertEqual(messages, "")
                web = [f["image"] for f in rendered if f["name"] == "web"]
                self.assertEqual([f["image"] for f in known], web)

    def test_findings_are_in_the_templates_and_hooks_are_marked(self):
        with tempfile.TemporaryDirectory() as root:
            self.put_chart(root, '"3.8"')
            (pathlib.Path(root) / "prod.yaml").write_text('image: {tag: "3.13"}\n')
            rendered, _, _ = self.audit(root, "--render", "--values", "prod.yaml", "shop")
            self.assertEqual(
                sorted((f["image"], f["file"], f["way"]) for f in rendered),
                [
                    ("busybox:1.28", "shop/templates/test.yaml", "hook: test"),
                    ("python:3.13", "shop/templates/web.yaml", "rendered by helm"),
                ],
            )

    def test_output_of_helm_on_standard_input_has_the_same_places(self):
        with tempfile.TemporaryDirectory() as root:
            self.put_chart(root, '"3.8"')
            helm = [shutil.which("helm", path=self.path), "template", "shop"]
            text = subprocess.run(helm, cwd=root, check=True, capture_output=True, text=True).stdout
            result = subprocess.run(
                [PROGRAM, "audit", "--at", "2026-06-15", "--all", "-o", "json", "-"],
                input=text,
                text=True,
                capture_output=True,
            )
            self.assertEqual(
                sorted((f["image"], f["file"], f["way"]) for f in json.loads(result.stdout)["findings"]),
                [
                    ("busybox:1.28", "shop/templates/test.yaml", "hook: test"),
                    ("python:3.8", "shop/templates/web.yaml", "rendered"),
                ],
            )
