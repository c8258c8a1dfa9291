"""A stand-in for an API server with one Secret and one ValidatingWebhookConfiguration: GET and the two kinds of PATCH,
with resource versions. Plain HTTP on loopback. As a program it prints its port as JSON, and ends with its
standard input."""
import base64
import copy
import email.utils
import http.server
import json
import sys
import threading
import time

SECRET = "/api/v1/namespaces/shelflife/secrets/tls"
EMPTY_SECRET = {"metadata": {"name": "tls", "resourceVersion": "1"}, "type": "Opaque"}  # as the chart creates it
CONFIGURATION = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/hooks"


class Handler(http.server.BaseHTTPRequestHandler):
    """GET and the two kinds of PATCH, with versions that must be the latest."""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(time.time() + self.server.api.ahead, usegmt=True)

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self):
        api = self.server.api
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with api.lock:
            self.answer(*api.ask(self.command, self.path.split("?")[0], self.headers.get("Content-Type"), body))

    do_GET = do_PATCH = handle_any


class Server(http.server.ThreadingHTTPServer):
    allow_reuse_address = daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # clients may disconnect in the middle of a request


def merge(into, patch):
    for key, value in patch.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict):
            merge(into.setdefault(key, {}), value)
        else:
            into[key] = value


class Api:
    def __init__(self):
        self.lock, self.ahead, self.refuses, self.server, self.port = threading.Lock(), 0, None, None, 0
        self.version = 1
        hook = {"clientConfig": {"service": {"namespace": "shelflife", "name": "shelflife"}}}
        self.objects = {
            SECRET: EMPTY_SECRET,
            CONFIGURATION: {"metadata": {"name": "hooks", "resourceVersion": "1"},
                            "webhooks": [{"name": f"{mode}.shelflife.dev", **copy.deepcopy(hook)} for mode in "ab"]}}

    def start(self):
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.api = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        """Stops listening; open connections get 503."""
        self.refuses = 503
        self.server.shutdown()
        self.server.server_close()

    def ask(self, method, path, kind, body):
        def status(code, reason):
            return code, {"kind": "Status", "reason": reason, "message": reason, "code": code}

        if self.refuses:
            return status(self.refuses, "refused")
        if path not in self.objects:
            return status(404, "NotFound")
        if method == "GET":
            return 200, self.objects[path]
        new, patch = copy.deepcopy(self.objects[path]), json.loads(body)
        if kind == "application/merge-patch+json":
            merge(new, patch)
        for operation in patch if kind == "application/json-patch+json" else []:
            *parents, last = operation["path"].strip("/").split("/")
            place = new
            for part in parents:
                place = place[int(part)] if isinstance(place, list) else place[part]
            if operation["op"] == "test" and place[last] != operation["value"]:
                return status(422, "Invalid")
            place[last] = operation["value"]
        if new["metadata"]["resourceVersion"] != self.objects[path]["metadata"]["resourceVersion"]:
            return status(409, "Conflict")
        self.version += 1
        new["metadata"]["resourceVersion"] = str(self.version)
        self.objects[path] = new
        return 200, new

    def bundles(self):
        with self.lock:
            return {base64.b64decode(w["clientConfig"].get("caBundle", "")).decode()
                    for w in self.objects[CONFIGURATION]["webhooks"]}

    def notes(self):
        with self.lock:
            return {name.removeprefix("replica.shelflife.dev/"): note
                    for name, note in self.objects[SECRET]["metadata"].get("annotations", {}).items()}


if __name__ == "__main__":
    served = Api()
    served.start()
    print(json.dumps({"http": served.port}), flush=True)
    sys.stdin.read()
