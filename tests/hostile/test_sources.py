#!/usr/bin/env python3
"""Hostile and broken servers of catalogs: junk, bombs, endless and slow bodies, redirects, and old editions with a valid
signature. The webhook goes on with what it has, in little memory. SHELFLIFE names the binary."""
import http.server
import json
import pathlib
import re
import tempfile
import unittest
import zlib

import webhook
from webhook import ROOT, SANITIZED, TestCase, eventually, openssl, pod_review

MEBI = 1 << 20
JUNK = 66 * MEBI
IMAGE = "images.example/app:1.0"
ENDED, SUPPORTED = "2026-01-01", "2030-01-01"
BUILT_IN = json.loads((ROOT / "policies/catalogs/google-dlc.json").read_text())


def catalog(end, serial, name="own", **more):
    return {"apiVersion": "shelflife.dev/v1", "kind": "Catalog", "name": name, "serial": serial,
            "source": "https://images.example/support", "license": "CC0-1.0", "asOf": "2026-01-01",
            "products": [{"name": "app", "title": "App", "repositories": ["images.example/app"],
                          "rows": [{"release": "1.0", "endOfPatch": end, "endOfAvailability": end}]}], **more}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.requests.append(self.path)
        answer = self.server.answers.get(self.path)
        if callable(answer):
            self.close_connection = True
            return answer(self)
        self.send_response(404 if answer is None else 200)
        self.send_header("Content-Length", str(len(answer or b"")))
        self.end_headers()
        return self.wfile.write(answer or b"")

    def begin(self, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()


class Source(webhook.HttpsServer):
    """A server of catalogs. An answer is the body, or a function of the handler."""

    def __init__(self, certificates):
        self.answers = {}
        super().__init__(certificates, Handler)


def junk(handler):
    handler.begin(Content_Length=str(JUNK))
    for _ in range(JUNK // MEBI):
        handler.wfile.write(b"x" * MEBI)


def endless(handler, status=200):
    handler.begin(status, Transfer_Encoding="chunked")
    while not handler.server.stop.is_set():
        handler.wfile.write(b"10000\r\n" + b" " * 65536 + b"\r\n")


def pack(size):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(MEBI)) for _ in range(size // MEBI)) + packer.flush()


BOMB = pack(JUNK)  # 64 KiB


def bomb(handler):
    handler.begin(Content_Encoding="gzip", Content_Length=str(len(BOMB)))
    handler.wfile.write(BOMB)


def drip(handler):
    """A large beginning, to hold the place of a large download, and then a byte now and then."""
    handler.begin(Content_Length=str(JUNK))
    handler.wfile.write(b" " * MEBI)
    while not handler.server.stop.wait(0.2):
        handler.wfile.write(b" ")


class Sources(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        openssl(cls.folder, "genpkey", "-algorithm", "ed25519", "-out", "catalog.key")
        openssl(cls.folder, "pkey", "-in", "catalog.key", "-pubout", "-out", "catalog.pub")

    def setUp(self):
        self.source = Source(self.certificates)
        self.addCleanup(self.source.close)

    def publish(self, path, content):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "blob").write_bytes(body)
            openssl(folder, "pkeyutl", "-sign", "-inkey", self.folder / "catalog.key", "-rawin", "-in", "blob", "-out", "raw")
            openssl(folder, "base64", "-A", "-in", "raw", "-out", "sig")
            self.source.answers.update({path + ".sig": (folder / "sig").read_bytes(), path: body})

    def serve_urls(self, *paths, options=()):
        urls = [argument for path in paths for argument in ("--catalog", self.source.url + path)]
        return self.serve(*urls, "--catalog-key", self.folder / "catalog.pub", "--ca-file", self.certificates.ca,
                          "--catalog-interval", "200ms", "--reload-interval", "20ms", *options)

    def fetches(self, server, path, outcome):
        return server.metrics()[f'shelflife_catalog_fetches_total{{url="{self.source.url}{path}",outcome="{outcome}"}}']

    def await_failure(self, server, path, reason, more=1):
        before = self.fetches(server, path, "failure")
        eventually(lambda: self.fetches(server, path, "failure") >= before + more, f"{path} fails")
        eventually(lambda: re.search(reason, server.probe("/readyz?verbose")[1]), f"{path}: {reason}")
        eventually(lambda: re.search(f'"error":"[^"]*{reason}', b"".join(server.log).decode().replace('\\"', "'")),
                   f"the log has: {reason}")

    def allowed(self, server, image=IMAGE):
        return server.post(pod_review(image))[1]["response"]["allowed"]

    def peak(self, server):
        """The largest resident size so far, in MiB, from /proc."""
        status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024

    def assert_small(self, server, more):
        """One catalog of the largest size in memory, and a little."""
        if not SANITIZED:
            self.assertLess(self.peak(server), 32 + more)

    # Memory

    def check_two(self, answer, reason):
        """Two URLs behave badly, and a third one is good all the while."""
        self.source.answers.update({"/a.json": answer, "/b.json": answer})
        self.publish("/own.json", catalog(ENDED, 5))
        server = self.serve_urls("/a.json", "/b.json", "/own.json")
        self.await_failure(server, "/a.json", reason, more=2)
        self.await_failure(server, "/b.json", reason, more=2)
        eventually(lambda: not self.allowed(server), "the good catalog is in use")
        self.publish("/own.json", catalog(SUPPORTED, 6))
        eventually(lambda: self.allowed(server), "the good catalog is polled")
        self.assert_small(server, more=8)

    def test_two_urls_of_junk(self):
        self.check_two(junk, "the reply is larger than 8388608 bytes; --max-catalog sets the limit")

    def test_two_endless_bodies(self):
        self.check_two(endless, "the reply is larger than 8388608 bytes")

    def test_two_bombs(self):
        self.check_two(bomb, "the reply is larger than 8388608 bytes")

    def test_endless_bodies_of_errors_are_not_read(self):
        self.check_two(lambda handler: endless(handler, 500), "HTTP status 500")

    def test_endless_signature(self):
        self.publish("/own.json", catalog(ENDED, 5))
        self.source.answers["/own.json.sig"] = endless
        server = self.serve_urls("/own.json")
        self.await_failure(server, "/own.json", "own.json.sig: the reply is larger than 4096 bytes")
        self.assert_small(server, more=0)

    def test_limit_can_be_set(self):
        self.source.answers.update({"/a.json": junk, "/b.json": junk})
        server = self.serve_urls("/a.json", "/b.json", options=("--max-catalog", "1Mi"))
        self.await_failure(server, "/a.json", "the reply is larger than 1048576 bytes")
        self.assert_small(server, more=1)

    def test_many_large_downloads_share_one_place(self):
        """Ten URLs of 7 MiB without a valid signature, all at once."""
        paths = [f"/{i}.json" for i in range(10)]
        for path in paths:
            self.source.answers.update({path: b" " * (7 * MEBI), path + ".sig": b"bm8="})
        server = self.serve_urls(*paths)
        for path in paths:
            eventually(lambda p=path: self.fetches(server, p, "failure") >= 2, f"{path} fails")
        self.assert_small(server, more=8)

    def test_slow_large_download_does_not_stop_the_others(self):
        self.publish("/own.json", catalog(ENDED, 5))
        server = self.serve_urls("/a.json", "/b.json", "/own.json")
        eventually(lambda: not self.allowed(server), "the good catalog is in use")
        before = len(self.source.requests)
        self.source.answers.update({"/a.json": drip, "/b.json": drip})
        eventually(lambda: {"/a.json", "/b.json"} <= set(self.source.requests[before:]), "both are slow")
        self.publish("/own.json", catalog(SUPPORTED, 6))
        eventually(lambda: self.allowed(server), "the good catalog is polled")
        self.assert_small(server, more=8)

    def test_junk_with_a_signature_is_not_parsed(self):
        """Ten million brackets would cost a parser far more than their bytes."""
        self.source.answers.update({"/own.json": b"[" * (7 * MEBI), "/own.json.sig": b"bm8="})
        server = self.serve_urls("/own.json")
        self.await_failure(server, "/own.json", "own.json.sig: the signature")
        self.assert_small(server, more=8)

    # Old editions

    def check_refused(self, path, reason, *more):
        server = self.serve_urls(path, *more)
        self.await_failure(server, path, reason)
        self.assertIn("none yet; failed", server.probe("/readyz?verbose")[1])
        return server

    def test_edition_older_than_the_built_in_one_is_refused(self):
        """With an empty cache, when no serial is known but that of the built-in edition."""
        old = dict(BUILT_IN, serial=BUILT_IN["serial"] - 1, products=[])
        self.publish("/g.json", old | catalog(SUPPORTED, old["serial"], old["name"]))
        server = self.check_refused("/g.json", f"the catalog .google-dlc.* with serial {old['serial']} is refused: the "
                                    f"built-in edition is newer, with serial {BUILT_IN['serial']}; publish a newer one")
        self.assertFalse(self.allowed(server, webhook.DEAD))
        self.publish("/g.json", dict(BUILT_IN, serial=BUILT_IN["serial"] + 1))
        eventually(lambda: self.fetches(server, "/g.json", "new") == 1, "a newer edition is taken")
        self.assertFalse(self.allowed(server, webhook.DEAD))

    def test_edition_below_the_configured_serial_is_refused(self):
        self.publish("/own.json", catalog(SUPPORTED, 6))
        server = self.serve_urls("/own.json", options=("--min-serial", "own=7", "--min-serial", "other=9"))
        self.await_failure(server, "/own.json", "with serial 6 is refused: --min-serial demands at least serial 7")
        self.publish("/own.json", catalog(ENDED, 7))
        eventually(lambda: not self.allowed(server), "serial 7 is taken")

    def test_old_edition_in_the_cache_is_refused(self):
        """The cache may have been written before the serial was configured."""
        cache = self.folder / self.id()
        self.publish("/own.json", catalog(SUPPORTED, 6))
        server = self.serve_urls("/own.json", options=("--cache-dir", cache))
        eventually(lambda: any(cache.iterdir()), "the copy is written")
        server.stop()
        server = self.serve_urls("/own.json", options=("--cache-dir", cache, "--min-serial", "own=7"))
        self.assertRegex(b"".join(server.log).decode(), "cannot use the cached copy of the catalog.*at least serial 7")
        self.assertIn("none yet", server.probe("/readyz?verbose")[1])

    def test_one_url_cannot_roll_back_the_catalog_of_another(self):
        self.publish("/old.json", catalog(SUPPORTED, 5))
        self.publish("/new.json", catalog(ENDED, 6))
        server = self.serve_urls("/new.json", "/old.json")
        eventually(lambda: not self.allowed(server), "the newer edition is in use, though its URL comes first")
        self.publish("/old.json", catalog(SUPPORTED, 4))
        self.await_failure(server, "/old.json", "serial 4")
        self.assertFalse(self.allowed(server))

    def test_wrong_min_serial_is_a_usage_error(self):
        for wrong in "own", "own=", "own=x", "=7", "own=-1", "own=99999999999999999999":
            with self.subTest(wrong), self.assertRaisesRegex(AssertionError, "--min-serial must be NAME=SERIAL"):
                self.serve_urls("/own.json", options=("--min-serial", wrong))

    # Servers that change

    def test_redirect_to_another_catalog_is_refused(self):
        self.publish("/own.json", catalog(ENDED, 5))
        self.publish("/other.json", catalog(SUPPORTED, 9, "other"))
        server = self.serve_urls("/own.json")
        eventually(lambda: not self.allowed(server), "the catalog is in use")
        for suffix in "", ".sig":
            self.source.answers["/own.json" + suffix] = lambda handler, to="/other.json" + suffix: handler.begin(
                302, Location=self.source.url + to, Content_Length="0")
        self.await_failure(server, "/own.json", "contains the catalog .*other.*, but the one in use from this URL is")
        self.assertFalse(self.allowed(server))

    def test_redirects_without_end(self):
        self.source.answers["/own.json"] = lambda handler: handler.begin(302, Location="/own.json", Content_Length="0")
        server = self.check_refused("/own.json", "redirect")
        self.assert_small(server, more=0)

    def test_flapping_source_leaves_nothing_behind(self):
        """Good, junk, away, and an old edition in turn: memory and descriptors stay as they are."""
        self.publish("/own.json", catalog(ENDED, 5))
        server = self.serve_urls("/own.json")
        good = dict(self.source.answers)
        descriptors = pathlib.Path(f"/proc/{server.process.pid}/fd")

        def flap():
            for answer in junk, bomb, None, catalog(SUPPORTED, 4):
                if callable(answer) or answer is None:
                    self.source.answers["/own.json"] = answer
                else:
                    self.publish("/own.json", answer)
                self.await_failure(server, "/own.json", "")
                confirmed = self.fetches(server, "/own.json", "unchanged")
                self.source.answers.update(good)
                eventually(lambda c=confirmed: self.fetches(server, "/own.json", "unchanged") > c, "it is good again")
                self.assertFalse(self.allowed(server))

        flap()
        before, size = len(list(descriptors.iterdir())), server.resident()
        flap()
        eventually(lambda: len(list(descriptors.iterdir())) <= before, "descriptors are closed")
        if not SANITIZED:
            self.assertLess(server.resident(), size + 2048)
        self.assert_small(server, more=8)


if __name__ == "__main__":
    unittest.main()
