"""Resident memory. SHELFLIFE_REVIEWS sets the number of reviews of the longest test."""
import contextlib
import json
import os
import threading
import time
import unittest

from webhook import DEAD, SANITIZED, TestCase, pod_review, read_response, request_bytes

REVIEWS = int(os.environ.get("SHELFLIFE_REVIEWS", 50_000))
KIB = 1024


def settled(server):
    """Resident KiB, once it no longer changes."""
    last = None
    while (now := server.resident()) != last:
        last = now
        time.sleep(0.3)
    return now


@unittest.skipIf(SANITIZED, "a sanitizer's own memory would be measured")
class Memory(TestCase):
    def send(self, server, request, count, threads=4, batch=50):
        """Sends many requests, pipelined: a client in Python that waits for each reply would be too slow."""
        failures = []

        def run(rest):
            try:
                with contextlib.closing(server.tls()) as connection, connection.makefile("rb") as stream:
                    while rest:
                        n = min(rest, batch)
                        connection.sendall(request * n)
                        for _ in range(n):
                            status = read_response(stream)[0]
                            if status != 200:
                                raise AssertionError(status)
                        rest -= n
            except Exception as failure:  # noqa: BLE001 - the test reports any failure
                failures.append(failure)

        workers = [threading.Thread(target=run, args=(count // threads,)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual(failures, [])

    def test_64_connections_fit_into_24_mib(self):
        server = self.serve()
        with contextlib.ExitStack() as stack:
            for image in [DEAD, "python:3.8"] * 32:
                connection = stack.enter_context(contextlib.closing(server.connect()))
                self.assertEqual(server.post(pod_review(image), connection=connection)[0], 200)
            self.assertEqual(server.metrics()["shelflife_connections"], 64)
            self.assertLess(server.resident(), 24 * KIB)

    def test_review_of_16_mib_takes_less_than_1_mib(self):
        server = self.serve()
        review = pod_review()
        review["request"]["object"]["metadata"]["annotations"] = {
            f"note-{i}": "<&>\u0000" * 2000 for i in range(16 * KIB * KIB // 48_000 + 1)}
        body = json.dumps(review).replace("<", "\\u003c").replace("&", "\\u0026").replace(">", "\\u003e").encode()
        self.assertGreater(len(body), 16 * KIB * KIB)
        with contextlib.closing(server.connect()) as connection:
            self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
            before = settled(server)
            for _ in range(3):
                status, reply, _ = server.post(body, connection=connection)
                self.assertEqual((status, reply["response"]["allowed"]), (200, True))
            self.assertLess(server.resident() - before, KIB)

    def test_string_of_16_mib_takes_less_than_1_mib(self):
        server = self.serve()
        review = pod_review()
        review["request"]["object"]["metadata"]["annotations"] = {"long": "x" * (16 * KIB * KIB)}
        with contextlib.closing(server.connect()) as connection:
            self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
            before = settled(server)
            self.assertEqual(server.post(review, connection=connection)[0], 200)
            self.assertLess(server.resident() - before, KIB)

    def test_many_reviews_do_not_leak(self):
        server = self.serve()
        request = request_bytes(pod_review(DEAD))
        self.send(server, request, 4000)
        before = settled(server)
        self.send(server, request, REVIEWS)
        self.assertLess(settled(server) - before, KIB)
        self.assertEqual(server.metrics()["shelflife_review_duration_seconds_count"], 4000 + REVIEWS // 4 * 4)

    def test_large_reviews_do_not_leak(self):
        """The memory for thousands of containers is freed."""
        server = self.serve()
        review = pod_review()
        review["request"]["object"]["spec"]["containers"] = [
            {"name": f"c{i}", "image": f"python:3.8-slim-{i}"} for i in range(5000)]
        with contextlib.closing(server.connect()) as connection:
            for _ in range(3):
                self.assertEqual(server.post(review, connection=connection)[0], 200)
        before = settled(server)
        for _ in range(30):
            self.assertEqual(server.post(review)[0], 200)
        self.assertLess(settled(server) - before, KIB)


if __name__ == "__main__":
    unittest.main()
