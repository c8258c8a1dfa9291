"""A registry that behaves badly, for tests: it serves the images of images.py, and each repository can have a trouble of
its own. A trouble is a function of the request's handler, which answers itself and returns True, or does nothing and
returns False."""
import http.server
import json
import re
import threading
import time
import urllib.parse

from images import digest_of
from registry_rig import Service

PATH = re.compile(r"^/v2/(?P<repository>.+?)/(?P<kind>manifests|blobs|tags|referrers)/(?P<what>[^/?]+)(\?.*)?$")


class Hostile(Service):
    """It can also be the proxy of a client, for all hosts except those of loopback. So a test sees what would have been
    sent to another host, and nothing is."""

    def __init__(self, context=None):
        self.manifests, self.content, self.troubles = {}, {}, {}
        self.sent = {}  # how many bytes of an endless body, by repository
        self.closed = threading.Condition()  # notified when a client has closed such a connection
        super().__init__(Handler, context)

    def put(self, repository, tag, image, trouble=None):
        """Returns the reference. The trouble is the repository's."""
        self.add(repository, tag, image)
        if trouble:
            self.troubles[repository] = trouble
        return f"{self.host}/{repository}:{tag}"

    def add(self, repository, tag, image):
        for name in (tag, image.digest):
            self.manifests[repository, name] = (image.type, image.manifest)
        for data in image.blobs:
            self.content[repository, digest_of(data)] = data
        for child in image.children:
            self.add(repository, child.digest, child)

    def as_proxy(self):
        """The variables of the environment."""
        url = f"http://{self.host}"
        return {"http_proxy": url, "https_proxy": url, "HTTPS_PROXY": url, "ALL_PROXY": url, "NO_PROXY": "127.0.0.1,localhost"}

    def of(self, repository):
        """The requests for a repository."""
        with self.lock:
            return [one for one in self.asked if one["path"].startswith(f"/v2/{repository}/")]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        """Underscores in the names of headers become hyphens. A value of None: the header is not sent."""
        headers = {"Content_Length": str(len(body)), **headers}
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        return True

    def any(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.note(self, self.body)
        found = PATH.match(re.sub(r"^http://[^/]*", "", self.path))  # a request to a proxy names the host, too
        self.repository, self.kind, self.what = found.group("repository", "kind", "what") if found else ("", self.path, "")
        try:
            trouble = self.server.troubles.get(self.repository)
            if not (trouble and trouble(self)):
                self.serve()
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = any

    def do_CONNECT(self):
        """As a proxy it connects to no other host."""
        self.server.note(self, b"")
        self.answer(502)
        self.close_connection = True

    def serve(self):
        """As a good registry would."""
        if self.kind == "manifests" and (self.repository, self.what) in self.server.manifests:
            media_type, data = self.server.manifests[self.repository, self.what]
            return self.answer(200, data, Content_Type=media_type, Docker_Content_Digest=digest_of(data))
        if self.kind == "blobs" and (self.repository, self.what) in self.server.content:
            return self.answer(200, self.server.content[self.repository, self.what], Content_Type="application/octet-stream")
        return self.answer(404, error("MANIFEST_UNKNOWN" if self.kind == "manifests" else "BLOB_UNKNOWN"),
                           Content_Type="application/json")


def error(code, message="of this test"):
    return json.dumps({"errors": [{"code": code, "message": message}]}).encode()


# ---- Troubles ----

def only(kind, trouble, command=None):
    """A trouble with one kind of path, "manifests" or "blobs", and one command."""
    return lambda h: h.kind == kind and command in (None, h.command) and trouble(h)


def times(count, trouble):
    """A trouble that passes after `count` requests."""
    left = [count]

    def decide(h):
        with h.server.lock:
            left[0] -= 1
            now = left[0] >= 0
        return now and trouble(h)
    return decide


def status(code, body=None, **headers):
    return lambda h: h.answer(code, error("TOOMANYREQUESTS" if code == 429 else "UNKNOWN") if body is None else body, **headers)


def drop(h):
    h.close_connection = True
    return True


def half(h):
    """The body ends before its length."""
    data = found(h)
    h.answer(200, data[:len(data) // 2], **{**kind_of(h), "Content_Length": str(len(data))})
    h.close_connection = True
    return True


def found(h):
    if h.kind == "manifests":
        return h.server.manifests[h.repository, h.what][1]
    return h.server.content[h.repository, h.what]


def kind_of(h):
    if h.kind == "manifests":
        media_type, data = h.server.manifests[h.repository, h.what]
        return {"Content_Type": media_type, "Docker_Content_Digest": digest_of(data)}
    return {"Content_Type": "application/octet-stream"}


def changed(h):
    """Other content, of the same length, under the right digest."""
    data = found(h).replace(b"3.8.20", b"3.8.21").replace(b"+gzip", b"+zstd")
    return h.answer(200, data, **kind_of(h))


def lying(digest):
    """The right bytes, and a header that says that their digest is another."""
    return lambda h: h.answer(200, found(h), **{**kind_of(h), "Docker_Content_Digest": digest})


def typed(media_type):
    """The right bytes, under another type. None: without any."""
    return lambda h: h.answer(200, found(h), **{**kind_of(h), "Content_Type": media_type})


def replaced(media_type, body):
    """A manifest that is something else."""
    return only("manifests", lambda h: h.answer(200, body, Content_Type=media_type, Docker_Content_Digest=digest_of(body)))


def without_digest(h):
    """A manifest without Docker-Content-Digest."""
    return h.answer(200, found(h), **{**kind_of(h), "Docker_Content_Digest": None})


def chunked(h):
    """A body, and a HEAD, without a length."""
    data = found(h)
    h.answer(200, b"", **{**kind_of(h), "Content_Length": None, "Transfer_Encoding": "chunked"})
    if h.command != "HEAD":
        for start in range(0, len(data), 100):
            part = data[start:start + 100]
            h.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        h.wfile.write(b"0\r\n\r\n")
    return True


def redirect(to, code=307):
    """`to` is a URL, or a function of the handler that returns one."""
    return lambda h: h.answer(code, b"", Location=to(h) if callable(to) else to)


def redirect_to_itself(h):
    return h.answer(307, b"", Location=h.path)


def challenge(text):
    """Requests without Authorization are refused."""
    return lambda h: "Authorization" not in h.headers and h.answer(401, error("UNAUTHORIZED"), WWW_Authenticate=text)


def endless(h):
    """A body that ends when the client closes the connection. The server notes how much it could send."""
    h.answer(200, b"", **{**kind_of(h), "Content_Length": None, "Transfer_Encoding": "chunked"})
    if h.command == "HEAD":
        return True
    part = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    sent = 0
    try:
        while sent < 1 << 30:
            h.wfile.write(part)
            sent += 0x10000
    except (BrokenPipeError, ConnectionResetError):
        pass
    with h.server.closed:
        h.server.sent[h.repository] = sent
        h.server.closed.notify_all()
    h.close_connection = True
    return True


def huge_header(h):
    h.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for i in range(300):
        h.wfile.write(b"X-Filler-%d: %s\r\n" % (i, b"x" * 10000))
    h.wfile.write(b"Content-Length: 0\r\n\r\n")
    h.close_connection = True
    return True


def slow(h):
    """A byte at a time, forever."""
    h.answer(200, b"", **{**kind_of(h), "Content_Length": "100000"})
    for _ in range(100000):
        h.wfile.write(b" ")
        time.sleep(0.05)
    return True


def in_turn(*troubles):
    """The first that answers counts."""
    return lambda h: any(trouble(h) for trouble in troubles)


def sibling(to):
    """A URL for the same path at another server."""
    return lambda h: urllib.parse.urljoin(f"http://{to.host}/", h.path)
