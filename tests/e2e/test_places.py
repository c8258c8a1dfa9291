"""A client that takes all connections of the webhook does not keep a real API server from it: with failurePolicy Ignore,
each dead Pod is denied all the same."""
import base64
import contextlib
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(HERE.parent / "hostile")]

from cluster import ControlPlane  # noqa: E402
from attackers import Reviewer  # noqa: E402
from webhook import DEAD, PATIENCE, TestCase, allow_descriptors, eventually  # noqa: E402

PODS = 40


def pod(name):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
        "containers": [{"name": "main", "image": DEAD}]}}


class FullHouse(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        allow_descriptors(4096)
        cls.cluster = cls.enterClassContext(ControlPlane())

    def configuration(self, server):
        return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
                "metadata": {"name": "shelflife"}, "webhooks": [{
                    "name": "enforce.shelflife.dev", "failurePolicy": "Ignore", "sideEffects": "None",
                    "admissionReviewVersions": ["v1"], "timeoutSeconds": 10,
                    "clientConfig": {"url": f"https://127.0.0.1:{server.port}/validate",
                                     "caBundle": base64.b64encode(self.certificates.ca.read_bytes()).decode()},
                    "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]}]}

    def create(self, name):
        return self.cluster.kubectl("create", "-f", "-", input=pod(name), check=False)

    def test_every_dead_pod_is_denied_while_a_hoarder_has_all_places(self):
        server = self.serve("--max-connections", "64")
        self.cluster.kubectl("create", "-f", "-", input=self.configuration(server))
        eventually(lambda: self.cluster.kubectl("create", "--dry-run=server", "-f", "-", input=pod("probe"),
                                                check=False).returncode, "the webhook is called")
        with contextlib.ExitStack() as stack:
            hoarder = Reviewer(server, "127.0.0.2", 70)
            hoarder.start()
            stack.callback(hoarder.join)
            stack.callback(hoarder.ended.set)
            self.assertTrue(hoarder.full.wait(PATIENCE))
            eventually(lambda: server.metrics()["shelflife_connections_shed_total"] > 0, "the server is full")
            for i in range(PODS):
                self.assertIn("denied the request", self.create(f"dead-{i}").stderr)
            self.assertGreater(hoarder.lost, 0)
