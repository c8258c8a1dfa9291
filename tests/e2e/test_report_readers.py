"""Reports are read by the programs that they are for: SARIF by the validator of SARIF with the rules that GitHub has for
uploads, metrics by Prometheus' promtool. Audits of files, of standard input, of a list of images and of clusters."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/integration"))
import api_server  # noqa: E402

SHELFLIFE = os.environ.get("SHELFLIFE", ROOT / "build/dev/shelflife")
MANIFESTS = ROOT / "tests/data/reports/manifests"
IMAGES = ["python:3.8-slim-bookworm", "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112", "debian:13", "acme/app:1"]
AT = "2026-11-23"


def pods():
    return {"namespaces": [{"metadata": {"name": "a"}}],
            "pods": [{"metadata": {"name": f"p{i}", "namespace": "a"}, "status": {"phase": "Running"},
                      "spec": {"containers": [{"name": "c", "image": image}]}} for i, image in enumerate(IMAGES)]}


class Readers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-readers.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def audit(self, form, *arguments, stdin=""):
        done = subprocess.run([SHELFLIFE, "audit", "--at", AT, "--all", "-o", form, *arguments], input=stdin.encode(),
                              capture_output=True, cwd=ROOT, timeout=120, check=False)
        self.assertIn(done.returncode, (0, 1, 4), done.stderr)
        return done.stdout

    def cluster(self, form, name):
        """The report on a cluster whose context has this name."""
        with api_server.Server(pods()) as server:
            kubeconfig = server.kubeconfig(self.folder)
            kubeconfig.write_text(kubeconfig.read_text().replace("stand-in", name))
            return self.audit(form, "--kubeconfig", kubeconfig)

    def reports(self, form):
        return {"files": self.audit(form, MANIFESTS.relative_to(ROOT)),
                "an absolute path": self.audit(form, MANIFESTS),
                "standard input": self.audit(form, "-", stdin=(MANIFESTS / "app.yaml").read_text()),
                "images": self.audit(form, "--images", "-", stdin="\n".join(IMAGES)),
                "a cluster": self.cluster(form, "arn:aws:eks:eu-west-1:1:cluster/prod")}

    def test_sarif_can_be_uploaded(self):
        found = subprocess.run([ROOT / "tests/e2e/sarif-multitool.sh"], capture_output=True, text=True, check=False) \
            if shutil.which("npm") else None
        if not found or found.returncode:
            self.skipTest("no sarif-multitool: npm is missing" if not found else found.stderr)
        for name, report in self.reports("sarif").items():
            path = self.folder / f"{name.replace(' ', '-')}.sarif"
            path.write_bytes(report)
            with self.subTest(name):
                self.assertTrue(json.loads(report)["runs"][0]["results"])
                done = subprocess.run([found.stdout.strip(), "validate", "--rule-kind", "Sarif;Ghas", "--log", "ForceOverwrite",
                                       "-o", self.folder / "validated", path], capture_output=True, text=True, timeout=120,
                                      env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}, check=False)
                self.assertEqual(done.returncode, 0, done.stdout)
                validated = json.loads((self.folder / "validated").read_text(encoding="utf-8-sig"))
                self.assertEqual([r["message"] for r in validated["runs"][0].get("results", [])], [], done.stdout)

    def test_sarif_places_do_not_depend_on_time(self):
        places = [{r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                   for r in json.loads(self.cluster("sarif", "prod"))["runs"][0]["results"]} for _ in range(2)]
        self.assertEqual(places[0], {f"cluster/prod/a/Pod/p{i}" for i in range(len(IMAGES))})
        self.assertEqual(places[0], places[1])

    def test_promtool_accepts_metrics(self):
        if not shutil.which("promtool"):
            self.skipTest("no promtool (Debian package prometheus)")
        for name, report in self.reports("prometheus").items():
            with self.subTest(name):
                done = subprocess.run(["promtool", "check", "metrics"], input=report, capture_output=True, timeout=60, check=False)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_metrics_of_two_clusters_can_be_read_together(self):
        """As node_exporter reads all files of a folder."""
        series, helps = set(), {}
        for name in ("staging", "prod"):
            for line in self.cluster("prometheus", name).decode().splitlines():
                if line.startswith("#"):
                    kind, metric, text = line[2:].split(" ", 2)
                    self.assertEqual(helps.setdefault((kind, metric), text), text)
                    continue
                one = line.rsplit(" ", 1)[0]
                self.assertIn(f'{{cluster="{name}"', one)
                self.assertNotIn(one, series)
                series.add(one)


if __name__ == "__main__":
    unittest.main()
