"""An image that a user built: pushed to a registry, inspected, run by a real API server, and judged by what is in it."""
import base64
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

import images  # noqa: E402
import registry_rig  # noqa: E402
from cluster import ControlPlane  # noqa: E402
from webhook import BINARY, DAY, TestCase  # noqa: E402

FORMATS = ["table", "wide", "json", "csv", "markdown", "junit", "sarif", "policyreport", "openreports", "prometheus", "html"]
WHY = r"Python 3\.8 \(PYTHON_VERSION, inspected \d{4}-\d\d-\d\d\) is past end of patch since 2024-10-07; move to Python 3\.1\d or later"
DENY = "apiVersion: shelflife.dev/v1\nkind: Policy\nactions: {unpatched: deny}\n"


def pod(name, image):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "team"},
            "spec": {"containers": [{"name": "main", "image": image}]}}


class SeeInside(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = registry_rig.with_registry(cls)
        cls.image = f"{cls.registry.host}/team/app:1"
        tools = images.Tools(cls.folder / "tools")
        tools.build("localhost/python:1", env=images.PYTHON, history=["RUN /bin/sh -c make install"])
        tools.build_file("localhost/app:1", "FROM localhost/python:1\nENV APP=1\nCOPY main.py /app/main.py\n",
                         files={"main.py": "print('hello')\n"})
        tools.buildah("push", "--quiet", "--tls-verify=false", "--digestfile", cls.folder / "digest", "localhost/app:1",
                      f"docker://{cls.image}")
        cls.digest = (cls.folder / "digest").read_text().strip()
        cls.running = f"{cls.registry.host}/team/app@{cls.digest}"
        cls.cluster = ControlPlane(controllers=False).__enter__()
        cls.addClassCleanup(cls.cluster.__exit__)
        cls.cluster.kubectl("create", "namespace", "team")
        cls.run_pod("by-tag", cls.image)
        cls.run_pod("by-digest", cls.running)
        cls.inventory = cls.folder / "inventory.json"
        cls.updated = cls.shelflife("inventory", "update", "--kubeconfig", cls.cluster.kubeconfig, "--inventory", cls.inventory)

    @classmethod
    def run_pod(cls, name, image):
        """A Pod with the status that a kubelet reports once its container runs."""
        path = "/api/v1/namespaces/team/pods"
        cls.cluster.api("POST", path, pod(name, image))
        cls.cluster.api("PATCH", f"{path}/{name}/status", {"status": {"phase": "Running", "containerStatuses": [{
            "name": "main", "image": image, "imageID": cls.running, "ready": True, "restartCount": 0,
            "state": {"running": {"startedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}}}]}},
            content_type="application/merge-patch+json")

    @classmethod
    def shelflife(cls, *arguments, codes=(0,)):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("DOCKER_", "REGISTRY_", "XDG_"))}
        done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False,
                              env={**environment, "HOME": str(cls.folder)})
        if done.returncode not in codes:
            raise AssertionError(f"{arguments}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def serve_for_cluster(self, *args):
        server = self.serve("--inventory", self.inventory, *args)
        self.cluster.kubectl("create", "-f", "-", input={
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "shelflife"}, "webhooks": [{
                "name": "enforce.shelflife.dev", "failurePolicy": "Fail", "sideEffects": "None", "timeoutSeconds": 10,
                "admissionReviewVersions": ["v1"],
                "clientConfig": {"url": f"https://127.0.0.1:{server.port}/validate",
                                 "caBundle": base64.b64encode(self.certificates.ca.read_bytes()).decode()},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]}]})
        self.addCleanup(self.cluster.kubectl, "delete", "validatingwebhookconfiguration", "shelflife")
        return server

    def create_until_reviewed(self, server, name, image):
        """A dry run of a Pod; an API server needs a moment until it calls a webhook that is new."""
        for _ in range(600):
            done = self.cluster.kubectl("create", "--dry-run=server", "-f", "-", input=pod(name, image), check=False)
            if sum(n for key, n in server.metrics().items() if key.startswith("shelflife_reviews_total")):
                return done
            time.sleep(0.1)
        raise AssertionError("the API server did not call the webhook")

    def test_inspect(self):
        done = self.shelflife("inspect", "--at", DAY, self.image)
        for text in ("team/app:1", "PYTHON_VERSION", "3.8.20", "Python 3.8", "2024-10-07"):
            self.assertIn(text, done.stdout)
        entry = json.loads(self.shelflife("inspect", "--at", DAY, "-o", "json", self.image).stdout)[0]
        self.assertEqual(entry["inspected"]["digest"], self.digest)

    def test_what_the_inventory_has(self):
        done = self.shelflife("inventory", "show", self.inventory)
        self.assertIn("team/app", done.stdout)
        explained = json.loads(self.shelflife("explain", "--at", DAY, "-o", "json", "--inventory", self.inventory, self.image).stdout)
        self.assertEqual([(i["phase"], i["inspected"]["digest"]) for i in explained], [("unpatched", self.digest)])
        self.assertEqual([(m["product"], m["release"], m["by"], m["evidence"]) for m in explained[0]["matches"]],
                         [("python", "3.8", "env", {"kind": "env", "name": "PYTHON_VERSION", "value": "3.8.20"})])

    def test_without_the_inventory_nothing_is_known(self):
        explained = json.loads(self.shelflife("explain", "--at", DAY, "-o", "json", self.image).stdout)
        self.assertEqual(explained[0]["phase"], "unlisted")

    def test_the_webhook_warns(self):
        server = self.serve_for_cluster()
        done = self.create_until_reviewed(server, "new", self.image)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"Warning: shelflife: .*team/app:1: " + WHY)
        done = self.cluster.kubectl("create", "--dry-run=server", "-f", "-", input=pod("new", self.running), check=False)
        self.assertRegex(done.stderr, r"Warning: shelflife: .*team/app@sha256:.*: " + WHY)
        self.assertEqual(server.metrics()['shelflife_images_known_total{by="inspection"}'], 2)

    def test_the_webhook_denies_if_policy_does(self):
        policy = self.folder / "policy.yaml"
        policy.write_text(DENY)
        server = self.serve_for_cluster("--policy", policy)
        done = self.create_until_reviewed(server, "new", self.image)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"denied the request: .*team/app:1: " + WHY)

    def test_an_audit_in_every_format(self):
        for form in FORMATS:
            with self.subTest(form):
                done = self.shelflife("audit", "-A", "--kubeconfig", self.cluster.kubeconfig, "--at", DAY, "--inventory",
                                      self.inventory, "-o", form)
                self.assertEqual(done.stderr, "")
                self.assertIn(self.image, done.stdout)
                self.assertIn(self.digest, done.stdout)
                if form != "prometheus":
                    self.assertRegex(done.stdout, "Python 3.8|unpatched")
        found = json.loads(self.shelflife("audit", "-A", "--kubeconfig", self.cluster.kubeconfig, "--at", DAY, "--inventory",
                                          self.inventory, "-o", "json").stdout)["findings"]
        self.assertEqual(sorted((f["name"], f["phase"], f["action"]) for f in found),
                         [("by-digest", "unpatched", "warn"), ("by-tag", "unpatched", "warn")])

    def test_an_audit_that_inspects(self):
        found = json.loads(self.shelflife("audit", "-A", "--kubeconfig", self.cluster.kubeconfig, "--at", DAY, "--inspect",
                                          "-o", "json").stdout)["findings"]
        self.assertEqual({f["phase"] for f in found}, {"unpatched"})


if __name__ == "__main__":
    unittest.main()
