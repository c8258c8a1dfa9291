"""The webhook behind a real API server, as kubectl shows it."""
import base64
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from cluster import DEVELOPER_TOKEN, ControlPlane, free_port  # noqa: E402

BINARY = pathlib.Path(os.environ.get("SHELFLIFE", HERE.parents[1] / "build/dev/shelflife")).resolve()
DEAD = "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"
DEAD_TOO = "gcr.io/deeplearning-platform-release/pytorch-gpu.1-12.py37:latest"
DATED = "us-docker.pkg.dev/deeplearning-platform-release/gcr.io/tf2-cpu.2-17.py310"  # until 2026-07-11
FINE = "ghcr.io/acme/app:1.2.3"
DENIED = 'container "main": ' + DEAD + ": TensorFlow 2.11 (Google Deep Learning Containers) is past end of " \
         "availability since 2024-11-15"


class Webhook:
    """`shelflife serve` on a port that stays the same over restarts."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        subprocess.run([BINARY, "certs", "init", "--dir", self.folder, "webhook.shelflife.svc"], check=True,
                       capture_output=True)
        self.process = None

    def start(self, at="2026-11-23", policy=None):
        command = [BINARY, "serve", "--listen", f"127.0.0.1:{self.port}", "--probe-listen", "127.0.0.1:0",
                   "--tls-cert", self.folder / "tls.crt", "--tls-key", self.folder / "tls.key", "--at", at,
                   "--grace-period", "1s"]  # an API server keeps idle connections for 90 s
        if policy:
            (self.folder / "policy.yaml").write_text("apiVersion: shelflife.dev/v1\nkind: Policy\n" + policy)
            command += ["--policy", self.folder / "policy.yaml"]
        self.log = open(self.folder / "serve.log", "ab")
        self.process = subprocess.Popen(command, stderr=self.log, stdin=subprocess.DEVNULL)
        for _ in range(100):
            if subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}"], capture_output=True,
                              stdin=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.05)
        raise RuntimeError("the webhook did not start: " + (self.folder / "serve.log").read_text())

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.log.close()
            self.process = None

    def restart(self, **options):
        self.stop()
        self.start(**options)

    def configuration(self):
        ca = base64.b64encode((self.folder / "ca.crt").read_bytes()).decode()
        rules = [("", "v1", ["pods", "pods/ephemeralcontainers", "replicationcontrollers", "podtemplates"]),
                 ("apps", "v1", ["deployments", "replicasets", "statefulsets", "daemonsets"]),
                 ("batch", "*", ["jobs", "cronjobs"])]
        return {
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "shelflife"},
            "webhooks": [{
                "name": "enforce.shelflife.dev", "admissionReviewVersions": ["v1"], "sideEffects": "None",
                "failurePolicy": "Fail", "timeoutSeconds": 5, "matchPolicy": "Equivalent",
                "namespaceSelector": {"matchExpressions": [{"key": "kubernetes.io/metadata.name",
                                                            "operator": "NotIn", "values": ["kube-system"]}]},
                "rules": [{"operations": ["CREATE", "UPDATE"], "apiGroups": [group], "apiVersions": [version],
                           "resources": resources, "scope": "Namespaced"} for group, version, resources in rules],
                "clientConfig": {"caBundle": ca, "service": {"namespace": "shelflife", "name": "webhook",
                                                             "port": self.port, "path": "/validate"}}}],
        }


def pod_spec(image, container="main", **more):
    return {"containers": [{"name": container, "image": image}], **more}


def pod(name, image, **metadata):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata}, "spec": pod_spec(image)}


def workload(kind, name, image, **spec):
    template = {"metadata": {"labels": {"app": name}}, "spec": pod_spec(image)}
    if kind == "Job":
        template["spec"]["restartPolicy"] = "Never"
        return {"apiVersion": "batch/v1", "kind": kind, "metadata": {"name": name}, "spec": {"template": template}}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name},
            "spec": {"selector": {"matchLabels": {"app": name}}, "template": template, **spec}}


class Admission(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = ControlPlane().__enter__()
        cls.addClassCleanup(cls.cluster.__exit__)
        folder = tempfile.TemporaryDirectory(prefix="shelflife-webhook.")
        cls.addClassCleanup(folder.cleanup)
        cls.webhook = Webhook(folder.name)
        cls.addClassCleanup(cls.webhook.stop)
        kubectl = cls.cluster.kubectl
        kubectl("create", "namespace", "shelflife")
        # The API server resolves the Service to loopback, with the Service's name as SNI.
        kubectl("apply", "-f", "-", input={
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "webhook", "namespace": "shelflife"},
            "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": cls.webhook.port}]}})
        kubectl("create", "clusterrolebinding", "developer", "--clusterrole=edit", "--user=developer")

    def setUp(self):
        """Each test has a namespace of its own and a webhook at the day and policy of the default."""
        self.name = re.sub(r"[^a-z0-9]+", "-", self._testMethodName.removeprefix("test_"))[:60].strip("-")
        self.kubectl("delete", "validatingwebhookconfiguration", "shelflife", "--ignore-not-found")
        self.kubectl("create", "namespace", self.name)
        for _ in range(100):
            if self.kubectl("-n", self.name, "get", "serviceaccount", "default", check=False).returncode == 0:
                break
            time.sleep(0.1)

    def kubectl(self, *args, **options):
        return self.cluster.kubectl(*args, **options)

    def arm(self, at="2026-11-23", policy=None):
        """Starts the webhook and registers it, and waits until the API server asks it."""
        self.webhook.restart(at=at, policy=policy)
        self.kubectl("apply", "-f", "-", input=self.webhook.configuration())
        for _ in range(200):
            probe = self.run_in("create", "--dry-run=server", "-f", "-", check=False,
                                input=pod("probe", "gcr.io/deeplearning-platform-release/tf2-gpu.2-8.py37"))
            if "shelflife" in probe.stderr:
                return
            time.sleep(0.05)
        self.fail("the API server does not ask the webhook: " + probe.stderr)

    def run_in(self, *args, check=True, **options):
        return self.kubectl("-n", self.name, *args, check=check, **options)

    def apply(self, what, check=True, *flags, **options):
        return self.run_in("apply", *flags, "-f", "-", check=check, input=what, **options)

    def assert_denied(self, done, text=DENIED):
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn('admission webhook "enforce.shelflife.dev" denied the request: ' + text, done.stderr)

    def test_a_dead_image_is_denied_in_every_kind_that_runs_it(self):
        self.arm()
        for what in [pod("p", DEAD), *[workload(kind, "w", DEAD) for kind in
                                       ("Deployment", "ReplicaSet", "DaemonSet", "Job")]]:
            with self.subTest(what["kind"]):
                self.assert_denied(self.apply(what, check=False))
        with self.subTest("CronJob"):
            old = int(self.cluster.version["minor"].rstrip("+")) < 21
            job = workload("Job", "c", DEAD)["spec"]
            self.assert_denied(self.apply({
                "apiVersion": "batch/v1beta1" if old else "batch/v1", "kind": "CronJob", "metadata": {"name": "c"},
                "spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": job}}}, check=False))

    def test_a_dry_run_on_the_server_and_server_side_apply_are_judged(self):
        self.arm()
        self.assert_denied(self.apply(pod("p", DEAD), False, "--dry-run=server"))
        self.assert_denied(self.apply(pod("p", DEAD), False, "--server-side"))

    def test_kubectl_prints_a_warning_and_the_object_is_there(self):
        self.arm(at="2026-01-01")
        done = self.apply(pod("p", DATED))
        self.assertIn(f'Warning: shelflife: container "main": {DATED}: TensorFlow 2.17 (Google Deep Learning '
                      "Containers) is past end of patch since 2025-07-11", done.stderr)
        self.assertIn("pod/p created", done.stdout)

    def test_an_unlisted_image_passes_in_silence(self):
        self.arm()
        done = self.apply(pod("p", FINE))
        self.assertEqual(done.stderr, "")

    def test_an_update_is_judged_on_what_it_introduces(self):
        self.apply(pod("p", DEAD))
        self.apply(workload("Deployment", "d", DEAD, replicas=0))
        self.arm()
        self.run_in("label", "pod", "p", "team=ml")
        self.run_in("annotate", "deployment", "d", "note=x")
        self.run_in("scale", "deployment", "d", "--replicas=0")
        self.run_in("patch", "pod", "p", "-p", '{"metadata":{"finalizers":["example.com/wait"]}}')
        self.assert_denied(self.run_in("set", "image", "deployment/d", f"main={DEAD_TOO}", check=False),
                           text=f'container "main": {DEAD_TOO}')
        self.run_in("set", "image", "deployment/d", f"main={FINE}")
        self.run_in("delete", "pod", "p", "--wait=false")
        self.run_in("patch", "pod", "p", "-p", '{"metadata":{"finalizers":null}}')
        self.run_in("delete", "deployment", "d")

    def wait_for_pods(self, count, selector):
        for _ in range(150):
            pods = json.loads(self.run_in("get", "pods", "-l", selector, "-o", "json").stdout)["items"]
            alive = [p["metadata"]["name"] for p in pods if "deletionTimestamp" not in p["metadata"]]
            if len(alive) == count:
                return alive
            time.sleep(0.1)
        self.fail(f"{len(alive)} pods of {selector}, not {count}: " + self.run_in("get", "events").stdout)

    def replace_the_pod_of_a_workload_that_aged(self, policy):
        """A Deployment admitted while its image was available; then the day passes, and its pod goes."""
        self.arm(at="2026-07-11")
        self.apply(workload("Deployment", "d", DATED, replicas=1))
        before = self.wait_for_pods(1, "app=d")
        self.arm(at="2026-07-12", policy=policy)
        self.run_in("delete", "pod", "--now", *before)
        return before

    def test_with_keep_a_controller_replaces_the_pod_of_an_aged_deployment(self):
        before = self.replace_the_pod_of_a_workload_that_aged("existingWorkloads: keep\n")
        self.assertNotEqual(self.wait_for_pods(1, "app=d"), before)
        self.run_in("rollout", "restart", "deployment/d")
        self.assert_denied(self.apply(workload("Deployment", "new", DATED), check=False), text='container "main": ')

    def test_with_enforce_a_controller_cannot_replace_the_pod_of_an_aged_deployment(self):
        self.replace_the_pod_of_a_workload_that_aged("existingWorkloads: enforce\n")
        for _ in range(100):
            if "enforce.shelflife.dev" in self.run_in("get", "events").stdout:
                break
            time.sleep(0.1)
        else:
            self.fail("no event tells of the denial")
        self.wait_for_pods(0, "app=d")
        self.assert_denied(self.apply(workload("Deployment", "new", DATED), check=False), text='container "main": ')

    def test_owner_references_that_a_user_wrote_soften_nothing(self):
        self.arm(policy="existingWorkloads: keep\n")
        forged = pod("p", DEAD, ownerReferences=[{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "d",
                                                  "uid": "1", "controller": True}])
        self.assert_denied(self.apply(forged, check=False, token=DEVELOPER_TOKEN))

    def test_an_ephemeral_container_is_judged(self):
        if int(self.cluster.version["minor"].rstrip("+")) < 23:
            self.skipTest("ephemeral containers are on from Kubernetes 1.23")
        self.apply(pod("p", FINE))
        self.arm()
        self.assert_denied(self.run_in("debug", "p", f"--image={DEAD}", "-c", "main", check=False), text='container "')

    def test_a_policy_floor_holds_in_the_cluster(self):
        self.arm(policy=f"mode: warn\nnamespaces:\n  - names: [{self.name}]\n    floor: enforce\n")
        self.assert_denied(self.apply(pod("p", DEAD), check=False))
        self.assertIn("Warning: shelflife: ", self.kubectl("-n", "default", "create", "--dry-run=server", "-f", "-",
                                                           input=pod("p", DEAD)).stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
