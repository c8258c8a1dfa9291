"""Forged reviews cannot fill the log, hide other lines in it, or pass for those of an API server."""
import contextlib
import json
import ssl
import time
import unittest

from webhook import DEAD, FINE, SANITIZED, TestCase, eventually, pod_review, read_response, request_bytes

REVIEWS = 6000
BURST, RATE, LINE_MAX = 400, 200, 4096  # src/log/log.c
LEFT_OUT = 'shelflife_log_lines_left_out_total{about="reviews"}'


def pipeline(server, request, count, batch=100):
    """Sends many copies of a request over one connection. Returns the HTTP statuses."""
    statuses = set()
    with contextlib.closing(server.tls()) as connection, connection.makefile("rb") as stream:
        for _ in range(count // batch):
            connection.sendall(request * batch)
            statuses |= {read_response(stream)[0] for _ in range(batch)}
    return statuses


def entries(server, message):
    lines = [json.loads(line) for line in list(server.log)]
    return [line for line in lines if line["message"] == message]


class ForgedReviews(TestCase):
    def flood(self, review):
        """Sends many copies of a review. Returns the server, the lines that it logged, and the seconds since its start."""
        server, began = self.serve(), time.monotonic()
        self.assertEqual(pipeline(server, request_bytes(review), REVIEWS), {200})
        metrics = server.metrics()
        if not SANITIZED:  # which is too slow for the limit
            self.assertGreater(metrics[LEFT_OUT], 0)
        eventually(lambda: sum(line["lines"] for line in entries(server, "too many lines: left some out"))
                   == metrics[LEFT_OUT], "how many were left out is logged")
        logged = entries(server, "review") + entries(server, "review could not be judged")
        self.assertEqual(len(logged) + metrics[LEFT_OUT] + metrics["shelflife_log_lines_dropped_total"], REVIEWS)
        self.assertLessEqual(len(logged), BURST + RATE * (time.monotonic() - began + 1))
        self.assertEqual({line["clientVerified"] for line in logged}, {False})
        return server, logged

    def test_flood_of_findings_is_logged_in_part_and_the_rest_is_counted(self):
        server, logged = self.flood(pod_review(DEAD))
        self.assertGreater(len(logged), 0)
        self.assertEqual(server.metrics()['shelflife_review_clients_total{client="unverified"}'], REVIEWS)

    def test_long_names_with_control_characters_stay_within_their_lines(self):
        evil = 'x\n{"message":"forged"}\x1b[31m\u2028"' * 20
        server, _ = self.flood(pod_review(DEAD, name=evil, namespace=evil, userInfo={"username": evil}))
        for line in server.log:
            self.assertTrue(line.isascii())
            self.assertLessEqual(len(line), LINE_MAX)
            self.assertNotEqual(json.loads(line)["message"], "forged")

    def test_reviews_that_cannot_be_judged_are_limited_too(self):
        self.flood(json.dumps(pod_review(DEAD)).encode()[:-1] + b"!")

    def test_allowed_reviews_without_a_finding_are_not_logged(self):
        server = self.serve()
        self.assertEqual(pipeline(server, request_bytes(pod_review(FINE)), 1000), {200})
        server.post(pod_review(DEAD, uid="the-only-one"))
        eventually(lambda: entries(server, "review"), "the finding is logged")
        self.assertEqual([line["uid"] for line in entries(server, "review")], ["the-only-one"])

    def test_lines_about_verified_clients_say_so(self):
        ca, certificate, key = self.certificates.client("api-server")
        server = self.serve("--client-ca", ca)
        context = ssl.create_default_context(cafile=self.certificates.ca)
        context.load_cert_chain(certificate, key)
        with contextlib.closing(server.connect(context)) as connection:
            self.assertEqual(server.post(pod_review(DEAD), connection=connection)[0], 200)
        eventually(lambda: entries(server, "review"), "the finding is logged")
        self.assertEqual([line["clientVerified"] for line in entries(server, "review")], [True])
        metrics = server.metrics()
        self.assertEqual(metrics['shelflife_review_clients_total{client="certificate"}'], 1)
        self.assertEqual(metrics['shelflife_review_clients_total{client="unverified"}'], 0)


if __name__ == "__main__":
    unittest.main()
