"""Audits of a real API server with the rights that people have: a Role in one namespace, the role "view", another user to act
as; with an extension's API that is down; of two clusters, one of which is down; and by kubectl, as its plugin."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from cluster import ADMIN_TOKEN, ControlPlane  # noqa: E402
from test_audit import TRAIN  # noqa: E402

BINARY = pathlib.Path(os.environ.get("SHELFLIFE", HERE.parents[1] / "build/dev/shelflife")).resolve()
AT = "2026-11-23"
DEAD = "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"
AUDITOR = "system:serviceaccount:team-a:auditor"
METRICS = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1beta1.metrics.k8s.io"},
           "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
                    "insecureSkipTLSVerify": True, "service": {"name": "metrics-server", "namespace": "kube-system"}}}


def template(image):
    return {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "main", "image": image}]}}


def deployment(namespace):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": namespace},
            "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template(DEAD)}}


def train(namespace):
    return {"apiVersion": "example.com/v1", "kind": "Train", "metadata": {"name": "t", "namespace": namespace},
            "spec": {"template": template(DEAD)}}


def fill(cluster):
    for name in ("team-a", "team-b"):
        cluster.kubectl("create", "namespace", name)
        cluster.kubectl("create", "-f", "-", input=deployment(name))
    cluster.kubectl("label", "namespace", "team-a", "shelflife.dev/mode=warn")


def eventually(true, what):
    for _ in range(300):
        if true():
            return
        time.sleep(0.2)
    raise AssertionError(f"not within a minute: {what}")


def named(report):
    return sorted((f["namespace"], f["kind"], f["name"], f["action"]) for f in report["findings"])


class Rights(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = ControlPlane(controllers=False).__enter__()
        cls.addClassCleanup(cls.cluster.__exit__)
        folder = tempfile.TemporaryDirectory(prefix="shelflife-rights.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        fill(cls.cluster)
        cls.cluster.kubectl("create", "-f", "-", input=TRAIN)
        eventually(lambda: cls.cluster.kubectl("get", "trains", check=False).returncode == 0, "trains are served")
        cls.cluster.kubectl("create", "-f", "-", input=train("team-a"))
        for name in ("auditor", "viewer"):
            cls.cluster.kubectl("-n", "team-a", "create", "serviceaccount", name)

    def run_audit(self, *arguments, **more):
        return subprocess.run([BINARY, "audit", "--at", AT, "-o", "json", *arguments], capture_output=True, text=True,
                              timeout=300, check=False, **more)

    def audit(self, *arguments):
        done = self.run_audit("--kubeconfig", self.cluster.kubeconfig, *arguments)
        self.assertTrue(done.stdout, done.stderr)
        return done.returncode, json.loads(done.stdout), done.stderr

    def bind(self, account, role):
        self.cluster.kubectl("-n", "team-a", "create", "rolebinding", account, f"--serviceaccount=team-a:{account}", f"--{role}")
        return self.cluster.account_token("team-a", account)

    def test_the_printed_role_is_enough_for_its_namespace(self):
        for given, noted in (((), ["other kinds"]), (("--kubeconfig", self.cluster.kubeconfig), [])):
            role = subprocess.run([BINARY, "audit", "--print-rbac", "-n", "team-a", *given], capture_output=True, text=True, check=True)
            self.cluster.kubectl("apply", "-f", "-", input=role.stdout)
            if not given:
                token = self.bind("auditor", "role=shelflife-audit")
            wanted = [("team-a", "Deployment", "web", "warn")] + ([] if noted else [("team-a", "Train", "t", "warn")])
            eventually(lambda: named(self.audit("-n", "team-a", "--token", token)[1]) == wanted, "the role is in effect")
            for who in (("--token", token), ("--as", AUDITOR), ("--as", AUDITOR, "--as-group", "system:serviceaccounts")):
                code, report, said = self.audit("-n", "team-a", *who)
                self.assertEqual((code, report["partial"], named(report)), (0, False, wanted), said)
                self.assertEqual([p["source"] for p in report["problems"]], noted)
        code, _, said = self.audit("-n", "team-b", "--token", token)
        self.assertEqual(code, 3, "no rights there")
        self.assertNotIn(token, said)

    def test_the_role_view_is_enough(self):
        # What "view" is made of; without a controller manager, nothing adds it up.
        token = self.bind("viewer", "clusterrole=system:aggregate-to-view")
        eventually(lambda: self.audit("-n", "team-a", "--token", token)[1]["findings"], "the role is in effect")
        code, report, said = self.audit("-n", "team-a", "--token", token, "--fail-on", "warn")
        self.assertEqual((code, report["partial"], named(report)), (1, False, [("team-a", "Deployment", "web", "warn")]), said)
        self.assertIn("not read, because you may not list them: podtemplates, trains.example.com;", said)

    def test_an_extension_that_is_down(self):
        self.cluster.kubectl("create", "-f", "-", input=METRICS)
        self.addCleanup(self.cluster.kubectl, "delete", "apiservice", "v1beta1.metrics.k8s.io")

        def broken():
            return "/apis/metrics.k8s.io/v1beta1: 503" in self.audit()[2]
        eventually(broken, "the API server serves the extension, and cannot")
        code, report, said = self.audit()
        self.assertEqual((code, report["partial"]), (1, False), said)
        self.assertIn(("team-b", "Deployment", "web", "deny"), named(report))
        self.assertRegex(said, "^shelflife: metrics.k8s.io/v1beta1: GET .*: 503.*\n$")

    def test_two_clusters_and_one_of_them_down(self):
        config = json.loads(self.cluster.kubeconfig.read_text())
        file = self.folder / "both"
        with ControlPlane(controllers=False) as other:
            fill(other)
            config["clusters"].append({"name": "other", "cluster": {"server": other.server, "insecure-skip-tls-verify": True}})
            config["contexts"].append({"name": "other", "context": {"cluster": "other", "user": "admin"}})
            file.write_text(json.dumps(config))
            done = self.run_audit("--kubeconfig", file, "--context", "test", "--context", "other", "-n", "team-b")
            report = json.loads(done.stdout)
            self.assertEqual((done.returncode, report["partial"], done.stderr), (1, False, ""))
            self.assertEqual(named(report), 2 * [("team-b", "Deployment", "web", "deny")])
        done = self.run_audit("--kubeconfig", file, "--all-contexts", "-n", "team-b")
        report = json.loads(done.stdout)
        self.assertEqual((done.returncode, report["partial"], named(report)), (4, True, [("team-b", "Deployment", "web", "deny")]))
        self.assertRegex(done.stderr, "^shelflife: other: the cluster: ")
        self.assertEqual(self.run_audit("--kubeconfig", file, "--context", "other").returncode, 3)

    def test_kubectl_runs_it_as_a_plugin(self):
        plugins = self.folder / "plugins"
        plugins.mkdir()
        (plugins / "kubectl-shelflife").symlink_to(BINARY)
        environment = self.cluster.environment()
        environment = {**environment, "PATH": f"{plugins}:{environment['PATH']}", "KUBECONFIG": str(self.folder / "none")}
        flags = ["-s", self.cluster.server, "--insecure-skip-tls-verify", "--token", ADMIN_TOKEN, "-n", "team-b"]
        pods = subprocess.run(["kubectl", "get", "deployments", "-o", "name", *flags], capture_output=True, text=True, env=environment,
                              check=True)
        self.assertEqual(pods.stdout, "deployment.apps/web\n")
        done = subprocess.run(["kubectl", "shelflife", "audit", "--at", AT, "-o", "json", *flags, "--request-timeout=1m"],
                              capture_output=True, text=True, env=environment, check=False)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        report = json.loads(done.stdout)
        self.assertEqual((named(report), report["cluster"]), ([("team-b", "Deployment", "web", "deny")], self.cluster.server))
        wrong = subprocess.run(["kubectl", "shelflife", "audit", *flags[:-3], "s3cret", "-n", "team-b"], capture_output=True, text=True,
                               env=environment, check=False)
        self.assertEqual(wrong.returncode, 3)
        self.assertIn("401", wrong.stderr)
        self.assertNotIn("s3cret", wrong.stderr)


if __name__ == "__main__":
    unittest.main()
