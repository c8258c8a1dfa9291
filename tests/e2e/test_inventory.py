"""The inventory of a real API server: what its Pods and workloads say, with no more rights than are printed; ConfigMaps of
which one set is complete at any time, wherever a writer is stopped; and a watch."""
import base64
import contextlib
import gzip
import http.client
import http.server
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

import images  # noqa: E402
import registry_rig  # noqa: E402
from cluster import ADMIN_TOKEN, ControlPlane  # noqa: E402
from webhook import eventually  # noqa: E402

BINARY = pathlib.Path(os.environ.get("SHELFLIFE", HERE.parents[1] / "build/dev/shelflife")).resolve()
PLACE = "shelflife/inventory"
WRITES = ("POST", "PUT", "DELETE")


class Relay(http.server.ThreadingHTTPServer):
    """Passes requests on to an API server. After `writes` writes, it passes nothing on any more, as if the writer had been
    stopped. `before` is called before each write."""
    daemon_threads = True

    def __init__(self, cluster, writes=None, before=None):
        super().__init__(("127.0.0.1", 0), RelayHandler)
        self.cluster, self.left, self.before = cluster, writes, before
        self.lock = threading.Lock()
        self.open = set()  # connections
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        pass

    def may_pass(self, method):
        with self.lock:
            if method in WRITES and self.before:
                self.before()
            if self.left is not None and (self.left < 0 or method in WRITES):
                self.left -= 1
            return self.left is None or self.left >= 0

    def cut(self):
        """Ends all connections, and passes nothing on."""
        with self.lock:
            self.left = -1
            for connection in self.open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self.open.clear()

    def kubeconfig(self, folder):
        path = pathlib.Path(folder) / "relay.json"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "relay",
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{self.server_address[1]}"}}],
            "users": [{"name": "u", "user": {"token": ADMIN_TOKEN}}],
            "contexts": [{"name": "relay", "context": {"cluster": "c", "user": "u"}}]}))
        return path


class RelayHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.server.may_pass(self.command):
            self.close_connection = True
            return
        connection = http.client.HTTPSConnection("127.0.0.1", self.server.cluster.port, context=self.server.cluster.context)
        headers = {key: value for key, value in self.headers.items() if key.lower() not in ("host", "accept-encoding")}
        connection.request(self.command, self.path, body or None, headers)
        reply = connection.getresponse()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.headers["Content-Type"])
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        with self.server.lock:
            self.server.open.add(self.connection)
        while data := reply.read1(65536):  # a watch comes in pieces
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")
        connection.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any


def large_inventory(count, seed):
    """An inventory that does not compress well. Its images were seen today."""
    numbers = random.Random(seed)
    day = subprocess.run(["date", "-u", "+%F"], capture_output=True, text=True, check=True).stdout.strip()
    return {"apiVersion": "shelflife.dev/v1", "kind": "Inventory", "asOf": day, "images": [
        {"digest": f"sha256:{numbers.randbytes(32).hex()}", "platform": "linux/amd64", "inspected": day, "rules": "0000000000000001",
         "references": [{"name": f"registry.corp.example/{seed}/{numbers.randbytes(12).hex()}:1", "lastSeen": day}],
         "evidence": {"env": {"PYTHON_VERSION": numbers.randbytes(200).hex()}}} for _ in range(count)]}


class Inventory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-inventory.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.registry = registry_rig.with_registry(cls)
        cls.cluster = ControlPlane(controllers=False).__enter__()
        cls.addClassCleanup(cls.cluster.__exit__)
        for namespace in ("team", "shelflife"):
            cls.cluster.kubectl("create", "namespace", namespace)

    def tearDown(self):
        self.cluster.kubectl("delete", "configmaps", "-n", "shelflife", "-l", "app.kubernetes.io/component=inventory")
        self.cluster.kubectl("delete", "pods,deployments", "-n", "team", "--all", "--grace-period=0", "--force")

    def push(self, name, version):
        image = images.Image([f"PYTHON_VERSION={version}"])
        images.push(self.registry, f"team/{name}", "1", image)
        return f"{self.registry.host}/team/{name}:1", image.digest

    def run_pod(self, name, image, running=None):
        path = "/api/v1/namespaces/team/pods"
        self.cluster.api("POST", path, {"metadata": {"name": name}, "spec": {"containers": [{"name": "main", "image": image}]}})
        if running:
            self.cluster.api("PATCH", f"{path}/{name}/status", {"status": {"phase": "Running", "containerStatuses": [{
                "name": "main", "image": image, "imageID": running, "ready": True, "restartCount": 0}]}},
                content_type="application/merge-patch+json")

    def deploy(self, name, image):
        self.cluster.api("POST", "/apis/apps/v1/namespaces/team/deployments", {"metadata": {"name": name}, "spec": {
            "selector": {"matchLabels": {"app": name}}, "template": {
                "metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "main", "image": image}]}}}})

    def command(self, *arguments, kubeconfig=None):
        return [BINARY, "inventory", "update", "--kubeconfig", kubeconfig or self.cluster.kubeconfig, *map(str, arguments)]

    def update(self, *arguments, code=0, **options):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DOCKER_", "REGISTRY_", "XDG_"))}
        done = subprocess.run(self.command(*arguments, **options), capture_output=True, text=True, timeout=300, check=False,
                              env={**kept, "HOME": str(self.folder)})
        self.assertEqual(done.returncode, code, f"{arguments}\n{done.stdout}\n{done.stderr}")
        return done

    def maps(self):
        """{name: ConfigMap} of the inventory."""
        found = self.cluster.api("GET", "/api/v1/namespaces/shelflife/configmaps?labelSelector=app.kubernetes.io/component=inventory")
        return {item["metadata"]["name"]: item for item in found["items"]}

    def versions(self):
        return {name: item["metadata"]["resourceVersion"] for name, item in self.maps().items()}

    def mounted(self):
        """The ConfigMaps as a kubelet mounts them."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        for item in self.maps().values():
            for key, content in item["binaryData"].items():
                (folder / key).write_bytes(base64.b64decode(content))
        return folder

    def known(self):
        """The digests that a reader of the ConfigMaps finds."""
        done = subprocess.run([BINARY, "inventory", "merge", "--output", self.folder / "merged.json", self.mounted()], capture_output=True,
                              text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {image["digest"] for image in json.loads((self.folder / "merged.json").read_text())["images"]}

    # ---- Rights ----

    def account_kubeconfig(self, roles):
        """A kubeconfig of a service account that has these roles and no others."""
        self.cluster.api("POST", "/api/v1/namespaces/shelflife/serviceaccounts", {"metadata": {"name": "inventory"}})
        self.addCleanup(self.cluster.kubectl, "delete", "serviceaccount", "-n", "shelflife", "inventory")
        self.cluster.kubectl("apply", "-f", "-", input=roles)
        self.addCleanup(self.cluster.kubectl, "delete", "-f", "-", input=roles)
        subject = "--serviceaccount=shelflife:inventory"
        self.cluster.kubectl("create", "clusterrolebinding", "inventory", "--clusterrole=shelflife-inventory", subject)
        self.addCleanup(self.cluster.kubectl, "delete", "clusterrolebinding", "inventory")
        if "kind: Role\n" in roles:
            self.cluster.kubectl("create", "rolebinding", "-n", "shelflife", "inventory", "--role=shelflife-inventory", subject)
            self.addCleanup(self.cluster.kubectl, "delete", "rolebinding", "-n", "shelflife", "inventory")
        config = json.loads(self.cluster.kubeconfig.read_text())
        config["users"][0]["user"] = {"token": self.cluster.account_token("shelflife", "inventory")}
        path = self.folder / "account.json"
        path.write_text(json.dumps(config))
        return path

    def test_the_printed_roles_are_enough_and_no_more(self):
        first, digest = self.push("first", "3.8.20")
        second, _ = self.push("second", "3.7.17")
        self.run_pod("first", first, f"{self.registry.host}/team/first@{digest}")
        self.deploy("second", second)
        account = self.account_kubeconfig(self.update("--configmap", PLACE, "--print-rbac").stdout)
        for i in range(3):  # the second and third write over and delete
            done = self.update("--configmap", PLACE, kubeconfig=account)
            self.assertNotIn("forbidden", done.stderr)
            self.deploy(f"more-{i}", self.push(f"more-{i}", "3.9.1")[0])
        self.assertIn(digest, self.known())
        may = [line.split() for line in self.cluster.kubectl(
            "auth", "can-i", "--list", "-n", "shelflife", token=json.loads(account.read_text())["users"][0]["user"]["token"]).stdout.splitlines()]
        self.assertFalse([line for line in may if line and line[0] == "secrets"], may)
        done = self.update("--configmap", "team/inventory", kubeconfig=account, code=3)
        self.assertIn("forbidden", done.stderr)
        self.assertIn("team", done.stderr)

    def test_missing_rights_are_named(self):
        image, digest = self.push("first", "3.8.20")
        self.run_pod("first", image)
        roles = self.update("--print-rbac", "-o", self.folder / "x").stdout.replace("  - deployments\n", "")
        account = self.account_kubeconfig(roles)
        inventory = self.folder / "partial.json"
        done = self.update("-o", inventory, kubeconfig=account, code=4)
        self.assertIn("deployments.apps: ", done.stderr)
        self.assertIn("forbidden", done.stderr)
        self.assertIn(digest, inventory.read_text())

    # ---- ConfigMaps ----

    def test_two_sets_by_turns(self):
        self.run_pod("first", self.push("first", "3.8.20")[0])
        self.update("--configmap", PLACE)
        first = self.versions()
        self.assertEqual(set(first), {"inventory-a-0"})
        self.update("--configmap", PLACE)
        self.assertEqual(self.versions(), first, "nothing has changed")
        self.run_pod("second", self.push("second", "3.7.17")[0])
        self.update("--configmap", PLACE)
        second = self.versions()
        self.assertEqual(set(second), {"inventory-a-0", "inventory-b-0"})
        self.assertEqual(second["inventory-a-0"], first["inventory-a-0"])
        self.assertEqual(len(self.known()), 2)
        labels = self.maps()["inventory-b-0"]["metadata"]["labels"]
        self.assertEqual((labels["app.kubernetes.io/name"], labels["app.kubernetes.io/managed-by"]), ("shelflife", "shelflife"))

    def test_a_writer_that_is_stopped(self):
        """Between any two writes, a reader finds the edition of before or the new one, and the next run repairs it."""
        large, larger = self.folder / "large.json", self.folder / "larger.json.gz"
        large.write_text(json.dumps(large_inventory(3000, 1)))
        larger.write_bytes(gzip.compress(json.dumps(large_inventory(8000, 2)).encode(), 1))
        image, digest = self.push("first", "3.8.20")
        self.run_pod("first", image)
        self.update("--configmap", PLACE, "--inventory", larger)  # a: several parts
        self.update("--configmap", PLACE, "--inventory", large)   # b: more than those
        before = self.known()
        self.assertEqual(len(before), 11001)
        parts = len([name for name in self.maps() if "-b-" in name])
        self.assertGreater(parts, 2)
        # Only the one image is left of it: --keep 0d drops what is not in the cluster.
        with Relay(self.cluster, writes=0) as relay:
            self.update("--configmap", PLACE, "--keep", "0d", "--inventory", large, "--at", "2099-01-01",
                        kubeconfig=relay.kubeconfig(self.folder), code=3)
        self.assertEqual(self.known(), before)
        for writes in range(1, 30):
            with Relay(self.cluster, writes=writes) as relay:
                done = subprocess.run(self.command("--configmap", PLACE, "--keep", "0d", "--at", "2099-01-01",
                                                   kubeconfig=relay.kubeconfig(self.folder)),
                                      capture_output=True, text=True, timeout=300, check=False)
            self.assertIn(done.returncode, (0, 3), done.stderr)
            self.assertIn(self.known(), (before, {digest}), f"stopped after {writes} writes")
            if done.returncode == 0:
                break
        self.assertEqual(done.returncode, 0, "it is repaired in the end")
        self.update("--configmap", PLACE, "--keep", "0d", "--at", "2099-01-01")
        self.assertEqual(self.known(), {digest})
        self.assertIn(1, [len([name for name in self.maps() if f"-{letter}-" in name]) for letter in "ab"], "extra parts are deleted")

    def test_two_writers(self):
        """Neither loses what the other has found."""
        first, _ = self.push("first", "3.8.20")
        second, _ = self.push("second", "3.7.17")
        self.run_pod("first", first)
        self.update("--configmap", PLACE)
        other = threading.Event()

        def write_meanwhile():
            if not other.is_set():
                other.set()
                self.run_pod("second", second)
                self.update("--configmap", PLACE, "-n", "team")

        third, _ = self.push("third", "3.6.15")
        self.run_pod("third", third)
        with Relay(self.cluster, before=write_meanwhile) as relay:
            self.update("--configmap", PLACE, kubeconfig=relay.kubeconfig(self.folder))
        self.assertTrue(other.is_set())
        self.assertEqual(len(self.known()), 3)

    def test_a_writer_that_never_stops(self):
        self.run_pod("first", self.push("first", "3.8.20")[0])
        numbers = iter(range(1000))

        def disturb():
            for name in ("inventory-a-0", "inventory-b-0"):
                self.cluster.kubectl("delete", "configmap", "-n", "shelflife", name, "--ignore-not-found")
                self.cluster.api("POST", "/api/v1/namespaces/shelflife/configmaps", {"metadata": {
                    "name": name, "labels": {"app.kubernetes.io/component": "inventory", "n": str(next(numbers))}}})

        with Relay(self.cluster, before=disturb) as relay:
            done = self.update("--configmap", PLACE, kubeconfig=relay.kubeconfig(self.folder), code=3)
        self.assertIn("another writer", done.stderr)

    # ---- A watch ----

    def watch(self, *arguments, **options):
        process = subprocess.Popen(self.command("--watch", "--write-interval", "1s", *arguments, **options), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True, env={**os.environ, "HOME": str(self.folder)})
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_a_watch(self):
        """New Pods and workloads are found at once; SIGTERM ends it, and nothing is lost."""
        first, digest = self.push("first", "3.8.20")
        self.run_pod("first", first)
        process = self.watch("--configmap", PLACE)
        eventually(lambda: self.maps() and digest in self.known(), "the first edition is there")
        second, digest = self.push("second", "3.7.17")
        self.run_pod("second", second)
        eventually(lambda: digest in self.known(), "an image of a new Pod is in the inventory")
        third, digest = self.push("third", "3.6.15")
        self.deploy("third", third)
        eventually(lambda: digest in self.known(), "an image of a new Deployment is in the inventory")
        self.run_pod("missing", f"{self.registry.host}/team/missing:1")
        eventually(lambda: "team/missing:1" in process.stderr.readline(), "an image that fails is in the log")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(len(self.known()), 3)

    def test_a_watch_of_a_cluster_that_goes_away(self):
        """It waits, and goes on."""
        inventory = self.folder / "away.json"
        first, digest = self.push("first", "3.8.20")
        self.run_pod("first", first)
        relay = Relay(self.cluster)
        with relay:
            process = self.watch("--output", inventory, kubeconfig=relay.kubeconfig(self.folder))
            eventually(lambda: inventory.exists() and digest in inventory.read_text(), "the first inventory is written")
            relay.cut()
            second, digest = self.push("second", "3.7.17")
            self.run_pod("second", second)
            relay.left = None
            eventually(lambda: digest in inventory.read_text(), "it goes on")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 0)


if __name__ == "__main__":
    unittest.main()
