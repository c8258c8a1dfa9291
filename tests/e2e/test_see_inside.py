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
from webhook import BINARY, DAY, TestCase, eventually, pod_review  # noqa: E402

FORMATS = ["table", "wide", "json", "csv", "markdown", "junit", "sarif", "policyreport", "openreports", "prometheus", "html", "yaml"]
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
        cls.updated = cls.shelflife("inventory", "update", "--kubeconfig", cls.cluster.kubeconfig, "--output", cls.inventory)

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

    def test_what_a_cluster_keeps_in_config_maps(self):
        """The inventory is in ConfigMaps, whose files a kubelet gives to the webhook."""
        self.cluster.kubectl("create", "namespace", "shelflife")
        self.addCleanup(self.cluster.kubectl, "delete", "namespace", "shelflife", "--wait=false")
        update = ["inventory", "update", "--kubeconfig", self.cluster.kubeconfig, "--configmap", "shelflife/inventory"]
        self.shelflife(*update)
        kubelet = Kubelet(self.cluster, self.folder / "mounted")
        kubelet.write()
        server = self.serve("--inventory", kubelet.folder)
        status, reply, _ = server.post(pod_review(self.image))
        self.assertRegex(reply["response"]["warnings"][0], WHY)
        editions = self.config_maps()
        self.shelflife(*update)
        self.assertEqual(self.config_maps(), editions)  # nothing has changed
        self.run_pod("second", self.build("second", "PYTHON_VERSION=3.7.17"))
        self.addCleanup(self.cluster.kubectl, "delete", "pod", "-n", "team", "second", "--wait=false", "--grace-period=0")
        self.shelflife(*update)
        after = self.config_maps()
        self.assertEqual({name: after[name] for name in editions}, editions)  # the other set was written
        self.assertGreater(len(after), len(editions))
        kubelet.write()
        second = f"{self.registry.host}/team/second:1"
        eventually(lambda: "Python 3.7" in str(server.post(pod_review(second))[1]["response"].get("warnings")),
                   "the webhook knows the second image")

    def config_maps(self):
        found = self.cluster.api("GET", "/api/v1/namespaces/shelflife/configmaps")["items"]
        return {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in found
                if item["metadata"]["name"].startswith("inventory-")}

    @classmethod
    def build(cls, name, variable):
        """Pushes another image, and returns its reference."""
        images.push(cls.registry, f"team/{name}", "1", images.Image([variable]))
        return f"{cls.registry.host}/team/{name}:1"

    def test_an_image_is_found_while_it_is_new(self):
        self.cluster.kubectl("create", "namespace", "watched")
        self.addCleanup(self.cluster.kubectl, "delete", "namespace", "watched", "--wait=false")
        inventory = self.folder / "watched.json"
        process = subprocess.Popen(
            [BINARY, "inventory", "update", "--kubeconfig", self.cluster.kubeconfig, "--output", inventory, "--watch",
             "--write-interval", "1s"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, "HOME": str(self.folder)})
        try:
            eventually(lambda: inventory.exists() and self.digest in inventory.read_text(), "the first inventory is written")
            third = self.build("third", "PYTHON_VERSION=3.6.15")
            self.run_pod("third", third)
            eventually(lambda: "3.6.15" in inventory.read_text(), "the new image is in the inventory")
        finally:
            process.terminate()
            said = process.communicate(timeout=60)[1].decode()
        self.assertEqual(process.returncode, 0, said)

    def test_pull_secrets(self):
        """A private registry, whose password is only in a Secret of the Pod."""
        with registry_rig.Registry(users={"puller": "open sesame"}) as registry:
            plain = base64.b64encode(b"puller:open sesame").decode()
            images.push(registry, "private/app", "1", images.Image(images.PYTHON), {"Authorization": f"Basic {plain}"})
            config = {"auths": {registry.host: {"auth": plain}}}
            self.cluster.api("POST", "/api/v1/namespaces/team/secrets", {
                "metadata": {"name": "pull"}, "type": "kubernetes.io/dockerconfigjson",
                "data": {".dockerconfigjson": base64.b64encode(json.dumps(config).encode()).decode()}})
            self.addCleanup(self.cluster.kubectl, "delete", "secret", "-n", "team", "pull")
            secret_pod = pod("private", f"{registry.host}/private/app:1")
            secret_pod["spec"]["imagePullSecrets"] = [{"name": "pull"}]
            self.cluster.api("POST", "/api/v1/namespaces/team/pods", secret_pod)
            self.addCleanup(self.cluster.kubectl, "delete", "pod", "-n", "team", "private", "--wait=false", "--grace-period=0")
            inventory = self.folder / "private.json"
            update = ["inventory", "update", "--kubeconfig", self.cluster.kubeconfig, "-n", "team", "--output", inventory]
            done = self.shelflife(*update, codes=(4,))
            self.assertIn("private/app:1", done.stderr)
            done = self.shelflife(*update, "--pull-secrets")
            self.assertNotIn("sesame", done.stderr)
            self.assertIn("private/app", inventory.read_text())
            self.assertNotIn("sesame", inventory.read_text())


class Kubelet:
    """Writes the ConfigMaps of an inventory into a folder as a kubelet does: all at once, by a link to another folder."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder, self.edition = cluster, folder, 0
        folder.mkdir()

    def write(self):
        self.edition += 1
        data = self.folder / f"..{self.edition}"
        data.mkdir()
        for item in self.cluster.api("GET", "/api/v1/namespaces/shelflife/configmaps")["items"]:
            for key, content in item.get("binaryData", {}).items():
                (data / key).write_bytes(base64.b64decode(content))
        link = self.folder / "..data_tmp"
        link.symlink_to(data.name)
        link.rename(self.folder / "..data")
        for file in data.iterdir():
            name = self.folder / file.name
            if not name.is_symlink():
                name.symlink_to(f"..data/{file.name}")


if __name__ == "__main__":
    unittest.main()
