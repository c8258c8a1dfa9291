"""Renewal of certificates: three replicas behind HAProxy, under a steady stream of reviews, on a real API server,
with the roles and the webhook configuration of the chart."""
import base64
import collections
import hashlib
import http.client
import json
import os
import pathlib
import random
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from cluster import ADMIN_TOKEN, ControlPlane, free_port  # noqa: E402

ROOT = HERE.parents[1]
BINARY = pathlib.Path(os.environ.get("SHELFLIFE", ROOT / "build/dev/shelflife")).resolve()
NAME = "shelflife.shelflife.svc"
LIFE = 60
SETTLE = 1.0  # seconds, in proportion to that life: see src/renewal/decide.c
STREAM_THREADS = 4
NOTE = "replica.shelflife.dev/"

HAPROXY = """
global
    maxconn 1000
defaults
    mode tcp
    timeout connect 1s
    timeout client 300s
    timeout server 300s
    retries 3
    option redispatch 1
frontend webhook
    bind 127.0.0.1:{port}
    default_backend replicas
backend replicas
    balance roundrobin
    option httpchk GET /readyz
    default-server check inter 200ms fall 2 rise 1
{servers}
"""


class Replica:
    """A backend of the proxy. One process at a time serves there."""

    def __init__(self, suite, number):
        self.suite, self.number = suite, number
        self.port, self.probe_port = free_port(), free_port()
        self.starts, self.process = 0, None

    def start(self, new_name=False):
        if new_name or not self.starts:
            self.starts += 1
        self.name = f"shelflife-{self.number}-{self.starts}"
        command = [BINARY, "serve", "--listen", f"127.0.0.1:{self.port}", "--probe-listen",
                   f"127.0.0.1:{self.probe_port}", "--kubeconfig", self.suite.kubeconfig,
                   "--self-managed-tls", "shelflife/shelflife-tls", "--self-managed-tls-webhook", "shelflife",
                   "--self-managed-tls-name", NAME, "--self-managed-tls-lifetime", f"{LIFE}s", "--grace-period", "8s"]
        with open(self.suite.folder / f"replica-{self.number}.log", "ab") as log:
            self.process = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL,
                                            env={**os.environ, "POD_NAME": self.name})

    def probe(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.probe_port}{path}", timeout=2) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def wait_ready(self):
        for _ in range(300):
            if self.probe("/readyz")[0] == 200:
                return
            time.sleep(0.05)
        raise AssertionError(f"{self.name} is not ready: {self.probe('/readyz?verbose')} {self.log()}")

    def kill(self, how=signal.SIGKILL):
        if self.process:
            self.process.send_signal(how)
            self.process.wait(30)

    def log(self):
        return (self.suite.folder / f"replica-{self.number}.log").read_text(errors="replace")


class Background(threading.Thread):
    """Repeats an action until it is stopped."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.is_set():
            self.once()

    def stop(self):
        self.stopped.set()
        self.join(30)


class Stream(Background):
    """Creates pods, as a dry run, over one connection, and records the failures."""

    def __init__(self, cluster):
        super().__init__()
        self.cluster, self.connection = cluster, None
        self.done, self.failures = 0, []
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
        self.body = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "stream-"},
                                "spec": {"containers": [{"name": "main", "image": "ghcr.io/acme/app:1.2.3"}]}})

    def once(self):
        began = time.monotonic()
        if not self.connection:
            self.connection = http.client.HTTPSConnection("127.0.0.1", self.cluster.port, timeout=20,
                                                          context=self.context)
        self.connection.request("POST", "/api/v1/namespaces/stream/pods?dryRun=All", self.body,
                                {"Authorization": f"Bearer {ADMIN_TOKEN}", "Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status == 201:
            self.done += 1
        else:
            self.failures.append((began, time.monotonic(), f"{answer.status} {text}"))
        self.stopped.wait(0.05)


class Handshakes(Background):
    """Opens connections to the proxy, and trusts the CAs that an API server trusts that notices changes late."""

    def __init__(self, suite):
        super().__init__()
        self.suite, self.bundles = suite, collections.deque()
        self.done, self.failures, self.certificates = 0, [], set()

    def once(self):
        now = time.monotonic()
        bundles = self.suite.bundles()
        self.bundles.append((now, bundles))
        while len(self.bundles) > 1 and self.bundles[1][0] < now - 0.8 * SETTLE:
            self.bundles.popleft()
        if len(bundles) != 1:
            self.failures.append((now, now, "the webhooks' caBundles differ"))
        for bundle in {self.bundles[0][1], bundles}:
            self.shake_hands(now, next(iter(bundle)))
        self.stopped.wait(0.1)

    def shake_hands(self, began, bundle):
        try:
            context = ssl.create_default_context(cadata=bundle)
            with socket.create_connection(("127.0.0.1", self.suite.port), timeout=5) as plain:
                with context.wrap_socket(plain, server_hostname=NAME) as secure:
                    self.certificates.add(hashlib.sha256(secure.getpeercert(True)).hexdigest())
                    self.done += 1
        except (OSError, ssl.SSLError) as error:
            self.failures.append((began, time.monotonic(), f"handshake: {error}"))


class Renewal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = ControlPlane().__enter__()
        cls.addClassCleanup(cls.cluster.__exit__)
        folder = tempfile.TemporaryDirectory(prefix="shelflife-renewal.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.kubectl = cls.cluster.kubectl
        cls.port = free_port()
        cls.kubectl("create", "namespace", "shelflife")
        cls.kubectl("create", "namespace", "stream")
        cls.install()
        cls.kubeconfig = cls.folder / "kubeconfig"
        token = cls.cluster.account_token("shelflife", "shelflife")
        cls.kubeconfig.write_text(json.dumps({**cls.cluster._kubeconfig(),
                                              "users": [{"name": "admin", "user": {"token": token}}]}))
        cls.replicas = [Replica(cls, number) for number in range(3)]
        cls.start_proxy()

    @classmethod
    def install(cls):
        """Installs the parts of the chart that concern certificates: the Secret, roles, the Service and the webhooks."""
        parts = ["serviceaccount", "tls", "service", "webhook", *(["rights"] if cls.cluster.minor >= 30 else [])]
        rendered = subprocess.run(
            [cls.cluster.bin / "helm", "template", "shelflife", ROOT / "charts/shelflife", "--namespace=shelflife",
             f"--kube-version=1.{cls.cluster.minor}", "--set=webhook.failurePolicy=Fail", "--set=webhook.defaultMode=enforce",
             "--set=service.type=ExternalName", "--set=service.externalName=localhost", f"--set=service.port={cls.port}",
             *[f"--show-only=templates/{part}.yaml" for part in parts]],
            check=True, capture_output=True, text=True, env={**os.environ, "HOME": str(cls.folder)}).stdout
        cls.kubectl("apply", "-f", "-", input=rendered)

    @classmethod
    def start_proxy(cls):
        servers = "".join(f"    server replica-{r.number} 127.0.0.1:{r.port} check port {r.probe_port}\n"
                          for r in cls.replicas)
        (cls.folder / "haproxy.cfg").write_text(HAPROXY.format(port=cls.port, servers=servers))
        program = next(p for p in ("/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "haproxy")
                       if p == "haproxy" or os.path.exists(p))
        with open(cls.folder / "haproxy.log", "wb") as log:
            cls.proxy = subprocess.Popen([program, "-db", "-f", cls.folder / "haproxy.cfg"], stdout=log, stderr=log)
        cls.addClassCleanup(cls.proxy.wait)
        cls.addClassCleanup(cls.proxy.kill)

    def setUp(self):
        self.background = []
        self.addCleanup(lambda: [r.kill() for r in self.replicas])
        self.addCleanup(lambda: [b.stop() for b in self.background])
        for replica in self.replicas:
            replica.start()
        for replica in self.replicas:
            replica.wait_ready()
        self.wait_settled(30)

    def begin(self, thread):
        self.background.append(thread)
        thread.start()
        return thread

    # Observing the cluster

    @classmethod
    def get(cls, path):
        connection = http.client.HTTPSConnection("127.0.0.1", cls.cluster.port, timeout=20,
                                                 context=ssl._create_unverified_context())
        connection.request("GET", path, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return json.loads(text) if answer.status == 200 else None

    @classmethod
    def bundles(cls):
        """The different caBundles of the webhooks: one, unless a renewal is in progress."""
        configuration = cls.get("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/shelflife")
        return frozenset(base64.b64decode(w["clientConfig"].get("caBundle", "")).decode()
                         for w in configuration["webhooks"])

    @classmethod
    def secret(cls):
        return cls.get("/api/v1/namespaces/shelflife/secrets/shelflife-tls")

    def notes(self):
        annotations = (self.secret() or {"metadata": {}})["metadata"].get("annotations", {})
        return {name.removeprefix(NOTE): text for name, text in annotations.items() if name.startswith(NOTE)}

    def what_is_not_settled(self):
        secret = self.secret() or {}
        data = secret.get("data", {})
        if set(data) != {"tls.crt", "tls.key", "ca.crt"}:
            return f"the Secret has {sorted(data)}"
        ca = base64.b64decode(data["ca.crt"]).decode()
        bundles = self.bundles()
        if bundles != {ca}:
            return f"{len(bundles)} caBundles of {[b.count('BEGIN') for b in bundles]} CAs"
        alive = {r.name for r in self.replicas}
        notes = self.notes()
        if not set(notes) >= alive or len({notes[name] for name in alive}) != 1:
            return f"the notes are {notes}"
        fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(ca)).hexdigest()[:32]
        if f"ca:{fingerprint} " not in notes[next(iter(alive))]:
            return f"the notes are {notes}, the CA is {fingerprint}"
        return next((f"{r.name}: {r.probe('/readyz?verbose')[1]}" for r in self.replicas
                     if r.probe("/readyz")[0] != 200), None)

    def wait_settled(self, seconds):
        end = time.monotonic() + seconds
        while (what := self.what_is_not_settled()) and time.monotonic() < end:
            time.sleep(0.2)
        if what:
            self.fail(f"not settled after {seconds} s: {what}\n" + "\n".join(r.log()[-3000:] for r in self.replicas))

    def wait_for(self, condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), end, "it did not happen")
            time.sleep(0.1)

    def serial(self):
        return hashlib.sha256((self.secret() or {}).get("data", {}).get("tls.crt", "").encode()).hexdigest()

    # Events

    def failures(self, streams, since, until=float("inf")):
        return [f for s in streams for f in s.failures if since <= f[1] <= until]

    def renew(self, times):
        """Waits for this number of renewals, while nothing else happens."""
        for _ in range(times):
            before = self.serial()
            for _ in range(2 * LIFE * 10):
                if self.serial() != before and not self.what_is_not_settled():
                    break
                time.sleep(0.1)
            else:
                self.fail("no renewal: " + str(self.what_is_not_settled()))

    def roll(self):
        """Ends each replica in turn by SIGTERM, and starts another in its place."""
        for replica in self.replicas:
            replica.kill(signal.SIGTERM)
            self.assertEqual(replica.process.returncode, 0)
            self.assertNotIn(replica.name, self.notes(), "a replica that ends takes its note away")
            replica.start(new_name=True)
            replica.wait_ready()
            time.sleep(0.5)  # the proxy's checks

    def kill_through_a_renewal(self):
        """Kills replicas at random moments until a renewal is complete. Returns the times of the kills."""
        before, kills = self.serial(), []
        while not (self.secret() or {"data": {}})["data"].get("next.crt"):
            time.sleep(0.05)
        end = time.monotonic() + 15
        while time.monotonic() < end and len(kills) < 12:
            replica = random.choice(self.replicas)
            kills.append(time.monotonic())
            replica.kill()
            replica.start(new_name=len(kills) % 4 == 0)
            time.sleep(random.uniform(0.05, 1.2))
            if self.serial() != before and len(kills) >= 6:
                break
        for replica in self.replicas:
            replica.wait_ready()
        return kills

    def test_renewals_restarts_and_kills_under_a_steady_stream(self):
        random.seed(5)
        streams = [self.begin(Stream(self.cluster)) for _ in range(STREAM_THREADS)]
        hands = self.begin(Handshakes(self))
        began = time.monotonic()
        with self.subTest("three renewals"):
            self.renew(3)
            self.assertEqual(self.failures([*streams, hands], began)[:3], [])
            self.assertGreaterEqual(len(hands.certificates), 4)
        with self.subTest("a rolling restart"):
            began = time.monotonic()
            self.roll()
            self.assertEqual(self.failures([*streams, hands], began)[:3], [])
        with self.subTest("replicas killed at any step"):
            began = time.monotonic()
            kills = self.kill_through_a_renewal()
            lost = self.failures(streams, began)
            print(f"\nrenewal: {sum(s.done for s in streams)} pods admitted, {hands.done} handshakes, "
                  f"{len(hands.certificates)} certificates; {len(kills)} kills lost {len(lost)} requests", file=sys.stderr)
            # Only requests that a killed replica was processing.
            self.assertLessEqual(len(lost), len(kills) * STREAM_THREADS)
            for since, until, what in lost:
                self.assertTrue(any(since - 0.1 <= kill + 1 and kill <= until for kill in kills), what)
        with self.subTest("and it repairs itself"):
            began = time.monotonic() + 1
            self.wait_settled(LIFE)
            self.assertEqual(self.failures([*streams, hands], began)[:3], [])
        for stream in streams:
            self.assertGreater(stream.done, 500)
            self.assertTrue(stream.is_alive())

    def test_edits_by_hand_heal(self):
        def patch(kind, *args):
            self.kubectl("-n", "shelflife", "patch", kind, *args)

        junk = base64.b64encode(b"junk").decode()
        other_key = subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
                                   check=True, capture_output=True).stdout
        edits = {
            "the Secret is deleted, and the chart is applied again": lambda: (
                self.kubectl("-n", "shelflife", "delete", "secret", "shelflife-tls"), self.install()),
            "the Secret is replaced by an empty one, as by `helm upgrade --force`": lambda: self.kubectl(
                "replace", "-f", "-", input={"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": {
                    "name": "shelflife-tls", "namespace": "shelflife"}}),
            "the Secret is emptied": lambda: patch("secret", "shelflife-tls", "--type=json", "-p",
                                                   '[{"op":"remove","path":"/data"}]'),
            "the certificate is junk": lambda: patch("secret", "shelflife-tls", "-p",
                                                     json.dumps({"data": {"tls.crt": junk}})),
            "the key is another": lambda: patch("secret", "shelflife-tls", "-p", json.dumps(
                {"data": {"tls.key": base64.b64encode(other_key).decode()}})),
            "the next certificate is junk": lambda: patch("secret", "shelflife-tls", "-p",
                                                          json.dumps({"data": {"next.crt": junk, "next.key": junk}})),
            "the caBundle of one webhook is emptied": lambda: patch(
                "validatingwebhookconfiguration", "shelflife", "--type=json", "-p",
                '[{"op":"remove","path":"/webhooks/1/clientConfig/caBundle"}]'),
            "the registration is applied again": lambda: (
                self.kubectl("delete", "validatingwebhookconfiguration", "shelflife"), self.install()),
        }
        for what, edit in edits.items():
            with self.subTest(what):
                edit()
                self.wait_settled(30)
        with self.subTest("what other users wrote stays"):
            patch("secret", "shelflife-tls", "-p", json.dumps({"data": {"other": junk}, "metadata": {
                "labels": {"team": "a"}, "annotations": {"note": "x"}}}))
            self.kubectl("-n", "shelflife", "patch", "secret", "shelflife-tls", "-p",
                         json.dumps({"data": {"tls.crt": junk}}))
            time.sleep(3)
            secret = self.secret()
            self.assertEqual((secret["data"]["other"], secret["metadata"]["labels"]["team"],
                              secret["metadata"]["annotations"]["note"]), (junk, "a", "x"))
            patch("secret", "shelflife-tls", "--type=json", "-p", '[{"op":"remove","path":"/data/other"}]')
            self.wait_settled(30)
        with self.subTest("while the API server refuses, what is served is served"):
            binding = self.kubectl("-n", "shelflife", "get", "rolebinding", "shelflife", "-o", "json").stdout
            self.kubectl("-n", "shelflife", "delete", "rolebinding", "shelflife")
            time.sleep(4)
            for replica in self.replicas:
                status, text = replica.probe("/readyz?verbose")
                self.assertEqual(status, 200)
                self.assertRegex(text, r"\[!\] renewal failed, succeeded \d+ seconds ago: .*403 Forbidden")
            self.kubectl("apply", "-f", "-", input=binding)
            self.wait_settled(30)
        with self.subTest("without the Secret, what is served is served, and the cause is shown"):
            before = self.bundles()
            self.kubectl("-n", "shelflife", "delete", "secret", "shelflife-tls")
            for replica in self.replicas:
                self.wait_for(lambda r=replica: "the Secret does not exist (/api/v1/namespaces/shelflife/secrets/shelflife-tls)"
                              in r.probe("/readyz?verbose")[1])
                self.assertEqual(replica.probe("/readyz")[0], 200)
            self.assertEqual((self.secret(), self.bundles()), (None, before))
            self.install()
            self.wait_settled(30)
        with self.subTest("metrics tell"):
            time.sleep(1)  # until it polls again
            text = self.replicas[0].probe("/metrics")[1]
            for line in ("shelflife_certificate_covered 1", 'shelflife_certificate_renewal_phase{phase="settled"} 1'):
                self.assertIn(line, text.splitlines())
            self.assertRegex(text, r'\nshelflife_certificate_renewal_steps_total\{step="serve",outcome="success"\} [1-9]')


    def test_with_the_token_of_a_replica_nothing_else_can_be_read_or_written(self):
        """What RBAC refuses on every version. tests/lint/rights tests what the policy refuses on 1.30 or later."""
        self.kubectl("create", "namespace", "bystander")
        for namespace in ("shelflife", "bystander"):
            self.kubectl("-n", namespace, "create", "secret", "generic", "other", "--from-literal=a=b")
        token = self.cluster.account_token("shelflife", "shelflife")

        def secret(name, namespace, **more):
            return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace, **more.pop("metadata", {})}, **more}

        def as_replica(*args, **options):
            for _ in range(5):
                done = self.kubectl(*args, token=token, check=False, **options)
                if not re.search("Unable to connect|timeout|timed out|TooManyRequests", done.stderr):
                    break  # the API server answered
            return done

        stolen = {"type": "kubernetes.io/service-account-token",
                  "metadata": {"annotations": {"kubernetes.io/service-account.name": "default"}}}
        attempts = {
            "create a Secret": as_replica("create", "-f", "-", input=secret("new", "shelflife")),
            "create its own Secret": as_replica("create", "-f", "-", input=secret("shelflife-tls", "shelflife")),
            "create a token": as_replica("create", "-f", "-", input=secret("token", "shelflife", **stolen)),
            "create a token elsewhere": as_replica("create", "-f", "-", input=secret("token", "bystander", **stolen)),
            "apply a new Secret": as_replica("apply", "--server-side", "-f", "-", input=secret("new", "shelflife")),
            "delete its Secret": as_replica("-n", "shelflife", "delete", "secret", "shelflife-tls"),
            "delete all Secrets": as_replica("-n", "shelflife", "delete", "secret", "--all"),
            "replace its Secret": as_replica("replace", "-f", "-", input=secret("shelflife-tls", "shelflife")),
            "list Secrets": as_replica("-n", "shelflife", "get", "secrets"),
            "read another Secret": as_replica("-n", "shelflife", "get", "secret", "other"),
            "read a Secret elsewhere": as_replica("-n", "bystander", "get", "secret", "other"),
            "write another Secret": as_replica("-n", "shelflife", "patch", "secret", "other", "-p", '{"data":{"a":"QQ=="}}'),
            "write a Secret elsewhere": as_replica("-n", "bystander", "patch", "secret", "other", "-p", '{"data":{"a":"QQ=="}}'),
            "delete its webhooks": as_replica("delete", "validatingwebhookconfiguration", "shelflife"),
            "create webhooks": as_replica("create", "-f", "-", input={
                "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "new"}}),
            "request a token": as_replica("create", "--raw", "/api/v1/namespaces/shelflife/serviceaccounts/shelflife/token", "-f", "-",
                                          input={"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}),
            "run a pod": as_replica("-n", "shelflife", "run", "p", "--image=x", "--restart=Never"),
            "read pods": as_replica("get", "pods", "-A"),
            "change its role": as_replica("-n", "shelflife", "patch", "role", "shelflife", "--type=merge", "-p", '{"rules":[]}'),
            "change the Service": as_replica("-n", "shelflife", "patch", "service", "shelflife", "-p", '{"spec":{"externalName":"x"}}'),
        }
        for what, done in attempts.items():
            with self.subTest(what):
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertRegex(done.stderr, r"\(Forbidden\)|is forbidden")
        self.assertEqual(as_replica("-n", "shelflife", "get", "secret", "shelflife-tls").returncode, 0)
        self.wait_settled(30)

    def test_the_policy_allows_the_account_only_what_a_renewal_changes(self):
        if self.cluster.minor < 30:
            self.skipTest(f"ValidatingAdmissionPolicy is served from Kubernetes 1.30; this is 1.{self.cluster.minor}")
        token = self.cluster.account_token("shelflife", "shelflife")
        webhook, secret = "validatingwebhookconfiguration/shelflife", "secret/shelflife-tls"
        rule = {"operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"], "scope": "*"}
        owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "none", "uid": "0b2f"}

        def patch(what, kind, change):
            return self.kubectl("-n", "shelflife", "patch", what, f"--type={kind}", "-p", json.dumps(change), token=token, check=False)
        attacks = {
            "rules for Secrets": (webhook, "json", [{"op": "add", "path": "/webhooks/0/rules/0", "value": rule}]),
            "another URL": (webhook, "json", [
                {"op": "replace", "path": "/webhooks/0/clientConfig", "value": {"url": "https://203.0.113.1/"}}]),
            "no webhooks": (webhook, "merge", {"webhooks": []}),
            "an owner of the webhooks": (webhook, "merge", {"metadata": {"ownerReferences": [owner]}}),
            "an owner of the Secret": (secret, "merge", {"metadata": {"ownerReferences": [owner]}}),
            "other data": (secret, "merge", {"data": {"token": "QQ=="}}),
            "immutable": (secret, "merge", {"immutable": True})}
        for what, attack in attacks.items():
            with self.subTest(what):
                self.wait_for(lambda a=attack: "this account may change only" in patch(*a).stderr)
        self.renew(1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
