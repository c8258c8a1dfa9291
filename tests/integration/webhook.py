"""What the tests of the server share: the binary under test, certificates, a running `shelflife serve`, and clients."""
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import re
import resource
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("SHELFLIFE", ROOT / "build/dev/shelflife"))
SANITIZED = any(word in BINARY.read_bytes() for word in (b"__asan_init", b"__tsan_init"))  # costs memory
PATIENCE = 180 if SANITIZED else 60  # seconds to wait for something before the test fails
TIMEOUT = "10m" if SANITIZED else "10s"  # of an API server; what takes longer than most of it is not judged

DEAD = "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"  # past end of availability
FINE = "ghcr.io/acme/app:1.2.3"  # in no catalog
DAY = "2026-11-23"


def pod_review(image=FINE, uid="0001", **request):
    """An AdmissionReview of a new Pod with one container."""
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": uid, "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"}, "namespace": "team-a",
        "operation": "CREATE", "userInfo": {"username": "dev"}, "oldObject": None, "dryRun": False,
        "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "train", "namespace": "team-a"},
                   "spec": {"containers": [{"name": "main", "image": image}]}}, **request}}


def request_bytes(body, path=f"/validate?timeout={TIMEOUT}", length=None):
    """A POST as an API server sends it."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = (f"POST {path} HTTP/1.1\r\nHost: webhook.shelflife.svc:443\r\nUser-Agent: kube-apiserver-admission\r\n"
            f"Content-Length: {len(body) if length is None else length}\r\nContent-Type: application/json\r\n\r\n")
    return head.encode() + body


def openssl(folder, *args):
    subprocess.run(["openssl", *map(str, args)], check=True, cwd=folder, capture_output=True)


class Certificates:
    """A CA and serving certificates made by `shelflife certs init`, and client certificates made by openssl."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.init(self.folder, "--keep-ca-key")
        self.ca, self.ca_key = self.folder / "ca.crt", self.folder / "ca.key"

    @staticmethod
    def init(folder, *args):
        subprocess.run([BINARY, "certs", "init", "--dir", folder, *args, "localhost", "127.0.0.1"], check=True,
                       capture_output=True)

    def serving(self, name):
        """Another serving certificate of the same CA. Returns the folder with tls.crt and tls.key."""
        folder = self.folder / name
        self.init(folder, "--ca", self.ca, "--ca-key", self.ca_key)
        return folder

    def later(self, name, seconds):
        """A serving certificate of the same CA for the same key, valid from `seconds` from now."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "database").touch()
        (folder / "ca.conf").write_text(
            "[ca]\ndefault_ca = d\n[d]\ndatabase = database\nserial = serial\nnew_certs_dir = .\ndefault_md = sha256\n"
            "policy = p\ncopy_extensions = copy\n[p]\ncommonName = optional\n")
        start, end = (time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + s)) for s in (seconds, seconds + 86400))
        openssl(folder, "req", "-new", "-key", self.folder / "tls.key", "-out", "tls.csr", "-subj", "/CN=later",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        openssl(folder, "ca", "-batch", "-notext", "-config", "ca.conf", "-in", "tls.csr", "-cert", self.ca, "-keyfile",
                self.ca_key, "-startdate", start, "-enddate", end, "-create_serial", "-out", "tls.crt")
        return folder / "tls.crt"

    def client(self, name, usage="clientAuth"):
        """A client certificate with its own CA: (CA file, certificate file, key file)."""
        folder = self.folder / name
        folder.mkdir()
        new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30")
        (folder / "extensions").write_text(f"extendedKeyUsage={usage}\n")
        openssl(folder, "req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.crt", "-subj", f"/CN={name} CA")
        openssl(folder, "req", *new[:-2], "-keyout", "c.key", "-out", "c.csr", "-subj", f"/CN={name}")
        openssl(folder, "x509", "-req", "-in", "c.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "30", "-extfile", "extensions", "-out", "c.crt")
        return folder / "ca.crt", folder / "c.crt", folder / "c.key"


class Server:
    """A running `shelflife serve`. Its ports are in `port` and `probe_port`, its log's lines in `log`."""

    def __init__(self, certificates, *args, tls=None, read_log=True):
        tls = tls or certificates.folder
        self.certificates = certificates
        if SANITIZED and "--body-timeout" not in args:
            args = (*args, "--body-timeout", TIMEOUT)
        self.trust = ssl.create_default_context(cafile=certificates.ca)
        self.log = []
        self.process = subprocess.Popen(
            [BINARY, "serve", "--listen", "127.0.0.1:0", "--probe-listen", "127.0.0.1:0", "--tls-cert",
             tls / "tls.crt", "--tls-key", tls / "tls.key", "--at", DAY, "--grace-period", "0s", *map(str, args)],
            stderr=subprocess.PIPE)
        while b'"serving"' not in (line := self.process.stderr.readline()):
            self.log.append(line)  # about catalogs, which are fetched first
            if not line:
                with self.process:
                    raise AssertionError(b"".join(self.log).decode())
        serving = json.loads(line)
        self.port, self.probe_port = serving["port"], serving["probePort"]
        self.reader = threading.Thread(target=self._read_log)
        if read_log:
            self.reader.start()

    def _read_log(self):
        for line in self.process.stderr:
            self.log.append(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        code = self.stop()
        # Sanitizers exit with another code when they find something.
        if code not in (0, -signal.SIGKILL):
            raise AssertionError(f"the server ended with {code}:\n" + b"".join(self.log[-60:]).decode(errors="replace"))

    def stop(self, number=signal.SIGTERM):
        """Stops the server and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            if self.reader.is_alive():
                self.reader.join()
            self.process.stderr.close()

    def messages(self):
        return [json.loads(line)["message"] for line in list(self.log)]

    # Probes and metrics

    def probe(self, path, method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.probe_port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request(method, path)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def metrics(self):
        """All samples: {name with labels: value}."""
        samples = {}
        for line in self.probe("/metrics")[1].splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
        return samples

    def errors(self, reason):
        return self.metrics()[f'shelflife_errors_total{{reason="{reason}"}}']

    def resident(self):
        """KiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))

    def processor_seconds(self):
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    # Clients

    def tcp(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def tls(self, context=None):
        raw = self.tcp()
        try:
            return (context or self.trust).wrap_socket(raw, server_hostname="localhost")
        except BaseException:
            raw.close()
            raise

    def connect(self, context=None):
        """A keep-alive HTTP client."""
        connection = http.client.HTTPSConnection("localhost", self.port, context=context or self.trust,
                                                 timeout=PATIENCE)
        connection.sock = self.tls(context)
        return connection

    def post(self, body, path=f"/validate?timeout={TIMEOUT}", connection=None, content_type="application/json",
             method="POST"):
        """Returns (status, parsed reply or text, headers). Uses a new connection unless one is given."""
        with contextlib.ExitStack() as stack:
            connection = connection or stack.enter_context(contextlib.closing(self.connect()))
            body = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
            connection.request(method, path, body, {"Content-Type": content_type} if content_type else {})
            response = connection.getresponse()
            text = response.read()
            is_json = response.headers["Content-Type"] == "application/json"
            return response.status, json.loads(text) if is_json else text.decode(), response.headers


def read_response(stream):
    """One response from a buffered stream: (status, headers, body), or None at its end."""
    line = stream.readline()
    if not line:
        return None
    headers = {}
    while (field := stream.readline()) not in (b"\r\n", b""):
        name, _, value = field.decode().partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(line.split()[1]), headers, stream.read(int(headers["content-length"]))


def is_cut(connection):
    """Waits for the server to close the connection."""
    connection.settimeout(PATIENCE)
    try:
        while connection.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:  # reset, or closed without TLS close_notify
        return True


def eventually(condition, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"did not happen: {what}")


def trickle(connection, data, stop):
    """Sends a byte every 50 ms. True if the server closed the connection before the end of the data."""
    for i in range(len(data)):
        if stop.wait(0.05):
            return False
        try:
            connection.sendall(data[i:i + 1])
        except OSError:
            return True
    return False


class HttpsServer(http.server.ThreadingHTTPServer):
    """A server with the serving certificate, in a thread of its own. Handlers that wait look at `stop`."""
    daemon_threads = True

    def __init__(self, certificates, handler):
        super().__init__(("127.0.0.1", 0), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.folder / "tls.crt", certificates.folder / "tls.key")
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.requests, self.stop = [], threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()
        self.url = f"https://localhost:{self.server_address[1]}"

    def close(self):
        self.stop.set()
        self.shutdown()
        self.thread.join()
        self.server_close()

    def handle_error(self, *_):
        pass


def allow_descriptors(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


class TestCase(unittest.TestCase):
    """A test with certificates, which are made once for each class."""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.certificates = Certificates(cls.folder / "certificates")

    def serve(self, *args, **kwargs):
        """A server that is stopped after the test, and must exit with code 0."""
        server = Server(self.certificates, *args, **kwargs)
        self.addCleanup(lambda: self.assertEqual(server.stop(), 0, b"".join(server.log[-20:])))
        return server

    def assert_answers(self, server):
        """Checks that the server still judges reviews."""
        status, reply, _ = server.post(pod_review(uid="still-here"))
        self.assertEqual(status, 200)
        self.assertEqual(reply["response"]["uid"], "still-here")
        self.assertTrue(reply["response"]["allowed"])
