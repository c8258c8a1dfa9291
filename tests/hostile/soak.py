#!/usr/bin/env python3
"""Runs `shelflife serve` under high load for a long time, with everything that happens to it in a cluster and more: its
policy and certificate change, its catalog's URL fails, and hostile clients of each kind attack it. Checks that each
reply to a usual client has the expected bytes, that every change comes into use, that every kind of attack reaches the
server, and that memory, descriptors and threads are the same at the end as after the first part of the run.

usage: tests/hostile/soak.py [--minutes N] [--binary FILE] [--under "valgrind …"] [--no-sandbox] [--seed N]"""
import argparse
import collections
import contextlib
import itertools
import json
import os
import pathlib
import random
import shlex
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

parser = argparse.ArgumentParser(description="a long run of the webhook under attack")
parser.add_argument("--minutes", type=float, default=30)
parser.add_argument("--binary", help="instead of the development build")
parser.add_argument("--under", default="", help="the command under which the server runs, such as valgrind")
parser.add_argument("--no-sandbox", action="store_true", help="for --under")
parser.add_argument("--seed", type=int, default=1)
options = parser.parse_args()
if options.binary:
    os.environ["SHELFLIFE"] = str(pathlib.Path(options.binary).resolve())

import attackers  # noqa: E402
import webhook  # noqa: E402
from test_memory import BODIES  # noqa: E402
from test_sources import Source, bomb, catalog, drip, junk  # noqa: E402

REVIEWS = sorted((webhook.ROOT / "tests/data/reviews").glob("*.json"))
CONNECTIONS = 160  # fewer than all clients together want, so that some must always give way
PARTS = 5  # after each part of the run the attacks stop, and sizes are measured; the first two are to warm up
REUSED = 100  # reviews that a usual client sends over one connection
CHECKS = ("usual replies", "usual connections", "large reviews", "malformed requests", "forged floods", "attacks",
          "policy changes", "certificate changes", "resident KiB", "descriptors", "threads", "the run", "exit code")
SHOWN = 20  # faults of a check
SHOWN_METRICS = ("shelflife_reloads_total", "shelflife_catalog_fetches_total", "shelflife_connections_shed_total",
                 "shelflife_errors_total")
POLICIES = {"a": "notice: 90d\n", "b": "notice: 0d\nactions:\n  unresolved: warn\n"}
SLOW = bool(options.under) or webhook.SANITIZED  # sizes are those of the tool then, not of the server


class Soak:
    def __init__(self, folder):
        self.folder, self.random = folder, random.Random(options.seed)
        self.stop, self.calm = threading.Event(), threading.Event()  # calm: no attacks
        self.counts, self.faults = collections.Counter({"usual connections lost": 0}), collections.Counter()
        self.seen = set()  # serving certificates
        self.sizes = collections.defaultdict(list)
        self.certificates = webhook.Certificates(folder / "certificates")
        self.prepare_files()
        self.expected = {name: self.expect(name) for name in POLICIES}
        self.source = Source(self.certificates)
        self.source.answers |= {"/own.json": self.own.read_bytes(), "/own.json.sig": self.signature}
        self.server = self.start()

    def fault(self, check, text):
        self.faults[check] += 1
        if self.faults[check] <= SHOWN:
            print(f"FAULT: {check}: {text}", flush=True)

    # ---- what the server reads ----

    def prepare_files(self):
        for name, text in POLICIES.items():
            (self.folder / name).write_text(f"apiVersion: shelflife.dev/v1\nkind: Policy\n{text}")
        self.policy, self.live = self.folder / "policy.yaml", self.folder / "live"
        self.folders = [self.certificates.serving(f"serving-{i}") for i in range(4)]
        self.replace(self.policy, self.folder / "a")
        self.live.symlink_to(self.folders[0])
        self.own = self.folder / "own.json"
        self.own.write_text(json.dumps(catalog("2026-01-01", 7)))
        webhook.openssl(self.folder, "genpkey", "-algorithm", "ed25519", "-out", "catalog.key")
        webhook.openssl(self.folder, "pkey", "-in", "catalog.key", "-pubout", "-out", "catalog.pub")
        subprocess.run([webhook.BINARY, "catalog", "sign", "--key", self.folder / "catalog.key", self.own], check=True,
                       capture_output=True)
        self.signature = (self.folder / "own.json.sig").read_bytes()

    def replace(self, target, source):
        new = target.with_suffix(".new")
        new.write_bytes(source.read_bytes())
        new.replace(target)

    def expect(self, policy):
        """{review: the bytes of the reply}, from the command that judges without a server."""
        replies = {}
        for path in REVIEWS:
            done = subprocess.run([webhook.BINARY, "review", "--at", webhook.DAY, "--policy", self.folder / policy,
                                   "--catalog", self.own, path], capture_output=True, check=True)
            replies[path] = done.stdout.strip()
        return replies

    def start(self):
        arguments = ["--policy", self.policy, "--catalog", f"{self.source.url}/own.json", "--catalog-key",
                     self.folder / "catalog.pub", "--ca-file", self.certificates.ca, "--catalog-interval", "500ms",
                     "--reload-interval", "200ms", "--max-connections", CONNECTIONS, "--review-memory", "4Mi",
                     "--header-timeout", "2s", "--body-timeout", "5m" if SLOW else "20s"]
        binary = webhook.BINARY
        if options.under:
            webhook.BINARY = self.folder / "under"
            webhook.BINARY.write_text(f"#!/bin/sh\nexec {options.under} {shlex.quote(str(binary))} \"$@\"\n")
            webhook.BINARY.chmod(0o755)
        if options.no_sandbox:
            arguments.append("--no-sandbox")
        server = webhook.Server(self.certificates, *arguments, tls=self.live)
        webhook.BINARY = binary
        return server

    def await_use(self, replies, certificate):
        """A new connection has the certificate, and its reply is that of the policy, with the catalog from the URL."""
        path, wanted = REVIEWS[0], ssl.PEM_cert_to_DER_cert((certificate / "tls.crt").read_text())

        def is_used():
            with contextlib.closing(attackers.Connection(self.server, "127.0.0.1", self.server.trust)) as connection:
                connection.send(webhook.request_bytes(path.read_bytes()))
                reply = connection.answer()[2].strip()
                return reply == replies[path] and connection.socket.getpeercert(True) == wanted
        webhook.eventually(is_used, "the files are in use")

    # ---- what happens to it in a cluster ----

    def usual_client(self, number):
        """Sends recorded reviews over connections that it uses again, and compares the replies. All that the server may
        do otherwise is to close a used connection before it replies: an API server sends the review again then."""
        connection, used, rng = None, 0, random.Random(options.seed + number)
        while not self.stop.is_set():
            path = rng.choice(REVIEWS)
            try:
                if not connection:
                    used = 0
                    connection = attackers.Connection(self.server, f"127.0.1.{number + 1}", self.server.trust)
                    self.seen.add(connection.socket.getpeercert(True))
                connection.send(webhook.request_bytes(path.read_bytes(), "/validate?timeout=30s"))
                cut = None if connection.stream.peek(1) else "end of file"
            except OSError as problem:
                cut = problem
            if cut:
                self.counts["usual connections lost"] += 1
                if not used or isinstance(cut, TimeoutError):
                    self.fault("usual connections", f"{path.name}, {used} reviews before it: {cut!r}")
            else:
                self.compare(path, *connection.answer())
                used += 1
            if connection and (cut or used == REUSED):
                connection.close()
                connection = None
        if connection:
            connection.close()

    def compare(self, path, status, _, body):
        self.counts["usual replies"] += 1
        policies = [name for name in POLICIES if self.expected[name][path] == body.strip()]
        if status != 200 or not policies:
            self.fault("usual replies", f"{path.name}: {status} {body[:300]}")
        elif len(policies) == 1:  # others are replies to reviews that no policy judges
            self.counts[f"usual replies that policy {policies[0]} alone gives"] += 1

    def change_policy(self):
        for name in itertools.cycle("ba"):
            if self.stop.wait(0.7):
                break
            self.replace(self.policy, self.folder / name)
            self.counts["policy changes"] += 1

    def change_certificate(self):
        for folder in itertools.cycle(self.folders[1:] + self.folders[:1]):
            if self.stop.wait(3):
                break
            self.serve_with(folder)
            self.counts["certificate changes"] += 1

    def serve_with(self, folder):
        link = self.folder / "live.new"
        link.symlink_to(folder)
        link.replace(self.live)

    def flap(self):
        good = self.source.answers["/own.json"]
        for answer in itertools.cycle([junk, good, bomb, None, drip, b"{}", good]):
            if self.stop.wait(2):
                break
            self.source.stop.set()  # ends the answers that drip
            self.source.stop.clear()
            self.source.answers["/own.json"] = answer
            self.counts["changes of the URL"] += 1

    # ---- attacks ----

    def attack(self, kind, action, pause):
        """Repeats an attack until the end, except while it is calm."""
        while not self.stop.is_set():
            if not self.calm.is_set():
                try:
                    action()
                    self.counts[kind] += 1
                except OSError:  # the server may close any connection of an attacker
                    self.counts[f"{kind}, cut"] += 1
            self.stop.wait(pause)
        if not self.counts[kind]:
            self.fault("attacks", f"none of the {kind} went through")

    def connect(self, number):
        return contextlib.closing(attackers.Connection(self.server, f"127.0.2.{number}", self.server.trust))

    def hoard(self):
        """All places, by four kinds of hoarders for a few seconds."""
        kinds = (attackers.Reviewer, attackers.SlowBody, attackers.HalfOpen, attackers.Silent)
        hoarders = [kind(self.server, f"127.0.3.{i + 1}", CONNECTIONS // 4) for i, kind in enumerate(kinds)]
        for hoarder in hoarders:
            hoarder.start()
        for _ in range(20):
            if self.stop.wait(0.2) or self.calm.is_set():
                break
        for hoarder in hoarders:
            hoarder.ended.set()
            hoarder.join()

    def large(self):
        body = self.random.choice(list(BODIES.values()))
        with self.connect(1) as connection:
            connection.send(webhook.request_bytes(body, "/validate?timeout=30s"))
            status, headers, reply = connection.answer()
        self.counts[f"large reviews with {status}"] += 1
        if not (status == 429 and headers.get("retry-after") == "1" or
                status == 200 and not json.loads(reply)["response"]["allowed"]):
            self.fault("large reviews", f"{status} {reply[:300]}")

    def cut(self):
        with self.connect(2) as connection:
            body = self.random.choice(list(BODIES.values()))
            connection.send(webhook.request_bytes(body)[:self.random.randrange(len(body))])

    def forge(self):
        """Many reviews with findings over one connection."""
        with self.connect(3) as connection:
            connection.send(webhook.request_bytes(webhook.pod_review(webhook.DEAD)) * 200)
            statuses = {connection.answer()[0] for _ in range(200)}
        if statuses != {200}:
            self.fault("forged floods", statuses)

    def unread(self):
        """Many reviews whose replies are never read."""
        with self.connect(5) as connection:
            connection.send(webhook.request_bytes(webhook.pod_review(webhook.DEAD)) * 200)

    def malformed(self):
        request = self.random.choice((
            b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            b"GET /validate/off%00/enforce HTTP/1.1\r\nHost: x\r\n\r\n",
            webhook.request_bytes(b"{\"apiVersion\":"),
            bytes(self.random.randrange(256) for _ in range(300)) + b"\r\n\r\n"))
        with self.connect(4) as connection:
            connection.send(request)
            status = connection.answer()[0]
        if status not in (400, 404, 405):
            self.fault("malformed requests", status)

    def plain(self):
        with socket.create_connection(("127.0.0.1", self.server.port), webhook.PATIENCE) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            connection.recv(4096)

    # ---- sizes ----

    def size(self):
        folder = pathlib.Path(f"/proc/{self.server.process.pid}")
        return {"resident KiB": self.server.resident(), "descriptors": len(list((folder / "fd").iterdir())),
                "threads": len(list((folder / "task").iterdir()))}

    def sample(self):
        while not self.stop.wait(2):
            for name, value in self.size().items():
                self.sizes[name].append(value)

    def settle(self):
        """Sizes without attacks, when those that were under way have ended."""
        self.calm.set()
        last, same, end = None, 0, time.monotonic() + webhook.PATIENCE
        while same < 5 and time.monotonic() < end:
            time.sleep(1)
            now = self.size()
            same = same + 1 if last and now["threads"] == last["threads"] else 0
            last = now
        self.calm.clear()
        return last

    def check_sizes(self, calm):
        """`calm`: the sizes after each part, while the usual clients go on: each may be between two connections, and a
        fetch of the catalog may have begun. The allocator keeps pages in which something is in use; how many depends on
        which reviews came at once."""
        before, after = calm[1], calm[-1]
        bounds = {"descriptors": before["descriptors"] + 8, "threads": before["threads"] + 8}
        if not SLOW:
            bounds["resident KiB"] = before["resident KiB"] * 1.25 + 4096
        for name in before:
            print(f"{name} without attacks, after each part: {', '.join(format(sizes[name], ',') for sizes in calm)}")
        for name, most in bounds.items():
            if after[name] > most:
                self.fault(name, f"{before[name]} after the second part, {after[name]} at the end, at most {most:.0f}")

    # ---- the run ----

    def run(self):
        seconds = options.minutes * 60
        work = [lambda i=i: self.usual_client(i) for i in range(4)] + [
            self.change_policy, self.change_certificate, self.flap, self.sample,
            lambda: self.attack("hoards", self.hoard, 1), lambda: self.attack("large reviews", self.large, 0.05),
            lambda: self.attack("large reviews", self.large, 0.05), lambda: self.attack("cut bodies", self.cut, 0.2),
            lambda: self.attack("forged floods", self.forge, 0.5),
            lambda: self.attack("unread floods", self.unread, 0.5),
            lambda: self.attack("malformed requests", self.malformed, 0.05),
            lambda: self.attack("plain requests", self.plain, 0.1)]
        self.await_use(self.expected["a"], self.folders[0])
        threads = [threading.Thread(target=self.guard, args=(action,)) for action in work]
        for thread in threads:
            thread.start()
        calm = []
        for _ in range(PARTS):
            self.stop.wait(seconds / PARTS)
            calm.append(self.settle())
        metrics = self.server.metrics()
        self.stop.set()
        self.source.stop.set()
        for thread in threads:
            thread.join()
        self.check_sizes(calm)
        self.check_changes()
        self.finish(metrics)

    def check_changes(self):
        """Each policy and a new certificate came into use under attack, and what comes next still does."""
        for name in POLICIES:
            if not self.counts[f"usual replies that policy {name} alone gives"]:
                self.fault("policy changes", f"policy {name} was never used")
        self.counts["certificates seen"] = len(self.seen)
        if len(self.seen) < 2:
            self.fault("certificate changes", "no new certificate was used")
        for name, folder in zip("ab", self.folders):
            self.replace(self.policy, self.folder / name)
            self.serve_with(folder)
            self.guard(lambda name=name, folder=folder: self.await_use(self.expected[name], folder))

    def guard(self, action):
        try:
            action()
        except Exception as problem:  # the thread ends, and with it what it checks
            self.fault("the run", f"{type(problem).__name__}: {problem}")

    def finish(self, metrics):
        code = self.server.stop()
        self.source.close()
        if code != 0:
            self.fault("exit code", f"{code}: {b''.join(self.server.log[-30:]).decode(errors='replace')}")
        for name, count in sorted(self.counts.items()):
            print(f"{name}: {count:,}")
        for name, values in self.sizes.items():
            if values:
                print(f"{name}: {min(values):,} to {max(values):,}, median {statistics.median(values):,.0f}")
        for name, value in metrics.items():
            if value and name.startswith(SHOWN_METRICS):
                print(f"{name}: {value:,.0f}")
        print(f"{len(CHECKS) - len(self.faults)} passed, {len(self.faults)} failed")


def main():
    webhook.allow_descriptors(4096)
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(pathlib.Path(folder))
        soak.run()
    sys.exit(bool(soak.faults))


main()
