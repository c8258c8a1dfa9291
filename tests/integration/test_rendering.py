#!/usr/bin/env python3
"""Kustomizations, charts and rendered output in an audit of files, as a user runs it. The programs that --render runs are
scripts here; e2e/test_rendering.py runs the real ones."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["SHELFLIFE"]
POD = """apiVersion: v1
kind: Pod
metadata:
  name: {name}
  annotations: {{{annotations}}}
spec:
  containers:
  - name: main
    image: {image}
"""


def pod(name="web", image="python:3.8", annotations=""):
    return POD.format(name=name, image=image, annotations=annotations)


class Rendering(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def put(self, name, text, mode=0o644):
        path = self.root / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def put_program(self, name, script):
        path = self.root / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(0o755)

    def audit(self, *args, stdin=""):
        """The exit code; the images with the file and line of each, and how they were found; messages."""
        (self.root / "src").mkdir(exist_ok=True)
        result = subprocess.run(
            [PROGRAM, "audit", "--at", "2026-06-15", "--all", "-o", "json", *args],
            cwd=self.root / "src",
            input=stdin,
            text=True,
            capture_output=True,
            timeout=300,
            env={**os.environ, "PATH": f"{self.root / 'bin'}:/usr/bin:/bin"},
        )
        report = json.loads(result.stdout) if result.stdout.startswith("{") else {"findings": []}
        found = sorted(
            (f["image"], f.get("file") or "", f.get("line") or 0, f.get("way") or "") for f in report["findings"]
        )
        return result.returncode, found, result.stderr

    def test_an_overlay_is_judged_and_not_its_base(self):
        self.put("base/pod.yaml", pod())
        self.put("base/kustomization.yaml", "resources: [pod.yaml]\n")
        self.put("overlay/kustomization.yaml", 'resources: [../base]\nimages:\n- name: python\n  newTag: "3.13"\n')
        self.put("alone.yaml", pod("alone", "nginx:1.25"))
        _, found, _ = self.audit(".")
        self.assertEqual(
            found,
            [
                ("nginx:1.25", "alone.yaml", 9, ""),
                ("python:3.13", "overlay/kustomization.yaml", 3, "from images"),
            ],
        )

    def test_a_base_without_an_overlay_is_judged(self):
        self.put("base/pod.yaml", pod())
        self.put("base/kustomization.yaml", "resources: [pod.yaml]\n")
        self.assertEqual(self.audit("base")[1], [("python:3.8", "base/pod.yaml", 9, "")])

    def test_no_program_runs_unless_it_is_asked_for(self):
        for name in ("kubectl", "kustomize", "helm"):
            self.put_program(name, f": >>{self.root}/called\n")
        self.put("kustomization.yaml", "resources: [pod.yaml]\n")
        self.put("pod.yaml", pod())
        self.put("chart/Chart.yaml", "name: shop\n")
        self.put("chart/values.yaml", 'image: {repository: python, tag: "3.8"}\n')
        self.put("chart/templates/pod.yaml", "{{ .Values }}\n")
        _, found, messages = self.audit(".")
        self.assertFalse((self.root / "called").exists())
        self.assertEqual(
            found, [("python:3.8", "chart/values.yaml", 1, "from values"), ("python:3.8", "pod.yaml", 9, "")]
        )
        self.assertIn("chart/Chart.yaml: not rendered: --render runs helm template on it", messages)
        self.audit("--render", ".")
        self.assertTrue((self.root / "called").exists())

    def test_a_repository_that_is_a_chart_is_read_beside_the_chart(self):
        self.put("Chart.yaml", "name: shop\n")
        self.put("values.yaml", "image: python:3.8\n")
        self.put("templates/pod.yaml", "{{ .Values }}\n")
        self.put("charts/db/templates/pod.yaml", "{{ .Values }}\n")
        self.put("Dockerfile", "FROM debian:9\n")
        self.put(".gitlab-ci.yml", "job:\n  image: node:12\n")
        self.put("docs/pod.yaml", pod("web", "nginx:1.25"))
        _, found, _ = self.audit(".")
        self.assertEqual(
            found,
            [
                ("debian:9", "Dockerfile", 1, ""),
                ("nginx:1.25", "docs/pod.yaml", 9, ""),
                ("node:12", ".gitlab-ci.yml", 2, ""),
                ("python:3.8", "values.yaml", 1, "from values"),
            ],
        )

    def test_rendered_output_is_placed_in_templates(self):
        text = "".join(
            f"---\n# Source: shop/templates/{name}.yaml\n{pod(name, annotations=hook)}"
            for name, hook in (("web", ""), ("test", "helm.sh/hook: test"), ("job", "helm.sh/hook: pre-install"))
        )
        _, found, _ = self.audit("-", stdin=text + "---\n" + pod("other"))
        self.assertEqual(
            found,
            [
                ("python:3.8", "-", 43, ""),
                ("python:3.8", "shop/templates/job.yaml", 0, "hook: pre-install"),
                ("python:3.8", "shop/templates/test.yaml", 0, "hook: test"),
                ("python:3.8", "shop/templates/web.yaml", 0, "rendered"),
            ],
        )

    def test_a_hook_that_is_not_installed_does_not_fail(self):
        text = "# Source: shop/templates/test.yaml\n" + pod(annotations="helm.sh/hook: test")
        self.assertEqual(self.audit("--fail-on", "warn", "-", stdin=text)[0], 0)
        text = text.replace("hook: test", "hook: post-install")
        self.assertEqual(self.audit("--fail-on", "warn", "-", stdin=text)[0], 1)

    def test_rendered_output_in_a_file_is_placed_there_unless_the_template_is(self):
        self.put("rendered.yaml", "# Source: shop/templates/web.yaml\n" + pod())
        self.assertEqual(
            self.audit("rendered.yaml")[1], [("python:3.8", "rendered.yaml", 10, "rendered from shop/templates/web.yaml")]
        )
        self.put("shop/templates/web.yaml", "")
        self.assertEqual(self.audit("rendered.yaml")[1], [("python:3.8", "shop/templates/web.yaml", 0, "rendered")])

    def test_charts_are_rendered_with_the_values_of_the_user(self):
        self.put("shop/Chart.yaml", "name: shop\n")
        self.put("shop/templates/web.yaml", "{{ .Values }}\n")
        self.put("prod.yaml", "a: b\n")
        self.put_program(
            "helm",
            '[ "$1 $3 $4" = "template --values $PWD/prod.yaml" ] || exit 1\n'
            f"cat <<END\n# Source: shop/templates/web.yaml\n{pod()}END\n",
        )
        _, found, messages = self.audit("--render", "--values", "prod.yaml", "shop")
        self.assertEqual((found, messages), ([("python:3.8", "shop/templates/web.yaml", 0, "rendered by helm")], ""))

    def workloads(self, *args):
        done = subprocess.run([PROGRAM, "audit", "--at", "2026-11-23", "-o", "json", *args], cwd=self.root / "src",
                              capture_output=True, text=True, timeout=120, check=False)
        report = json.loads(done.stdout)
        return report, {(f["namespace"], f["apiVersion"], f["kind"], f["name"], c["name"], f["image"])
                        for f in report["findings"] for c in f["containers"]}

    def test_a_container_that_a_patch_adds_is_of_the_object(self):
        self.put("pod.yaml", pod())
        for target in ("{kind: Pod}", "{labelSelector: 'app=web'}"):
            with self.subTest(target=target):
                self.put("kustomization.yaml", f"""namespace: shop
resources: [pod.yaml]
patches:
- target: {target}
  patch: |-
    - op: add
      path: /spec/containers/-
      value: {{name: side, image: 'debian:9'}}
""")
                report, found = self.workloads(".")
                self.assertIn(("shop", "v1", "Pod", "web", "side", "debian:9"), found)
                self.assertEqual(report["summary"]["workloads"], 1)

    def test_a_resource_that_is_missing_is_not_one_to_fetch(self):
        self.put("kustomization.yaml", "resources: [missing.yaml, pipe.yaml]\n")
        os.mkfifo(self.root / "src" / "pipe.yaml")
        _, _, messages = self.audit("--render", ".")
        self.assertIn("kustomization.yaml: not rendered: it names something that is missing", messages)
        self.assertIn("pipe.yaml: it cannot be read: not a regular file", messages)

    def test_a_chart_with_several_files_of_values_is_one_workload(self):
        self.put("chart/Chart.yaml", "name: shop\n")
        self.put("chart/values.yaml", "image: python:3.8\n")
        self.put("more.yaml", "side: {image: 'debian:9'}\n")
        report, found = self.workloads("--values", "more.yaml", "chart")
        self.assertEqual({image for *_, image in found}, {"python:3.8", "debian:9"})
        self.assertEqual(report["summary"]["workloads"], 1)

    def test_kustomizations_that_take_forever_end(self):
        self.put("many/kustomization.yaml", "resources: [pod.yaml]\nimages:\n" + "- {name: x, newTag: y}\n" * 30000)
        self.put("many/pod.yaml", pod())
        for i in range(40):  # 2^40 ways through them
            for side in "ab":
                self.put(f"{i}{side}/kustomization.yaml", f"resources: [../{i + 1}a, ../{i + 1}b]\n")
        self.put("40a/kustomization.yaml", "resources: [pod.yaml]\n")
        self.put("40a/pod.yaml", pod())
        self.put("circle/kustomization.yaml", "resources: [../circle2]\n")
        self.put("circle2/kustomization.yaml", "resources: [../circle]\n")
        _, found, messages = self.audit("many", "0a", "circle")
        self.assertEqual([(image, file) for image, file, _, _ in found], [("python:3.8", "many/kustomization.yaml")])
        self.assertIn("too many kustomizations build on one another", messages)
        self.assertIn("circle/kustomization.yaml: the kustomization is its own base", messages)

    def test_values_that_are_not_there_are_an_error(self):
        self.put("shop/Chart.yaml", "name: shop\n")
        code, _, messages = self.audit("--values", "missing.yaml", "shop")
        self.assertEqual(code, 2)
        self.assertIn("--values: missing.yaml: No such file or directory", messages)


if __name__ == "__main__":
    unittest.main()
