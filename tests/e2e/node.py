"""Does what nodes and their network do, for the pods of one namespace. There is no kubelet, so all other pods stay
Pending.

A pod's containers run as processes with the pod's own flags and environment, as its user, in a root folder that has
nothing but the program, its libraries, and the pod's volumes as they are in the API; ConfigMaps that change reach
them. Two things differ from a real node: all pods share this machine's loopback address, so each of their ports is replaced by
a free one; and a preStop sleep is left out, because no request reaches a pod after it was removed from the API.

The API server reaches their Services through a proxy, as on managed control planes (cluster.py, `egress`): it asks to
be connected to a Service's address and port, and gets one of the ready pods that the Service selects."""
import atexit
import base64
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading
import time
import traceback

from cluster import ApiError, free_port

MERGE = "application/merge-patch+json"


def image_of(program, folder):
    """Creates a root directory with a program and the libraries it needs."""
    linked = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    for library in re.findall(r"(/\S+) \(0x", linked):
        target = folder / library.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)
    (folder / "usr/bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(program, folder / "usr/bin/shelflife")


class Pod:
    """A pod that runs on this node."""

    def __init__(self, node, manifest):
        self.node, self.manifest = node, manifest
        self.name, self.spec = manifest["metadata"]["name"], manifest["spec"]
        self.folder = node.folder / f"{self.name}.{manifest['metadata']['uid']}"
        self.root = self.folder / "root"
        shutil.copytree(node.image, self.root, copy_function=os.link, symlinks=True)
        self.mounted = {}
        self.ports = {port["containerPort"]: free_port()
                      for container in self.spec["containers"] for port in container.get("ports", [])}
        self.processes = {}
        self.restarts = 0
        self.ready = False
        self.reported = None
        try:
            self.sync_volumes()
        except BaseException:
            shutil.rmtree(self.folder)
            raise
        for container in self.spec["containers"]:
            self._start(container)

    # Volumes

    def sync_volumes(self):
        """Writes the volumes that have changed."""
        for container in self.spec["containers"]:
            for mount in container.get("volumeMounts", []):
                volume = next(v for v in self.spec["volumes"] if v["name"] == mount["name"])
                files = self._files(volume)
                if self.mounted.get(mount["mountPath"]) != files:
                    self._write(self.root / mount["mountPath"].lstrip("/"), files)
                    self.mounted[mount["mountPath"]] = files

    def _files(self, volume):
        """The content of a volume: name to bytes."""
        if "configMap" in volume:
            return self._data("configmaps", volume["configMap"])
        if "secret" in volume:
            return self._data("secrets", {"name": volume["secret"]["secretName"], **volume["secret"]})
        if "emptyDir" in volume:
            return {}
        files = {}
        for source in volume["projected"]["sources"]:
            if "configMap" in source:
                files |= self._data("configmaps", source["configMap"])
            elif "secret" in source:
                files |= self._data("secrets", source["secret"])
            elif "serviceAccountToken" in source:
                files[source["serviceAccountToken"]["path"]] = self._token(source["serviceAccountToken"])
            else:
                files |= {item["path"]: self._field(item["fieldRef"]).encode() for item in source["downwardAPI"]["items"]}
        return files

    def _data(self, kind, source):
        found = self.node.cluster.api("GET", f"/api/v1/namespaces/{self.node.namespace}/{kind}/{source['name']}")
        data = {key: text.encode() if kind == "configmaps" else base64.b64decode(text)
                for key, text in (found.get("data") or {}).items()}
        data |= {key: base64.b64decode(text) for key, text in (found.get("binaryData") or {}).items()}
        items = source.get("items")
        return {item["path"]: data[item["key"]] for item in items} if items else data

    def _token(self, source):
        if "token" not in self.__dict__:
            account = self.spec["serviceAccountName"]
            request = self.node.cluster.api(
                "POST", f"/api/v1/namespaces/{self.node.namespace}/serviceaccounts/{account}/token",
                {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                 "spec": {"expirationSeconds": source.get("expirationSeconds", 3600),
                          "audiences": [source["audience"]] if "audience" in source else []}})
            self.token = request["status"]["token"].encode()
        return self.token

    def _field(self, reference):
        _, field = reference["fieldPath"].split(".")
        return self.manifest["metadata"][field]

    def _write(self, folder, files):
        """Writes the files as a node does: as links into a directory that is replaced as a whole."""
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / f"..{time.monotonic_ns()}"
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)
            (new / name).chmod(0o644)
            if not (folder / name).is_symlink():
                (folder / name).symlink_to(f"..data/{name}")
        old = folder.resolve() / "..data"
        old = old.resolve() if old.is_symlink() else None
        (folder / "..next").symlink_to(new.name)
        (folder / "..next").rename(folder / "..data")
        if old:
            shutil.rmtree(old)

    # Processes

    def _argument(self, text):
        """A flag, in which a port of the pod is replaced."""
        found = re.fullmatch(r"(--[a-z-]*listen=).*:(\d+)", text)
        return f"{found[1]}127.0.0.1:{self.ports[int(found[2])]}" if found else text

    def _start(self, container):
        environment = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(self.node.cluster.port)}
        for variable in container.get("env", []):
            environment[variable["name"]] = variable["value"] if "value" in variable else \
                self._field(variable["valueFrom"]["fieldRef"])
        security = {**self.spec["securityContext"], **container["securityContext"]}
        if os.geteuid() == 0:
            command = ["chroot", f"--userspec={security['runAsUser']}:{security['runAsGroup']}", self.root]
        else:
            command = ["unshare", "--map-root-user", "chroot", self.root]
        command += ["/usr/bin/shelflife", *map(self._argument, container["args"])]
        with open(self.folder / f"{container['name']}.log", "ab") as log:
            self.processes[container["name"]] = subprocess.Popen(
                command, env={**environment, "PATH": os.environ["PATH"]}, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def log(self):
        return "".join(file.read_text(errors="replace") for file in sorted(self.folder.glob("*.log")))

    def get(self, path, port=8080):
        """Gets a page from one of the plain HTTP ports. `port` is the number in the pod's manifest. Returns (status, text)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[port], timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, reply.read().decode()

    def _is_ready(self):
        for container in self.spec["containers"]:
            probe = container.get("readinessProbe")
            if probe:
                port = next(p["containerPort"] for p in container["ports"] if p["name"] == probe["httpGet"]["port"])
                try:
                    if self.get(probe["httpGet"]["path"], port)[0] != 200:
                        return False
                except (OSError, http.client.HTTPException):
                    return False
        return True

    def sync(self):
        self.sync_volumes()
        ended = {name: process.poll() for name, process in self.processes.items() if process.poll() is not None}
        if self.spec["restartPolicy"] == "Never" and len(ended) == len(self.processes):
            self._write_status("Failed" if any(ended.values()) else "Succeeded")
        elif self.spec["restartPolicy"] != "Never":
            for container in self.spec["containers"]:
                if container["name"] in ended:
                    self.restarts += 1
                    self._start(container)
            self.ready = not ended and self._is_ready()
            self._write_status("Running")

    def _write_status(self, phase):
        """Writes the status if it has changed."""
        if self.reported == (phase, self.ready):
            return
        self.reported = phase, self.ready
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        conditions = [{"type": kind, "status": str(self.ready), "lastTransitionTime": now,
                       **({} if phase == "Running" else {"reason": "PodCompleted"})} for kind in ("Ready", "ContainersReady")]
        self.node.cluster.api("PATCH", f"/api/v1/namespaces/{self.node.namespace}/pods/{self.name}/status", {
            "status": {"phase": phase, "startTime": self.manifest["metadata"]["creationTimestamp"],
                       "conditions": [{"type": "Initialized", "status": "True"}, *conditions]}}, MERGE)

    def terminate(self):
        self.ready = False
        for process in self.processes.values():
            process.terminate()

    def has_ended(self):
        return all(process.poll() is not None for process in self.processes.values())

    def kill(self):
        for process in self.processes.values():
            process.kill()
            process.wait()


class Node:
    """Runs the pods of a namespace inside a `with` statement, in a thread of its own."""

    def __init__(self, cluster, namespace, program):
        self.cluster, self.namespace = cluster, namespace
        self.folder = pathlib.Path(cluster.folder) / f"node-{time.monotonic_ns()}"
        self.image = self.folder / "image"
        image_of(program, self.image)
        self.pods, self.leaving = {}, []
        self.missing = "nothing"
        self.ended = threading.Event()
        self.turn = itertools.count()

    def __enter__(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.cluster.egress_socket.unlink(missing_ok=True)
        self.listener.bind(str(self.cluster.egress_socket))
        self.listener.listen()
        atexit.register(self.__exit__)  # in case of an interrupt
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self._run, self._accept)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        atexit.unregister(self.__exit__)
        self.ended.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        self.listener.close()
        for pod in [*self.pods.values(), *self.leaving]:
            pod.kill()

    def running(self, selector=None):
        """The pods that are ready, limited to those that match a selector if there is one."""
        return [pod for pod in list(self.pods.values())
                if pod.ready and (selector or {}).items() <= pod.manifest["metadata"]["labels"].items()]

    def settle(self, seconds=60):
        """Waits until deleted pods have drained and ended."""
        for _ in range(seconds * 10):
            if not self.leaving:
                return
            time.sleep(0.1)
        raise RuntimeError("pods do not end:\n" + "\n".join(pod.log()[-2000:] for pod in self.leaving))

    def logs(self):
        """Shows why a test failed."""
        return "\n".join([*(f"{pod.name}:\n{pod.log()[-3000:]}" for pod in [*list(self.pods.values()), *self.leaving]),
                          f"missing at last: {self.missing}"])

    def _run(self):
        while not self.ended.wait(0.2):
            try:
                self._sync()
            except Exception:  # a faulty pod must not stop the node
                if not self.ended.is_set():
                    self.missing = traceback.format_exc()

    def _sync(self):
        found = self.cluster.api("GET", f"/api/v1/namespaces/{self.namespace}/pods")["items"]
        found = {pod["metadata"]["uid"]: pod for pod in found
                 if pod["metadata"].get("labels", {}).get("app.kubernetes.io/name") == "shelflife"}
        for uid in [uid for uid in self.pods if uid not in found]:
            pod = self.pods.pop(uid)
            pod.terminate()
            self.leaving.append(pod)
        for uid, manifest in found.items():
            try:
                if uid in self.pods:
                    self.pods[uid].sync()
                else:
                    self.pods[uid] = Pod(self, manifest)
            except ApiError as error:  # something that it needs does not exist yet, or not any more
                self.missing = str(error)
        self.leaving = [pod for pod in self.leaving if not pod.has_ended()]

    # The network

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=[connection], daemon=True).start()

    def _connect(self, near):
        with near:
            request = b""
            while b"\r\n\r\n" not in request:
                chunk = near.recv(4096)
                if not chunk:
                    return
                request += chunk
            address = request.split()[1].decode()
            try:
                far = socket.create_connection(("127.0.0.1", self._port_of(*address.rsplit(":", 1))), 5)
            except (LookupError, OSError):
                near.sendall(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
                return
            far.settimeout(None)
            with far:
                near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=splice, args=[far, near], daemon=True)
                back.start()
                splice(near, far)
                back.join()

    def _port_of(self, address, port):
        """The local port of one of the pods that a Service selects, in turn."""
        services = self.cluster.api("GET", f"/api/v1/namespaces/{self.namespace}/services")["items"]
        service = next((s for s in services if s["spec"].get("clusterIP") == address), None)
        pods = self.running(service["spec"]["selector"]) if service else []
        if not pods:
            raise LookupError(address)
        pod = pods[next(self.turn) % len(pods)]
        target = next(p["targetPort"] for p in service["spec"]["ports"] if str(p["port"]) == port)
        return next(pod.ports[p["containerPort"]] for container in pod.spec["containers"]
                    for p in container["ports"] if target in (p["name"], p["containerPort"]))


def splice(source, sink):
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            sink.sendall(chunk)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
    with contextlib.suppress(OSError):
        source.shutdown(socket.SHUT_RD)
