"""Self-managed TLS against a stand-in for the API server, which stops, refuses, and has its own clock."""
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from stand_in_secret import EMPTY_SECRET, SECRET, Api  # noqa: E402
from webhook import BINARY, PATIENCE  # noqa: E402

NAME = "shelflife.shelflife.svc"


class Renewal(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-renews.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.api = Api()
        self.api.start()
        self.kubeconfig = self.folder / "kubeconfig"
        self.kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{self.api.port}"}}],
            "users": [{"name": "u", "user": {}}], "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))

    def start(self, name, *args):
        log = self.folder / f"{name}.log"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [BINARY, "serve", "--listen", "127.0.0.1:0", "--probe-listen", "127.0.0.1:0", "--grace-period", "1s",
                 "--kubeconfig", self.kubeconfig, "--self-managed-tls", "shelflife/tls", "--self-managed-tls-webhook",
                 "hooks", "--self-managed-tls-name", NAME, "--self-managed-tls-lifetime", "30s", *args],
                stderr=out, stdin=subprocess.DEVNULL, env={**os.environ, "POD_NAME": name})
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.kill)
        process.log = log
        self.wait_for(lambda: '"serving"' in log.read_text(), lambda: log.read_text())
        line = next(json.loads(line) for line in log.read_text().splitlines() if '"serving"' in line)
        process.port, process.probe_port = line["port"], line["probePort"]
        return process

    def wait_for(self, condition, what=lambda: ""):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                self.fail(f"it did not happen: {what()}")
            time.sleep(0.05)

    def ready(self, process, page="/readyz?verbose"):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{process.probe_port}{page}", timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def wait_ready(self, process, status=200):
        self.wait_for(lambda: self.ready(process)[0] == status, lambda: self.ready(process)[1] + process.log.read_text())

    def handshake(self, process, bundle=None, **files):
        context = ssl.create_default_context(cadata=bundle) if bundle else ssl._create_unverified_context()
        with socket.create_connection(("127.0.0.1", process.port), timeout=PATIENCE) as plain:
            with context.wrap_socket(plain, server_hostname=NAME) as secure:
                secure.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                if not secure.recv(100).startswith(b"HTTP/1.1 404"):
                    raise ConnectionError("no answer")
                return secure.getpeercert(True)

    def end(self, process):
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 0, process.log.read_text())

    def test_no_client_is_served_before_there_is_a_certificate(self):
        self.api.refuses = 403
        a = self.start("a")
        self.wait_for(lambda: "[!] renewal failed, has never succeeded: " in self.ready(a)[1])
        status, text = self.ready(a)
        self.assertEqual(status, 503)
        self.assertIn("[-] certificate: none yet\n[-] renewal: starting, no certificate is served yet\n", text)
        with self.assertRaises(OSError):
            self.handshake(a)
        self.assertIn("\nshelflife_certificate_covered 0\n", self.ready(a, "/metrics")[1])
        self.api.refuses = None
        self.wait_ready(a)
        self.handshake(a, *self.api.bundles())
        self.end(a)

    def test_replicas_agree_and_remove_their_notes(self):
        replicas = [self.start(name) for name in ("a", "b", "c")]
        for replica in replicas:
            self.wait_ready(replica)
        self.wait_for(lambda: len(self.api.bundles()) == 1 and len(self.api.notes()) == 3, self.api.notes)
        self.assertEqual(len({self.handshake(r, *self.api.bundles()) for r in replicas}), 1)
        self.assertEqual(len(set(self.api.notes().values())), 1)
        self.assertRegex(self.api.notes()["a"], r"^ca:[0-9a-f]{32} serial:[0-9a-f]{32}$")
        for replica in replicas:
            self.end(replica)
        self.assertEqual(self.api.notes(), {})

    def test_a_deleted_secret_is_reported_and_not_created(self):
        a = self.start("a")
        self.wait_ready(a)
        before = self.handshake(a)
        with self.api.lock:
            del self.api.objects[SECRET]
        missing = "the Secret does not exist (/api/v1/namespaces/shelflife/secrets/tls): replicas may not create it"
        self.wait_for(lambda: missing in self.ready(a)[1])
        self.assertEqual(self.ready(a)[0], 200)
        self.assertEqual(self.handshake(a, *self.api.bundles()), before)
        self.assertIn(missing, a.log.read_text())
        with self.api.lock:
            self.assertNotIn(SECRET, self.api.objects)
            self.api.objects[SECRET] = EMPTY_SECRET
        self.wait_for(lambda: self.handshake(a) != before)
        self.assertEqual(self.ready(a)[0], 200)
        self.end(a)

    def test_without_the_api_server_the_certificate_is_served_until_it_expires(self):
        a = self.start("a")
        self.wait_ready(a)
        certificate = self.handshake(a, *self.api.bundles())
        self.api.stop()
        self.wait_for(lambda: "[!] renewal failed" in self.ready(a)[1])
        self.assertEqual(self.ready(a)[0], 200)
        self.assertEqual(self.handshake(a, *self.api.bundles()), certificate)
        self.wait_ready(a, 503)
        self.assertIn("the served certificate has expired", self.ready(a)[1])
        failures = re.search(r'steps_total\{step="observe",outcome="failure"\} (\d+)', self.ready(a, "/metrics")[1])
        self.assertGreater(int(failures[1]), 3)
        self.api.refuses = None
        self.api.start()
        self.wait_ready(a)
        self.assertNotEqual(self.handshake(a, *self.api.bundles()), certificate)
        self.wait_for(lambda: "certificate renewal recovered" in a.log.read_text(), lambda: a.log.read_text())
        self.end(a)

    def test_time_is_the_api_servers(self):
        self.api.ahead = 10 * 365 * 86400
        a = self.start("a")
        self.wait_ready(a)
        (self.folder / "a.der").write_bytes(self.handshake(a))
        dates = subprocess.run(["openssl", "x509", "-inform", "DER", "-in", self.folder / "a.der", "-noout", "-startdate"],
                               check=True, capture_output=True, text=True).stdout
        self.assertIn(str(time.gmtime(time.time() + self.api.ahead - 400).tm_year), dates)
        self.end(a)

    def test_clients_may_be_required_to_have_a_certificate(self):
        subprocess.run([BINARY, "certs", "init", "--dir", self.folder, "client"], check=True, capture_output=True)
        a = self.start("a", "--client-ca", self.folder / "ca.crt")
        self.wait_ready(a)
        for _ in range(2):
            with self.assertRaises(OSError):
                self.handshake(a)
            a.send_signal(signal.SIGHUP)
            self.wait_for(lambda: '"reloaded","what":"certificate"' in a.log.read_text())
        self.end(a)

    def test_incompatible_options_are_refused(self):
        wanted = ["--self-managed-tls", "n/s", "--self-managed-tls-webhook", "w", "--self-managed-tls-name", NAME]
        for args, why in [
                (wanted[:2], "--self-managed-tls requires --self-managed-tls-webhook and --self-managed-tls-name"),
                (wanted[2:], "--kubeconfig and the --self-managed-tls-* options require --self-managed-tls"),
                (["--self-managed-tls", "secret", *wanted[2:]], '"secret" must be NAMESPACE/SECRET'),
                (["--self-managed-tls", "a/b/c", *wanted[2:]], '"a/b/c" must be NAMESPACE/SECRET'),
                ([*wanted, "--tls-cert", "x"], "cannot be used with --tls-cert and --tls-key"),
                ([*wanted, "--self-managed-tls-lifetime", "3s"], '"3s" must be a time from 30s to 3650d, like 90d'),
                (wanted, "not running in a pod"),
                ([*wanted[:4], "--self-managed-tls-name", "a b", "--kubeconfig", self.kubeconfig],
                 '"a b" is neither a DNS name nor an IP address')]:
            env = {name: value for name, value in os.environ.items() if not name.startswith("KUBERNETES_")}
            done = subprocess.run([BINARY, "serve", "--listen", "127.0.0.1:0", "--no-probes", *args], env=env,
                                  capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 2, args)
            self.assertIn(why, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
