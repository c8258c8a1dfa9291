"""Debian's docker-registry on loopback, for tests: open, with passwords, with a token service, with TLS; and what a test
needs around it. Each stores its images in a temporary folder, and is stopped by process ID."""
import base64
import contextlib
import ctypes
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

import stand_in

USER, PASSWORD = "builder", "open sesame: \"yes\""
MANIFEST_TYPES = {"application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
                  "application/vnd.docker.distribution.manifest.list.v2+json",
                  "application/vnd.docker.distribution.manifest.v2+json"}


def bcrypt(password):
    """The only hash that docker-registry takes in an htpasswd file. libcrypt is on every Debian."""
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    return crypt(password.encode(), b"$2b$05$abcdefghijklmnopqrstuu").decode()


def base64_url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Service(http.server.ThreadingHTTPServer):
    """A server of the test itself, on a free port of loopback, which notes each request: method, path, headers, body."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler, context=None):
        super().__init__(("127.0.0.1", 0), handler)
        self.port = self.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.asked = []
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
        self.thread.join()

    def handle_error(self, *_):
        pass

    def note(self, handler, body):
        with self.lock:
            self.asked.append({"method": handler.command, "path": handler.path, "body": body,
                               "headers": {k.lower(): v for k, v in handler.headers.items()}})

    def forget(self):
        """Forgets the requests until now, and returns them."""
        with self.lock:
            asked, self.asked = self.asked, []
        return asked


class TokenService(Service):
    """Signs tokens that a registry of this test trusts. `users`: names and passwords; `anonymous`: prefixes of
    repositories that all may pull. `reply` changes the body before it is sent."""

    def __init__(self, folder, users=None, anonymous=(), refresh=None, reply=None):
        self.folder = pathlib.Path(folder)
        self.users = {USER: PASSWORD} if users is None else users
        self.anonymous, self.refresh, self.reply = anonymous, refresh or {}, reply
        self.issuer, self.service, self.lifetime = "issuer of this test", "registry, of this test", 300
        self.key, self.certificate = self.folder / "token.key", self.folder / "token.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out",
                        self.certificate, "-subj", "/CN=token service", "-days", "30"], check=True, capture_output=True)
        lines = self.certificate.read_text().split("-----")[2]
        self.chain = ["".join(lines.split())]
        super().__init__(TokenHandler)
        self.realm = f"http://{self.host}/token?account=of+the+realm"

    def sign(self, subject, access):
        now = int(time.time())
        head = {"typ": "JWT", "alg": "RS256", "x5c": self.chain}
        claims = {"iss": self.issuer, "aud": self.service, "sub": subject, "iat": now, "nbf": now - 60,
                  "exp": now + self.lifetime, "jti": base64_url(str(now).encode()), "access": access}
        text = ".".join(base64_url(json.dumps(part).encode()) for part in (head, claims))
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key], input=text.encode(), check=True,
                                   capture_output=True).stdout
        return f"{text}.{base64_url(signature)}"

    def access(self, user, scopes):
        """What a user may do, of what is asked for."""
        granted = []
        for scope in scopes:
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            actions = actions.split(",")
            if user is None:
                actions = ["pull"] if "pull" in actions and name.startswith(tuple(self.anonymous)) else []
            if actions:
                granted.append({"type": kind, "name": name, "actions": actions})
        return granted


class TokenHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, value):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.server.note(self, b"")
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        user = None
        if "Authorization" in self.headers:
            kind, _, value = self.headers["Authorization"].partition(" ")
            user, _, password = base64.b64decode(value).decode().partition(":")
            if kind != "Basic" or self.server.users.get(user) != password:
                return self.answer(401, {"details": "incorrect username or password"})
        return self.grant(user, query)

    def do_POST(self):
        """Of OAuth 2: a refresh token, which `docker login` keeps as identitytoken, or a password."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.note(self, body)
        form = urllib.parse.parse_qs(body.decode())
        given = {key: values[0] for key, values in form.items()}
        if given.get("grant_type") == "refresh_token":
            user = self.server.refresh.get(given.get("refresh_token"))
        else:
            user = given.get("username") if self.server.users.get(given.get("username")) == given.get("password") else None
        if not user:
            return self.answer(401, {"error": "invalid_grant"})
        return self.grant(user, {**form, "scope": [s for scope in form.get("scope", []) for s in scope.split()]})

    def grant(self, user, query):
        if query.get("service") != [self.server.service]:
            return self.answer(400, {"details": "no such service"})
        token = self.server.sign(user or "", self.server.access(user, query.get("scope", [])))
        reply = {"token": token, "expires_in": self.server.lifetime,
                 "issued_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        if self.command == "POST":
            reply["access_token"] = reply.pop("token")
        return self.answer(200, self.server.reply(reply) if self.server.reply else reply)


class Authority:
    """A CA of the test, and a certificate for loopback."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        stand_in.make_certificates(self.folder)
        self.ca, self.certificate, self.key = (self.folder / name for name in ("ca.crt", "server.crt", "server.key"))

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Registry:
    """docker-registry, started by `with`. `users` of an htpasswd file; `tokens`, a TokenService; `authority` for TLS.
    `quiet`: it logs nothing, which takes time."""

    def __init__(self, users=None, tokens=None, authority=None, quiet=False):
        self.users, self.tokens, self.authority, self.quiet = users, tokens, authority, quiet
        self.process = None

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shelflife-registry."))
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.reader.join()
            self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _configuration(self):
        http_part = {"addr": "127.0.0.1:0", "secret": "of this test"}
        if self.authority:
            http_part["tls"] = {"certificate": str(self.authority.certificate), "key": str(self.authority.key)}
        configuration = {
            "version": 0.1, "http": http_part,
            "log": {"level": "error" if self.quiet else "info", "formatter": "json", "accesslog": {"disabled": self.quiet}},
            "storage": {"filesystem": {"rootdirectory": str(self.folder / "images")}, "delete": {"enabled": True},
                        "cache": {"blobdescriptor": "inmemory"},  # as Debian configures it
                        "maintenance": {"uploadpurging": {"enabled": False}}}}
        if self.users is not None:
            file = self.folder / "htpasswd"
            file.write_text("".join(f"{name}:{bcrypt(password)}\n" for name, password in self.users.items()))
            configuration["auth"] = {"htpasswd": {"realm": "a registry, of a test", "path": str(file)}}
        if self.tokens:
            configuration["auth"] = {"token": {"realm": self.tokens.realm, "service": self.tokens.service,
                                               "issuer": self.tokens.issuer,
                                               "rootcertbundle": str(self.tokens.certificate)}}
        return configuration

    def _start(self):
        file = self.folder / "registry.json"
        file.write_text(json.dumps(self._configuration()))  # which is YAML, too
        self.log = self.folder / "requests.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "docker-registry", "serve", file],  # if we are killed
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.PIPE, text=True,
                                            cwd=self.folder)
        self.port = self._port_of_socket() if self.quiet else self._port_of_log()
        self.host = f"127.0.0.1:{self.port}"
        self.reader = threading.Thread(target=lambda: [None for _ in self.process.stderr], daemon=True)
        self.reader.start()

    def _port_of_log(self):
        said = []
        for line in self.process.stderr:
            said.append(line)
            found = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
            if found:
                return int(found[1])
        raise RuntimeError("docker-registry did not start:\n" + "".join(said))

    def _port_of_socket(self):
        """The port of the socket at which the process listens."""
        while self.process.poll() is None:
            sockets = set()
            for file in pathlib.Path(f"/proc/{self.process.pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    sockets.add(os.readlink(file))
            for line in pathlib.Path(f"/proc/{self.process.pid}/net/tcp").read_text().splitlines()[1:]:
                words = line.split()
                if words[3] == "0A" and f"socket:[{words[9]}]" in sockets:  # it listens
                    return int(words[1].rpartition(":")[2], 16)
            time.sleep(0.02)
        raise RuntimeError("docker-registry did not start:\n" + self.process.stderr.read())

    def asked(self):
        """(method, path, status, user agent) of each request until now. The registry writes them before it replies."""
        form = re.compile(r'^\S+ - \S+ \[.*?\] "(\S+) (\S+) HTTP/[\d.]+" (\d+) \d+ ".*?" "(.*)"$')
        return [(m[1], m[2], int(m[3]), m[4]) for m in map(form.match, self.log.read_text().splitlines()) if m]

    def forget(self):
        """Forgets the requests until now."""
        with open(self.log, "r+b") as log:
            log.truncate(0)

    def connection(self):
        if self.authority:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=ssl.create_default_context(
                cafile=self.authority.ca))
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)


class Recorder(Service):
    """Passes requests on to a registry, and notes them with their headers."""

    def __init__(self, registry, context=None):
        self.registry = registry
        self.local = threading.local()
        super().__init__(RecorderHandler, context)


class RecorderHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.note(self, body)
        connection = self.server.registry.connection()
        try:
            connection.request(self.command, self.path, body, {**self.headers, "Connection": "close"})
            reply = connection.getresponse()
            content = reply.read()
        finally:
            connection.close()
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on


def config_json(path, auths=None, **more):
    """Writes a file as Docker and Podman write it: {host: (user, password)}."""
    entries = {host: {"auth": base64.b64encode(":".join(pair).encode()).decode()} if isinstance(pair, tuple) else pair
               for host, pair in (auths or {}).items()}
    path = pathlib.Path(path)
    path.write_text(json.dumps({"auths": entries, **more}))
    path.chmod(0o600)
    return path


def with_registry(test, **options):
    """A registry for the life of a test case, or, given the class, of all its tests."""
    registry = Registry(**options)
    registry.__enter__()
    (test.addClassCleanup if isinstance(test, type) else test.addCleanup)(registry.__exit__)
    return registry
