"""A real control plane on loopback for tests: etcd, kube-apiserver and kube-controller-manager, each on a
free port, all in one temporary directory. They are stopped by process ID."""
import atexit
import functools
import http.client
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ADMIN_TOKEN = "admin-of-this-test"
DEVELOPER_TOKEN = "developer-of-this-test"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def folder_in_memory():
    """A folder whose files never wait for a disk, as etcd's do after each write; elsewhere if there is no room."""
    memory = pathlib.Path("/dev/shm")
    fits = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 << 30
    return pathlib.Path(tempfile.mkdtemp(prefix="shelflife-etcd.", dir=memory if fits else None))


class ApiError(Exception):
    """A request that the API server refused."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


class ControlPlane:
    """Started by `with`; `kubectl()` talks to it as its administrator. With `egress`, the API server reaches
    Services as on managed control planes: it asks a proxy, at the socket of that name, to connect it. Resources
    named in `uncached` are read from etcd, not from the API server's watch cache. `flags` are more of its flags."""

    def __init__(self, controllers=True, egress=False, uncached=(), flags=()):
        self.bin = pathlib.Path(subprocess.run([HERE / "control-plane.sh"], check=True, stdout=subprocess.PIPE,
                                               text=True).stdout.strip())
        self.controllers = controllers
        self.egress, self.uncached, self.flags = egress, uncached, flags
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shelflife-cluster."))
        self.data = folder_in_memory()
        self.egress_socket = self.folder / "egress.sock"
        self.processes = []
        self.stand_in = None  # for a controller manager
        self.local = threading.local()  # each thread has a connection of its own
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE

    def __enter__(self):
        atexit.register(self.__exit__)  # in case of an interrupt
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        atexit.unregister(self.__exit__)
        if self.stand_in:
            self.stand_in.end()
        for process in reversed(self.processes):
            process.kill()  # an API server drains for a minute; nothing here is worth keeping
        for process in self.processes:
            process.wait()
        for folder in (self.folder, self.data):
            shutil.rmtree(folder, ignore_errors=True)

    def _spawn(self, name, *args):
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen([self.bin / name, *args], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def log(self, name, lines=20):
        return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-lines:])

    def _start(self):
        folder = self.folder
        client, peer = free_port(), free_port()
        self._spawn("etcd", f"--data-dir={self.data}", f"--listen-client-urls=http://127.0.0.1:{client}",
                    f"--advertise-client-urls=http://127.0.0.1:{client}",
                    f"--listen-peer-urls=http://127.0.0.1:{peer}")
        subprocess.run(["openssl", "genrsa", "-out", folder / "sa.key", "2048"], check=True, capture_output=True)
        (folder / "tokens.csv").write_text(f'{ADMIN_TOKEN},admin,admin,"system:masters"\n'
                                           f"{DEVELOPER_TOKEN},developer,developer\n")
        self.port = free_port()
        self._spawn("kube-apiserver", f"--etcd-servers=http://127.0.0.1:{client}", f"--secure-port={self.port}",
                    "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", f"--cert-dir={folder}/api",
                    "--service-cluster-ip-range=10.0.0.0/24", f"--service-account-key-file={folder}/sa.key",
                    f"--service-account-signing-key-file={folder}/sa.key",
                    "--service-account-issuer=https://kubernetes.default.svc", "--authorization-mode=RBAC",
                    f"--token-auth-file={folder}/tokens.csv", "--allow-privileged=true", *self.flags,
                    *([] if self.controllers else ["--disable-admission-plugins=ServiceAccount"]),
                    *([f"--watch-cache-sizes={','.join(name + '#0' for name in self.uncached)}"] if self.uncached else []),
                    *([f"--egress-selector-config-file={self._egress_configuration()}"] if self.egress else []))
        self.server = f"https://127.0.0.1:{self.port}"
        self.kubeconfig = folder / "kubeconfig"
        self.kubeconfig.write_text(json.dumps(self._kubeconfig()))
        self._wait_ready()
        self.version = json.loads(self.kubectl("version", "-o", "json").stdout)["serverVersion"]
        if self.controllers:
            self._start_controllers()

    def _kubeconfig(self):
        return {
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": self.server, "insecure-skip-tls-verify": True}}],
            "users": [{"name": "admin", "user": {"token": ADMIN_TOKEN}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
        }

    def _egress_configuration(self):
        file = self.folder / "egress.json"
        file.write_text(json.dumps({
            "apiVersion": "apiserver.k8s.io/v1beta1", "kind": "EgressSelectorConfiguration",
            "egressSelections": [{"name": "cluster", "connection": {
                "proxyProtocol": "HTTPConnect", "transport": {"uds": {"udsName": str(self.egress_socket)}}}}]}))
        return file

    def _wait_ready(self):
        request = urllib.request.Request(self.server + "/readyz", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
        for _ in range(600):
            try:
                if urllib.request.urlopen(request, timeout=2, context=self.context).status == 200:
                    return
            except (urllib.error.URLError, OSError):
                pass
            if any(process.poll() is not None for process in self.processes):
                break
            time.sleep(0.1)
        raise RuntimeError("the API server did not become ready:\n" + self.log("kube-apiserver"))

    def _start_controllers(self):
        if (self.bin / "kube-controller-manager").exists():
            self._start_controller_manager()
        else:
            from controllers import Controllers  # imports this module
            self.stand_in = Controllers(self, (self.folder / "api/apiserver.crt").read_text())
        # Pods can be made once the default service account is there.
        for _ in range(600):
            if self.kubectl("get", "serviceaccount", "default", check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError("the controllers did not start:\n" + self.log("kube-controller-manager"))

    def _start_controller_manager(self):
        self._spawn("kube-controller-manager", f"--kubeconfig={self.kubeconfig}", "--leader-elect=false",
                    "--bind-address=127.0.0.1", f"--secure-port={free_port()}", *(["--port=0"] if self.minor < 24 else []),
                    "--use-service-account-credentials=true", f"--service-account-private-key-file={self.folder}/sa.key",
                    f"--root-ca-file={self.folder}/api/apiserver.crt")  # self-signed

    @property
    def minor(self):
        return int(self.version["minor"].rstrip("+"))

    def serves(self, group_version, resource):
        """Whether the API server serves a resource (its plural name) in an API version: "batch/v1", "cronjobs"."""
        try:
            found = self.api("GET", f"/apis/{group_version}")
        except ApiError as error:
            if error.code != 404:
                raise
            return False
        return any(r["name"] == resource for r in found["resources"])

    @functools.cached_property
    def cron_jobs(self):
        """The API version of CronJobs: batch/v1 is served from 1.21, batch/v1beta1 until 1.24."""
        return "batch/v1" if self.serves("batch/v1", "cronjobs") else "batch/v1beta1"

    def account_token(self, namespace, name):
        """A token of a service account; `kubectl create token` came with kubectl 1.24."""
        return self.api("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {"expirationSeconds": 3600}})["status"]["token"]

    def environment(self):
        """The environment for commands as a user types them. Their caches are removed with the cluster."""
        return {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}", "KUBECONFIG": str(self.kubeconfig),
                "HOME": str(self.folder)}

    def api(self, method, path, body=None, content_type="application/json", controller=None):
        """Sends a request as the administrator or as one of the controllers. Returns the object in the reply."""
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}", "Content-Type": content_type}
        if controller:
            headers["Impersonate-User"] = f"system:serviceaccount:kube-system:{controller}"
        for last in (False, True):  # the server may have closed an idle connection
            if not getattr(self.local, "connection", None):
                self.local.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=30)
            try:
                self.local.connection.request(method, path, None if body is None else json.dumps(body), headers)
                reply = self.local.connection.getresponse()
                text = reply.read()
                break
            except (OSError, http.client.HTTPException):
                self.local.connection = None
                if last:
                    raise
        if reply.status >= 300:
            raise ApiError(reply.status, f"{method} {path}: {reply.status} {text.decode(errors='replace')[:1000]}")
        return json.loads(text)

    def kubectl(self, *args, check=True, input=None, token=None):
        """Runs kubectl. `input` is text or an object for its standard input, `token` the token of another user."""
        if input is not None and not isinstance(input, str):
            input = json.dumps(input)
        command = [self.bin / "kubectl", f"--kubeconfig={self.kubeconfig}", *args]
        if token:
            command.append(f"--token={token}")
        env = {**os.environ, "HOME": str(self.folder)}  # so that its discovery cache is removed with the cluster
        done = subprocess.run(command, input=input, capture_output=True, text=True, env=env)
        if check and done.returncode:
            raise RuntimeError(f"kubectl {' '.join(map(str, args))}: {done.stderr}")
        return done
