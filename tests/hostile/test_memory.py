"""Large reviews share one budget of memory: what finds no room gets 429, usual reviews always find some,
and all memory comes back. SHELFLIFE_HOSTILE is the number of connections at once; tests/bench/hostile.py measures it at
full size."""
import concurrent.futures
import contextlib
import json
import os
import time
import unittest

from webhook import DEAD, SANITIZED, TestCase, eventually, pod_review, read_response, request_bytes

CONNECTIONS = int(os.environ.get("SHELFLIFE_HOSTILE", 8 if SANITIZED else 32))
IMAGES = 4_000 if SANITIZED else 20_000
KIB = 1024
HELD = "shelflife_review_memory_bytes"
RELEASE = DEAD.rsplit(":", 1)[0]


def dead_images(count, operation="CREATE", **request):
    """A review with distinct images that are denied."""
    review = pod_review(operation=operation, **request)
    spec = review["request"]["object"]["spec"]
    spec["containers"] = [{"name": f"c{i}", "image": f"{RELEASE}:m{i}"} for i in range(count)]
    return json.dumps(review).encode()


def update(count):
    """Each of its images has to be remembered until the old object is read."""
    old = pod_review()["request"]["object"]
    return dead_images(count, "UPDATE", oldObject=old)


def annotated(annotations):
    review = pod_review(DEAD)
    review["request"]["object"]["metadata"]["annotations"] = annotations
    return json.dumps(review).encode()


def deep(levels, key):
    body = json.dumps(pod_review(DEAD)).encode()
    opening, closing = b'{"' + key + b'":', b"}"
    return body.replace(b'"spec": {', b'"spec": {"deep": ' + opening * levels + b"1" + closing * levels + b", ")


BODIES = {
    "many images": dead_images(IMAGES),
    "many images of an update": update(IMAGES),
    "long strings": annotated({f"k{i}": "x" * (512 * KIB) for i in range(4)}),
    "long keys": annotated({"k" * (512 * KIB) + str(i): "" for i in range(4)}),
    "deeply nested": deep(9_900, b"k" * 100),
    "many annotations": annotated({f"key-{i}": f"{i}" for i in range(3 * IMAGES)}),
}


def stall(server, stack, images=IMAGES):
    """Sends a large review without its last byte. Returns the connection, and what the review holds."""
    connection = stack.enter_context(contextlib.closing(server.tls()))
    connection.sendall(request_bytes(update(images), "/validate?timeout=10m")[:-1])
    readings = [0]
    while not readings[-1] or len(set(readings[-5:])) > 1:
        time.sleep(0.1)
        readings.append(server.metrics()[HELD])
    return connection, int(readings[-1])


class Budget(TestCase):
    def send_at_once(self, server, request):
        """Sends a request over many connections at the same time. Returns the responses."""
        def send(_):
            with contextlib.closing(server.tls()) as connection, connection.makefile("rb") as stream:
                connection.sendall(request)
                return read_response(stream)
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            return list(pool.map(send, range(CONNECTIONS)))

    def assert_all_is_given_back(self, server):
        eventually(lambda: server.metrics()[HELD] == 0, "the budget is free")
        self.assert_answers(server)

    def test_each_kind_of_large_body_is_judged_or_told_to_try_again(self):
        server = self.serve("--review-memory", "4Mi", "--body-timeout", "10m")
        for name, body in BODIES.items():
            with self.subTest(name):
                for status, headers, text in self.send_at_once(server, request_bytes(body, "/validate?timeout=10m")):
                    self.assertIn(status, (200, 429), text)
                    if status == 429:
                        self.assertEqual(headers["retry-after"], "1")
                        self.assertIn(b"try again", text)
                    else:
                        self.assertEqual(json.loads(text)["response"]["status"]["code"], 403)
                self.assert_all_is_given_back(server)

    def test_review_that_alone_needs_more_than_the_budget_is_denied(self):
        server = self.serve("--review-memory", "64Ki")
        with contextlib.closing(server.connect()) as connection:
            status, reply, _ = server.post(update(IMAGES), connection=connection)
            self.assertEqual((status, reply["response"]["status"]["code"]), (200, 413))
            self.assertIn("needs more memory than the 65536 bytes of --review-memory", reply["response"]["status"]["message"])
            self.assertEqual((server.errors("too_large"), server.errors("review_memory")), (1, 0))
            self.assertEqual(server.metrics()[HELD], 0)
            self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)  # the connection stays open

    def test_review_that_finds_no_memory_beside_others_gets_429_and_is_counted(self):
        with contextlib.ExitStack() as stack:
            held = stall(self.serve("--body-timeout", "10m"), stack)[1]
        server = self.serve("--review-memory", held * 5 // 4, "--body-timeout", "10m")
        with contextlib.ExitStack() as stack, contextlib.closing(server.connect()) as other:
            stalled, _ = stall(server, stack)
            # The first one that waits is given up for the second one if it has waited long, else the second one is.
            answers = [server.post(update(IMAGES), path="/validate?timeout=10m", connection=other)[::2]]
            stalled.sendall(b"}")
            with stalled.makefile("rb") as stream:
                answers.append(read_response(stream)[:2])
            self.assertEqual(sorted(status for status, _ in answers), [200, 429])
            [headers] = [headers for status, headers in answers if status == 429]
            self.assertEqual({name.lower(): value for name, value in headers.items()}["retry-after"], "1")
            self.assertEqual(server.errors("review_memory"), 1)
        self.assert_all_is_given_back(server)

    def test_usual_reviews_are_judged_while_large_ones_hold_the_budget(self):
        server = self.serve("--review-memory", "1Mi", "--body-timeout", "10m")
        request = request_bytes(update(5_000), "/validate?timeout=10m")
        with contextlib.ExitStack() as stack:
            for _ in range(CONNECTIONS):
                stack.enter_context(contextlib.closing(server.tls())).sendall(request[:-1])
            eventually(lambda: server.metrics()[HELD] > 512 * KIB, "what is left is less than one needs")
            for _ in range(20):
                status, reply, _ = server.post(pod_review(DEAD))
                self.assertEqual((status, reply["response"]["status"]["code"]), (200, 403))
            self.assertIn(server.metrics()[HELD], range(512 * KIB, 1024 * KIB + 1))
        self.assert_all_is_given_back(server)

    def test_body_that_does_not_end_gives_way_to_one_that_does(self):
        with contextlib.ExitStack() as stack:
            held = stall(self.serve("--body-timeout", "10m"), stack)[1]
        server = self.serve("--review-memory", held * 7 // 4, "--body-timeout", "10m")
        with contextlib.ExitStack() as stack:
            stalled, _ = stall(server, stack)
            time.sleep(1.1)  # SHELFLIFE_SERVER_BUDGET_SLOW
            self.assertEqual(server.post(update(IMAGES), path="/validate?timeout=10m")[0], 200)
            stalled.sendall(b"}")
            with stalled.makefile("rb") as stream:
                self.assertEqual(read_response(stream)[0], 429)
        self.assert_all_is_given_back(server)

    @unittest.skipIf(SANITIZED, "a sanitizer's own memory would be measured")
    def test_resident_size_stays_small_and_comes_back(self):
        server = self.serve("--review-memory", "4Mi", "--body-timeout", "10m")
        self.assert_answers(server)
        for name, body in BODIES.items():
            with self.subTest(name):
                self.send_at_once(server, request_bytes(body, "/validate?timeout=10m"))
                # For each connection, the stack and buffers of its thread, and the part that each review has.
                self.assertLess(server.resident(), 64 * KIB)
        self.assert_all_is_given_back(server)
        eventually(lambda: server.resident() < 32 * KIB, "the memory comes back")


if __name__ == "__main__":
    unittest.main()
