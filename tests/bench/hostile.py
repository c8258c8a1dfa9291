#!/usr/bin/env python3
"""Memory of `shelflife serve`, and the time of a usual review, while clients send many large reviews at once. The
clients of a storm have the lowest priority, so that the usual review waits for the server and not for them.

usage: tests/bench/hostile.py [--quick] [--build FOLDER] [--connections N] [--size MIB] [--only TEXT] [SERVE-OPTION...]"""
import argparse
import collections
import contextlib
import json
import multiprocessing
import os
import pathlib
import re
import socket
import ssl
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIB = 1 << 20
DEAD = "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310"
RATE = 100  # usual reviews a second, from one client


def review(spec="", metadata="", operation="CREATE"):
    old = '{"apiVersion":"v1","kind":"Pod","spec":{"containers":[]}}' if operation == "UPDATE" else "null"
    return ('{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","kind":{"group":"",'
            '"version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"namespace":"a",'
            f'"operation":"{operation}","userInfo":{{"username":"dev"}},"object":{{"apiVersion":"v1","kind":"Pod",'
            f'"metadata":{{{metadata}}},"spec":{{{spec}}}}},"oldObject":{old}}}}}').encode()


def images(count, operation="CREATE"):
    return review('"containers":[' + ",".join(f'{{"name":"c{i}","image":"{DEAD}:m{i}"}}' for i in range(count)) + "]",
                  operation=operation)


def bodies(size, count):
    """{name: (body, whether it is sent to its end)}"""
    long = review(metadata='"annotations":{' + ",".join(f'"k{i}":"{"x" * MIB}"' for i in range(size // MIB)) + "}")
    names = review(metadata='"annotations":{' + ",".join(f'"{"k" * MIB}{i}":""' for i in range(size // MIB)) + "}")
    deep = ",".join(f'"d{i}":' + '{"a":' * 9_900 + "1" + "}" * 9_900 for i in range(max(1, size // 60_000)))
    return {
        f"{count:,} images": (images(count), True),
        f"update to {count:,} images": (images(count, "UPDATE"), True),
        "images": (images(size // 90), True),
        "update to images": (images(size // 90, "UPDATE"), True),
        "long strings": (long, True),
        "long names": (names, True),
        "nested 9,900 deep": (review(deep), True),
        "unfinished update to images": (images(size // 90, "UPDATE"), False),
        "unfinished and nested": (review('"d":' + '{"a":' * 9_900), False),
    }


def storm(port, ca, body, whole, connections, results):
    """Sends the body over all connections at once. With `whole` false, leaves it unfinished for a few seconds."""
    os.nice(19)
    context = ssl.create_default_context(cafile=ca)
    statuses = collections.Counter()
    sent, over = threading.Semaphore(0), threading.Event()

    def exchange():
        raw = socket.create_connection(("127.0.0.1", port), timeout=600)
        with contextlib.closing(context.wrap_socket(raw, server_hostname="localhost")) as tls:
            tls.sendall(b"POST /validate?timeout=30s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        b"Content-Length: %d\r\n\r\n" % (len(body) + (not whole)))
            tls.sendall(body)
            sent.release()
            if not whole:
                over.wait()
                return "unfinished"
            line = tls.makefile("rb").readline()
            return line.split()[1].decode() if line else "cut"

    def send():
        try:
            statuses.update([exchange()])
        except OSError:
            statuses.update(["cut"])
            sent.release()

    threads = [threading.Thread(target=send) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for _ in threads:
        sent.acquire()
    if not whole:
        time.sleep(4)
    over.set()
    for thread in threads:
        thread.join()
    results.put(dict(statuses))


class Server:
    def __init__(self, build, folder, *options):
        self.process = subprocess.Popen(
            [build / "shelflife", "serve", "--listen", "127.0.0.1:0", "--no-probes", "--tls-cert", folder / "tls.crt",
             "--tls-key", folder / "tls.key", "--body-timeout", "10m", *options], stderr=subprocess.PIPE)
        self.port = json.loads(self.process.stderr.readline())["port"]
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def resident(self, field):
        """MiB: VmRSS now, VmHWM the most since reset()."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+)", status).group(1)) / 1024

    def reset(self):
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def settled(self):
        last = None
        while (now := self.resident("VmRSS")) != last:
            last = now
            time.sleep(1)
        return now

    def stop(self):
        self.process.terminate()
        self.process.wait()


def send_usual(port, ca, body, over, results):
    """Sends usual reviews until the event. Puts the milliseconds that half of them, and 99 %, took at most."""
    request = (b"POST /validate?timeout=10s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
               b"Content-Length: %d\r\n\r\n" % len(body)) + body
    raw = socket.create_connection(("127.0.0.1", port))
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times = []
    with contextlib.closing(ssl.create_default_context(cafile=ca).wrap_socket(raw, server_hostname="localhost")) as tls:
        while not over.wait(1 / RATE):
            began = time.perf_counter()
            tls.sendall(request)
            reply = b""
            while not reply.endswith(b"}}"):
                reply += tls.recv(65536)
            times.append((time.perf_counter() - began) * 1000)
    times.sort()
    results.put((times[len(times) // 2], times[len(times) * 99 // 100], len(times)))


@contextlib.contextmanager
def usual(server, ca, body):
    """Usual reviews while the block runs; their times are then in the list."""
    over, results, times = multiprocessing.Event(), multiprocessing.Queue(), []
    client = multiprocessing.Process(target=send_usual, args=(server.port, ca, body, over, results))
    client.start()
    yield times
    over.set()
    times += results.get()
    client.join()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="small and short: shows that it works, not how well")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--connections", type=int, default=255, help="beside that of the usual reviews")
    parser.add_argument("--size", type=int, default=32, help="MiB of a body")
    parser.add_argument("--only", default="", help="only the storms with this text in their names")
    options, serve_options = parser.parse_known_args()
    connections, size, count = options.connections, options.size * MIB, 100_000
    if options.quick:
        connections, size, count = 16, 2 * MIB, 5_000
    with tempfile.TemporaryDirectory(prefix="shelflife-bench.") as folder:
        folder = pathlib.Path(folder)
        subprocess.run([options.build / "shelflife", "certs", "init", "--dir", folder, "localhost", "127.0.0.1"],
                       check=True, capture_output=True)
        recorded = (ROOT / "tests/data/reviews/001-create-pods.json").read_bytes()
        server = Server(options.build, folder, *serve_options)
        try:
            print(f"resident {server.resident('VmRSS'):.1f} MiB after the start; bodies of {size / MIB:.0f} MiB")
            for name, (body, whole) in bodies(size - 8192, count).items():
                if options.only not in name:
                    continue
                at_once = 32 if name.endswith(f"{count:,} images") else connections
                with usual(server, folder / "ca.crt", recorded) as alone:
                    time.sleep(2)
                server.reset()
                results = multiprocessing.Queue()
                began = time.monotonic()
                clients = multiprocessing.Process(
                    target=storm, args=(server.port, folder / "ca.crt", body, whole, at_once, results))
                with usual(server, folder / "ca.crt", recorded) as beside:
                    clients.start()
                    statuses = results.get()
                    seconds = time.monotonic() - began
                clients.join()
                p50, p99, _ = beside
                most = server.resident("VmHWM")
                print(f"{at_once:4} x {name:28} {len(body) / MIB:5.1f} MiB each  {seconds:5.1f} s  "
                      f"resident at most {most:5.1f}, then {server.settled():5.1f} MiB  usual review "
                      f"p50 {p50:6.2f} ms (alone {alone[0]:.2f}, {p50 / alone[0]:4.1f} times), p99 {p99:7.2f} ms "
                      f"(alone {alone[1]:.2f}) of {beside[2]}  {statuses}", flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
