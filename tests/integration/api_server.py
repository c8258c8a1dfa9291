"""A stand-in for an API server, for audits: serves objects by kind in pages, with labels and field selectors, and has
the bad days that a test gives it. Plain HTTP on loopback."""
import http.server
import json
import pathlib
import threading
import time
import urllib.parse

KINDS = {  # path: (kind, namespaced)
    "/api/v1": {"namespaces": ("Namespace", False), "pods": ("Pod", True), "secrets": ("Secret", True),
                "configmaps": ("ConfigMap", True), "podtemplates": ("PodTemplate", True),
                "replicationcontrollers": ("ReplicationController", True), "events": ("Event", True)},
    "/apis/apps/v1": {"deployments": ("Deployment", True), "replicasets": ("ReplicaSet", True),
                      "statefulsets": ("StatefulSet", True), "daemonsets": ("DaemonSet", True),
                      "controllerrevisions": ("ControllerRevision", True)},
    "/apis/batch/v1": {"jobs": ("Job", True), "cronjobs": ("CronJob", True)},
    "/apis/apiextensions.k8s.io/v1": {"customresourcedefinitions": ("CustomResourceDefinition", False)},
    "/apis/example.com/v1": {"trains": ("Train", True), "buses": ("Bus", True), "ferries": ("Ferry", True)},
}


def schema(spec):
    return {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": {"type": "object"}}}}


def crd(plural, kind, spec):
    return {"metadata": {"name": plural + ".example.com"},
            "spec": {"group": "example.com", "names": {"kind": kind, "plural": plural},
                     "versions": [{"name": "v1", "schema": schema(spec)}]}}


CONTAINERS = {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"},
                                                                          "image": {"type": "string"}}}}
CRDS = [
    crd("trains", "Train", {"type": "object", "properties": {"runner": {"type": "object", "properties": {
        "template": {"type": "object", "properties": {"spec": {"type": "object", "properties": {
            "containers": CONTAINERS}}}}}}}}),
    crd("buses", "Bus", {"type": "object", "properties": {"image": {"type": "string"}, "seats": {"type": "integer"}}}),
    crd("ferries", "Ferry", {"type": "object", "x-kubernetes-preserve-unknown-fields": True}),
]


class Server(http.server.ThreadingHTTPServer):
    """objects: {plural: [object]}; trouble: a function (handler, plural, query) that answers itself and returns True,
    or does nothing and returns False; broken: groups whose servers are down, like "metrics.k8s.io"."""
    daemon_threads = True

    def __init__(self, objects, trouble=None, broken=()):
        super().__init__(("127.0.0.1", 0), Handler)
        self.broken = broken
        self.objects = {"customresourcedefinitions": CRDS, **objects}
        self.trouble = trouble
        self.asked = []
        self.headers = []  # of each request, as a map from names in lower case to lists of values
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        pass

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def kubeconfig(self, folder):
        path = pathlib.Path(folder) / "kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "stand-in",
            "clusters": [{"name": "c", "cluster": {"server": self.url}}],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": "stand-in", "context": {"cluster": "c", "user": "u"}}]}))
        return path

    def times(self, plural):
        return sum(1 for path in self.asked if path.split("?")[0].endswith("/" + plural))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, value, code=200, **headers):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(code)
        for name, text in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        self.wfile.write(body)

    def status(self, code, reason, message, **headers):
        self.reply({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
                    "reason": reason, "message": message}, code, **headers)

    def half(self):
        """A page that breaks off."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
                         b'{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"ghost"},"spec"'
                         b':{"containers":[{"name":"c","image":"debian:11"}]}},')
        self.close_connection = True

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        with self.server.lock:
            self.server.asked.append(self.path)
            self.server.headers.append({name.lower(): self.headers.get_all(name) for name in self.headers})
        parts = url.path.strip("/").split("/")
        if url.path == "/api":
            return self.reply({"kind": "APIVersions", "versions": ["v1"]})
        if url.path == "/apis":
            return self.reply({"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                {"name": base.split("/")[2], "versions": [{"groupVersion": base[6:], "version": "v1"}],
                 "preferredVersion": {"groupVersion": base[6:], "version": "v1"}}
                for base in [*KINDS, *(f"/apis/{group}/v1" for group in self.server.broken)] if base.startswith("/apis")]})
        if len(parts) == 3 and parts[1] in self.server.broken:
            return self.status(503, "ServiceUnavailable", "the server is currently unable to handle the request")
        if url.path in KINDS:
            return self.reply({"kind": "APIResourceList", "groupVersion": url.path.split("/", 2)[2], "resources": [
                {"name": plural, "kind": kind, "namespaced": namespaced, "verbs": ["get", "list", "watch"]}
                for plural, (kind, namespaced) in KINDS[url.path].items()]})
        namespace = None
        if parts[:3] == ["api", "v1", "namespaces"] and len(parts) == 4:
            return self.namespace(parts[3], query)
        if "namespaces" in parts[:-1]:
            i = parts.index("namespaces")
            namespace = parts[i + 1]
            parts[i:i + 2] = []
        plural, base = parts[-1], "/" + "/".join(parts[:-1])
        if plural not in KINDS.get(base, {}):
            return self.status(404, "NotFound", "the server could not find the requested resource")
        if self.server.trouble and self.server.trouble(self, plural, query):
            return None
        return self.list(base, plural, namespace, query)

    def namespace(self, name, query):
        if self.server.trouble and self.server.trouble(self, "namespaces", query):
            return None
        for n in self.server.objects.get("namespaces", []):
            if n["metadata"]["name"] == name:
                return self.reply({"kind": "Namespace", "apiVersion": "v1", **n})
        return self.status(404, "NotFound", f'namespaces "{name}" not found')

    def list(self, base, plural, namespace, query):
        kind, _ = KINDS[base][plural]
        items = self.server.objects.get(plural, [])
        if namespace:
            items = [o for o in items if o["metadata"].get("namespace") == namespace]
        for selector, labels in ((query.get("labelSelector"), True), (query.get("fieldSelector"), False)):
            for term in (selector or "").split(",") if selector else []:
                key, value = term.split("=")
                items = [o for o in items if (o["metadata"].get("labels", {}).get(key) if labels
                                              else o["metadata"].get(key.removeprefix("metadata."))) == value]
        start, limit = int(query.get("continue", "0")), int(query.get("limit", "0")) or len(items)
        metadata = {"resourceVersion": "1"}
        if start + limit < len(items):
            metadata.update({"continue": str(start + limit), "remainingItemCount": len(items) - start - limit})
        self.reply({"kind": kind + "List", "apiVersion": base.split("/", 2)[2], "metadata": metadata,
                    "items": items[start:start + limit]})
