"""Clients that take all connections or all memory of the webhook do not keep a real API server from it."""
import base64
import concurrent.futures
import contextlib
import pathlib
import sys
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration"), str(HERE.parent / "hostile")]

from cluster import ControlPlane  # noqa: E402
from attackers import Reviewer  # noqa: E402
from test_memory import HELD, KIB, RELEASE, stall, update  # noqa: E402
from webhook import DEAD, FINE, PATIENCE, TestCase, allow_descriptors, eventually, request_bytes  # noqa: E402

PODS = 40
CONTAINERS = 250  # of a Deployment: with long names, a review of an update needs more memory than it has for itself
LONG = 50 * "x"  # with many more containers, an API server is busy for a minute
HOLDERS = 4
JUDGED = "past end of availability"


def pod(name):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {
        "containers": [{"name": "main", "image": DEAD}]}}


def deployment(image):
    containers = [{"name": f"c{i}-{LONG}", "image": image.replace("%", str(i))} for i in range(CONTAINERS)]
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "large"}, "spec": {
        "replicas": 0, "selector": {"matchLabels": {"app": "large"}}, "template": {
            "metadata": {"labels": {"app": "large"}}, "spec": {"containers": containers}}}}


class Holder(threading.Thread):
    """Sends large reviews without their last byte, and closes each before it gives way to another one."""

    IMAGES = 7_000
    REQUEST = request_bytes(update(IMAGES), "/validate?timeout=10m")[:-1]

    def __init__(self, server, ended):
        super().__init__()
        self.server, self.ended = server, ended

    def run(self):
        while not self.ended.wait(0.05):
            with contextlib.suppress(OSError), contextlib.closing(self.server.tls()) as connection:
                connection.sendall(self.REQUEST)
                self.ended.wait(0.8)


class Overload(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        allow_descriptors(4096)
        cls.cluster = cls.enterClassContext(ControlPlane())

    def configuration(self, server, failure_policy, operation, group, resource):
        return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
                "metadata": {"name": "shelflife"}, "webhooks": [{
                    "name": "enforce.shelflife.dev", "failurePolicy": failure_policy, "sideEffects": "None",
                    "admissionReviewVersions": ["v1"], "timeoutSeconds": 10,
                    "clientConfig": {"url": f"https://127.0.0.1:{server.port}/validate",
                                     "caBundle": base64.b64encode(self.certificates.ca.read_bytes()).decode()},
                    "rules": [{"apiGroups": [group], "apiVersions": ["v1"], "operations": [operation],
                               "resources": [resource]}]}]}

    def register(self, server, *rule):
        self.cluster.kubectl("create", "-f", "-", input=self.configuration(server, *rule))
        self.addCleanup(self.cluster.kubectl, "delete", "validatingwebhookconfiguration", "shelflife")

    def create(self, name):
        return self.cluster.kubectl("create", "-f", "-", input=pod(name), check=False)

    def test_every_dead_pod_is_denied_while_a_hoarder_has_all_places(self):
        server = self.serve("--max-connections", "64")
        self.register(server, "Ignore", "CREATE", "", "pods")
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

    def test_a_large_update_that_finds_no_memory_is_sent_again_and_judged(self):
        self.cluster.kubectl("create", "-f", "-", input=deployment(FINE))
        with contextlib.ExitStack() as stack:
            held = stall(self.serve("--body-timeout", "10m"), stack, Holder.IMAGES)[1]
        server, ended = self.serve("--review-memory", held + 16 * KIB, "--body-timeout", "10m"), threading.Event()
        self.register(server, "Fail", "UPDATE", "apps", "deployments")

        def replace():
            return self.cluster.kubectl("replace", "-f", "-", input=deployment(f"{RELEASE}:m%-{LONG}{LONG}"), check=False).stderr

        eventually(lambda: JUDGED in replace(), "the webhook is called")
        holders = [Holder(server, ended) for _ in range(HOLDERS)]
        with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(1) as pool:
            for holder in holders:
                holder.start()
                stack.callback(holder.join)
            stack.callback(ended.set)

            eventually(lambda: server.metrics()[HELD] >= held, "a holder has what there is")
            # Only the API server sends reviews to their end, so only its reviews are answered with 429.
            replies, until = [], time.monotonic() + PATIENCE
            while not server.errors("review_memory"):
                self.assertLess(time.monotonic(), until, "no review was answered with 429")
                replies.append(pool.submit(replace))
                eventually(lambda: replies[-1].done() or server.errors("review_memory"), "it is answered or sent again")
            ended.set()
            # While a review waited, the controller may have written the object's status.
            for reply in replies:
                self.assertRegex(reply.result(), JUDGED + r"|\(Conflict\)")
            eventually(lambda: JUDGED in replace(), "the update is judged")
