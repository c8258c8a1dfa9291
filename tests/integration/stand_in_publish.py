"""An API server that has reports, for tests of publishing: every list comes in pages of one object, and each port
has its own trouble. GET /changes returns what was written and deleted, as ["PATCH PATH", …]."""
import json
import urllib.parse

import stand_in

GROUP = "/apis/wgpolicyk8s.io/v1alpha2"
REPORTS = {"policyreports": [("shelflife", "a"), ("shelflife", "b"), ("other", "c")],
           "clusterpolicyreports": [("shelflife", None), ("shelflife-2", None)]}


def metadata(name, namespace):
    result = {"name": name, "uid": f"uid-{namespace}-{name}", "resourceVersion": "7"}
    return result | ({"namespace": namespace} if namespace else {})


class Handler(stand_in.Handler):
    """No trouble."""

    def reply(self, value, code=200):
        self.answer(code, json.dumps(value).encode(), Content_Type="application/json")

    def fail(self, code, reason):
        self.reply({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason,
                    "message": reason, "code": code}, code)

    def handle_any(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        cls = type(self)
        if "changes" not in cls.__dict__:
            cls.changes, cls.asked = [], {}
        if url.path == "/changes":
            self.reply(cls.changes)
        elif self.command != "GET":
            cls.changes.append(f"{self.command} {url.path}")
            self.change(url.path, body)
        elif url.path == "/apis":
            self.reply({"kind": "APIGroupList", "groups": [
                {"name": "wgpolicyk8s.io", "versions": [{"version": "v1alpha2"}]}]})
        elif url.path == GROUP:
            self.reply({"kind": "APIResourceList", "resources": [
                {"name": "policyreports", "kind": "PolicyReport", "namespaced": True, "verbs": ["list"]},
                {"name": "clusterpolicyreports", "kind": "ClusterPolicyReport", "namespaced": False,
                 "verbs": ["list"]}]})
        elif url.path == "/api/v1":
            self.reply({"kind": "APIResourceList", "resources": [
                {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["list"]}]})
        elif url.path.rsplit("/", 1)[1] in REPORTS and url.path.startswith(GROUP):
            self.list(url.path.rsplit("/", 1)[1])
        elif url.path == "/api/v1/namespaces/a/pods/web":
            self.reply({"metadata": {"name": "web", "uid": "uid-web"}})
        else:
            self.fail(404, "NotFound")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def change(self, path, body):
        self.reply({})

    def list(self, resource):
        first = int(self.query.get("continue") or 0)
        key = resource, first
        self.asked[key] = self.asked.get(key, 0) + 1
        if self.trouble(resource, first, self.asked[key]):
            return
        items = [{"metadata": metadata(*r)} for r in REPORTS[resource][first:first + 1]]
        more = first + 1 < len(REPORTS[resource])
        self.reply({"kind": "PartialObjectMetadataList", "items": items,
                    "metadata": {"continue": str(first + 1)} if more else {}})

    def trouble(self, resource, first, asked):
        return False


class Restarts(Handler):
    """The second list begins again after its first page."""

    def trouble(self, resource, first, asked):
        if resource == "clusterpolicyreports" and first == 1 and asked == 1:
            self.fail(410, "Expired")
            return True


class Breaks(Handler):
    """The second list begins again, and then fails."""

    def trouble(self, resource, first, asked):
        if resource == "clusterpolicyreports" and first == 1:
            self.fail(*((410, "Expired") if asked == 1 else (403, "Forbidden")))
            return True


class Refuses(Handler):
    """Reports can be read, but not changed."""

    def change(self, path, body):
        self.fail(403, "Forbidden")


if __name__ == "__main__":
    stand_in.serve({"fine": ("server", Handler), "restarts": ("server", Restarts), "breaks": ("server", Breaks),
                    "refuses": ("server", Refuses)})
