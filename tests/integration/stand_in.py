"""A server for tests of the HTTP client: as fickle as its path asks for. Prints one JSON line with its ports
and the folder of its certificates, and ends with its standard input."""
import gzip
import http.server
import json
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import zlib


def make_certificates(folder):
    """A CA, a server certificate, an expired one, one for another name, and a client certificate."""
    def openssl(*args):
        subprocess.run(["openssl", *map(str, args)], check=True, cwd=folder, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test CA", "-days", 30)
    (folder / "index.txt").write_text("")
    (folder / "ca.conf").write_text(
        "[ca]\ndefault_ca=d\n[d]\ndir=.\nnew_certs_dir=.\ndatabase=index.txt\nrand_serial=yes\ndefault_md=sha256\n"
        "policy=p\ncopy_extensions=copy\nunique_subject=no\n[p]\ncommonName=supplied\n")
    for name, san, start, end in [
            ("server", "IP:127.0.0.1,DNS:localhost", "20200101000000Z", "20490101000000Z"),
            ("expired", "IP:127.0.0.1,DNS:localhost", "20200101000000Z", "20210101000000Z"),
            ("other", "DNS:other.example", "20200101000000Z", "20490101000000Z"),
            ("client", "DNS:client", "20200101000000Z", "20490101000000Z")]:
        openssl("req", "-new", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}",
                "-addext", f"subjectAltName={san}")
        openssl("ca", "-batch", "-config", "ca.conf", "-notext", "-cert", "ca.crt", "-keyfile", "ca.key", "-startdate", start,
                "-enddate", end, "-in", f"{name}.csr", "-out", f"{name}.crt")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    connections = {}  # of each server's port, how many
    published = pathlib.Path("/nowhere")

    def setup(self):
        super().setup()
        port = self.server.server_address[1]
        Handler.connections[port] = Handler.connections.get(port, 0) + 1

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        try:
            getattr(self, "path_" + url.path.strip("/").replace("-", "_"), self.path_missing)(query)
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def path_missing(self, query):
        """A file that the test has put into the folder "published", or nothing."""
        file = Handler.published / pathlib.PurePath(urllib.parse.urlsplit(self.path).path).name
        if file.is_file():
            self.answer(200, file.read_bytes())
        else:
            self.answer(404, b"missing")

    def path_echo(self, query):
        peer = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
        subject = dict(field[0] for field in peer["subject"]) if peer else {}
        told = {"method": self.command, "path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()},
                "body": self.body.decode("latin-1"), "client": subject.get("commonName"),
                "connections": Handler.connections[self.server.server_address[1]]}
        self.answer(200, json.dumps(told, sort_keys=True).encode(), Content_Type="application/json")

    def path_status(self, query):
        self.answer(int(query["code"]), b"no luck", Retry_After=query.get("retry", "1"))

    def path_etag(self, query):
        headers = {"ETag": '"one"', "Last_Modified": "Sun, 06 Nov 1994 08:49:37 GMT"}
        if self.headers.get("If-None-Match") == '"one"':
            self.answer(304, b"", **headers)
        else:
            self.answer(200, b"new", **headers)

    def path_bytes(self, query):
        self.answer(200, b"x" * int(query["n"]))

    def path_gzip(self, query):
        self.answer(200, gzip.compress(b"squeezed " * 1000), Content_Encoding="gzip")

    def path_deflate(self, query):
        self.answer(200, zlib.compress(b"squeezed " * 1000), Content_Encoding="deflate")

    def path_bomb(self, query):
        squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
        body = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(256)) + squeeze.flush()
        self.answer(200, body, Content_Encoding="gzip")

    def path_no_gzip(self, query):
        self.answer(200, b"this is not gzip", Content_Encoding="gzip")

    def path_slow(self, query):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(b".")
            self.wfile.flush()
            time.sleep(0.2)

    def path_hang(self, query):
        time.sleep(30)
        self.close_connection = True

    def path_drop(self, query):
        self.close_connection = True

    def path_cut(self, query):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")
        self.close_connection = True

    def path_cut_chunked(self, query):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        self.close_connection = True

    def path_no_http(self, query):
        self.wfile.write(b"220 mail.example ESMTP\r\n")
        self.close_connection = True

    def path_headers(self, query):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-Filler: " + b"x" * 1000 + b"\r\n")
        for _ in range(200):
            self.wfile.write(b"X-Filler: " + b"x" * 1000 + b"\r\n")
        self.wfile.write(b"Content-Length: 0\r\n\r\n")

    def path_long_etag(self, query):
        self.answer(200, b"", ETag='"' + "x" * 5000 + '"')

    def path_redirect(self, query):
        self.answer(302, b"elsewhere", Location=query["to"])


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, certificate=None, folder=None, handler=Handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(folder / f"{certificate}.crt", folder / f"{certificate}.key")
            self.context.load_verify_locations(folder / "ca.crt")
            self.context.verify_mode = ssl.CERT_OPTIONAL

    def finish_request(self, request, address):
        # The handshake belongs to the connection's own thread.
        if self.context:
            try:
                request = self.context.wrap_socket(request, server_side=True)
            except (ssl.SSLError, OSError):
                return
        super().finish_request(request, address)

    def handle_error(self, *_):
        pass  # clients break off here all the time, as they should


def serve(handlers):
    """Starts a server for each {name: (certificate, handler)}, prints their ports, and ends when standard input does."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="shelflife-stand-in."))
    try:
        make_certificates(folder)
        Handler.published = folder / "published"
        Handler.published.mkdir()
        told = {"folder": str(folder)}
        for name, (certificate, handler) in handlers.items():
            server = Server(certificate, folder, handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            told[name] = server.server_address[1]
        print(json.dumps(told), flush=True)
        sys.stdin.read()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    serve({"https": ("server", Handler), "http": (None, Handler), "expired": ("expired", Handler),
           "other": ("other", Handler)})
