"""A failing API server, for tests of the Kubernetes client: a list of ten objects whose path names the failure, an
incomplete discovery, and answers that echo the request. Ports are printed as stand_in.py does."""
import gzip
import json
import threading
import urllib.parse

import stand_in

THINGS = 10


class Handler(stand_in.Handler):
    counts = {}  # how often a path, or a token, was asked for
    lock = threading.Lock()

    def count(self, key):
        with Handler.lock:
            Handler.counts[key] = Handler.counts.get(key, 0) + 1
            return Handler.counts[key]

    def status(self, code, reason, message, metadata=None, **headers):
        self.reply({"kind": "Status", "apiVersion": "v1", "metadata": metadata or {}, "status": "Failure",
                    "reason": reason, "message": message, "code": code}, code, **headers)

    def reply(self, value, code=200, **headers):
        self.answer(code, value if isinstance(value, bytes) else json.dumps(value).encode(),
                    Content_Type="application/json", **headers)

    def handle_any(self):
        self.url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(self.url.query, keep_blank_values=True))
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = self.url.path.strip("/").split("/")
        try:
            if parts[0] == "watch":
                self.watch(parts[1])
            elif parts[0] == "list":
                self.list(parts[1])
            elif parts[0] in ("api", "apis"):
                self.discovery("/".join(parts))
            else:
                getattr(self, "path_" + parts[0], self.path_echo)(self.query)
        except (BrokenPipeError, ConnectionResetError, OSError):
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    # ---- One request ----

    def path_forbidden(self, query):
        self.status(403, "Forbidden", 'things is forbidden: User "me" cannot\x1b[31m list')

    def path_invalid(self, query):
        self.status(422, "Invalid", "spec.x: Required value")

    def path_html(self, query):
        self.answer(502 if self.count("html") < 3 else 404, b"<html>a proxy</html>")

    def path_plain(self, query):
        self.answer(404, b"404 page not found\n")

    def path_throttled(self, query):
        if self.count(self.path) < int(query["until"]):
            self.status(int(query["code"]), "TooManyRequests", "slow down", **({"Retry_After": query["after"]}
                                                                               if "after" in query else {}))
        else:
            self.reply({"count": self.count(self.path) - 1})

    def path_flaky(self, query):
        if self.count(self.path) < 3:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"half\":")
            self.close_connection = True
        else:
            self.reply({"whole": True})

    def path_remember(self, query):
        Handler.remembered = [self.command, self.path, self.headers.get("Content-Type"), self.body.decode()]
        self.reply({})

    def path_recall(self, query):
        self.reply(Handler.remembered)

    def path_token(self, query):
        if self.headers.get("Authorization") == "Bearer " + query["good"]:
            self.reply({"ok": True})
        else:
            self.status(401, "Unauthorized", "Unauthorized")

    # ---- Watches ----

    def watch(self, mode):
        """A list at version 7, and after it the events of a mode."""
        if "watch" not in self.query:
            self.list("well")
            return
        assert self.query["allowWatchBookmarks"] == "true" and int(self.query["timeoutSeconds"]) > 0, self.query
        getattr(self, "watch_" + mode.replace("-", "_"))(self.query["resourceVersion"], self.count("watch " + mode))

    def events(self, *events, end=b""):
        body = b"".join(json.dumps({"type": kind, "object": {"metadata": {"resourceVersion": version}}}).encode() + b"\n"
                        for kind, version in events)
        self.answer(200, body + end, Content_Type="application/json")

    def watch_well(self, version, asked):
        {"7": lambda: self.events(("ADDED", "8"), ("MODIFIED", "9")),
         "9": lambda: self.events(("BOOKMARK", "12")),
         "12": lambda: self.events(("ADDED", "13"), ("DELETED", "14"))}[version]()

    def watch_cut(self, version, asked):
        if version == "7":
            event = b'{"type":"ADDED","object":{"metadata":{"resourceVersion":"8"}}}\n'
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + event + event[:20])
            self.close_connection = True
        else:
            self.events(("ADDED", "9")) if version == "8" else self.status(400, "BadRequest", version)

    def watch_gone(self, version, asked):
        if asked == 1:
            expired = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}}
            self.events(("ADDED", "8"), end=json.dumps(expired).encode() + b"\n")
        else:
            self.events(("ADDED", "9")) if version == "7" else self.status(400, "BadRequest", version)

    def watch_gone_at_once(self, version, asked):
        if asked == 1:
            self.status(410, "Expired", "too old resource version")
        else:
            self.events(("ADDED", "9"))

    def watch_busy(self, version, asked):
        if asked <= 5:
            self.status(500, "InternalError", "no")
        else:
            self.events(("ADDED", "9"))

    def watch_short(self, version, asked):
        self.answer(200) if asked <= 2 else self.events(("ADDED", "9"))

    def watch_garbage(self, version, asked):
        if asked == 1:
            self.answer(200, b"<html>a proxy</html>\n")
        else:
            self.events(("ADDED", "9"))

    def watch_forbidden(self, version, asked):
        self.status(403, "Forbidden", "things is forbidden: cannot watch")

    # ---- Lists ----

    def list(self, mode):
        token, limit = self.query.get("continue", ""), int(self.query["limit"])
        first = int(token.split("@")[0]) if token else 0
        asked = self.count((mode, token))
        if getattr(self, "list_" + mode.replace("-", "_"), lambda *_: False)(token, first, limit, asked):
            return
        self.reply(self.page(first, limit))

    def page(self, first, limit, last=THINGS):
        items = [{"metadata": {"name": f"thing-{i}", "continue": "no", "remainingItemCount": 99}}
                 for i in range(first, min(first + limit, last))]
        left = last - first - len(items)
        metadata = {"resourceVersion": "7"}
        if left > 0:
            metadata |= {"continue": f"{first + len(items)}@7", "remainingItemCount": left}
        return {"kind": "ThingList", "apiVersion": "v1", "metadata": metadata, "items": items}

    def list_behind(self, token, first, limit, asked):
        """Custom resources come with their keys sorted."""
        page = self.page(first, limit)
        page["metadata"] = page.pop("metadata")
        self.reply(page)
        return True

    def list_squeezed(self, token, first, limit, asked):
        self.reply(gzip.compress(json.dumps(self.page(first, limit)).encode()), Content_Encoding="gzip")
        return True

    def list_resumes(self, token, first, limit, asked):
        if first == 4 and token.endswith("@7"):
            self.status(410, "Expired", "The provided continue parameter is too old", {"continue": f"{first}@8"})
            return True

    def list_restarts(self, token, first, limit, asked):
        if first == 4 and asked == 1:
            self.status(410, "Expired", "The provided continue parameter is too old")
            return True

    def list_always_expired(self, token, first, limit, asked):
        if first == 4:
            self.status(410, "Expired", "too old", {"continue": f"4@{asked + 7}" if self.count("x") % 2 else "4@9"})
            return True

    def list_always_restarts(self, token, first, limit, asked):
        if first == 4:
            self.status(410, "Expired", "too old")
            return True

    def list_half(self, token, first, limit, asked):
        """The connection breaks in the middle of a page."""
        if first == 2 and asked < 3:
            body = json.dumps(self.page(first, limit)).encode()
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body[:len(body) - 40])
            self.close_connection = True
            return True

    def list_cut(self, token, first, limit, asked):
        """A page that ends early, though HTTP says it is whole."""
        if first == 2 and asked < 3:
            self.reply(json.dumps(self.page(first, limit)).encode()[:-40])
            return True

    def list_always_cut(self, token, first, limit, asked):
        self.reply(json.dumps(self.page(first, limit)).encode()[:-40])
        return True

    def list_busy(self, token, first, limit, asked):
        if first and asked == 1:
            self.status(429, "TooManyRequests", "slow down", Retry_After="2")
            return True

    def list_broken(self, token, first, limit, asked):
        if first == 4 and asked < 3:
            self.status(500, "InternalError", "etcd is sad")
            return True

    def list_same_token(self, token, first, limit, asked):
        page = self.page(2, limit)
        page["metadata"]["continue"] = "2@7"
        self.reply(page)
        return True

    def list_empty(self, token, first, limit, asked):
        self.reply({"kind": "ThingList", "metadata": {"continue": ""}, "items": None})
        return True

    def list_no_json(self, token, first, limit, asked):
        self.reply(b"<html>")
        return True

    def list_nothing(self, token, first, limit, asked):
        self.reply(b"")
        return True

    def list_long_token(self, token, first, limit, asked):
        self.reply({"metadata": {"continue": "x" * 5000}})
        return True

    def list_odd(self, token, first, limit, asked):
        page = self.page(first, limit)
        text = json.dumps(page["metadata"])[:-1] + ', "remainingItemCount": 1e3, "x": {"continue": "no"}, ' \
            '"a-very-long-key-that-is-cut-somewhere": 1, "y": [{"continue": "no"}]}'
        self.reply(('{"x": {"metadata": {"continue": "no"}}, "metadata": %s, "items": %s}' %
                    (text, json.dumps(page["items"]))).encode())
        return True

    # ---- Discovery ----

    def discovery(self, path):
        def resource(name, kind, namespaced=True, verbs=("get", "list")):
            return {"name": name, "kind": kind, "namespaced": namespaced, "singularName": "", "verbs": list(verbs)}

        lists = {
            "api/v1": [resource("pods", "Pod"), resource("pods/status", "Pod"), resource("nodes", "Node", False),
                       resource("bindings", "Binding", True, ["create"])],
            "apis/batch/v1": [resource("jobs", "Job")],
            "apis/batch/v1beta1": [resource("cronjobs", "CronJob"), resource("jobs", "Job")],
            "apis/odd.example%2F..%3Fx/v1": [resource("odds", "Odd")],
        }
        if path == "apis":
            self.reply({"kind": "APIGroupList", "groups": [
                {"name": "batch", "versions": [{"version": "v1beta1"}, {"version": "v1"}],
                 "preferredVersion": {"version": "v1"}},
                {"name": "down.example", "versions": [{"version": "v1"}], "preferredVersion": {"version": "v1"}},
                {"name": "odd.example/..?x", "versions": [{"version": "v1"}]}]})
        elif path in lists:
            self.reply({"kind": "APIResourceList", "resources": lists[path]})
        elif path == "apis/down.example/v1":
            self.status(503, "ServiceUnavailable", "the server is currently unable to handle the request")
        else:
            self.status(404, "NotFound", "no such thing: " + path)


if __name__ == "__main__":
    stand_in.serve({"https": ("server", Handler), "expired": ("expired", Handler)})
