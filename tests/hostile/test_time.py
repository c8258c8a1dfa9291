"""A review that takes too long gets an answer while its client still waits, not silence."""
import contextlib
import json
import time
import unittest

from webhook import DEAD, FINE, TestCase, pod_review, read_response, request_bytes


class TimeLimit(TestCase):
    def send_slowly(self, server, path):
        """Sends the end of a review when its time has passed. Returns (status, parsed reply)."""
        request = request_bytes(pod_review(DEAD), path=path)
        with contextlib.closing(server.tls()) as connection, connection.makefile("rb") as stream:
            connection.sendall(request[:-100])
            time.sleep(0.4)  # the time that passes is what is tested
            connection.sendall(request[-100:])
            status, _, body = read_response(stream)
            connection.sendall(request_bytes(pod_review(FINE)))
            self.assertEqual(read_response(stream)[0], 200)  # the connection stays open
        return status, json.loads(body)

    def test_late_review_is_denied_with_the_time_that_it_had(self):
        server = self.serve()
        status, reply = self.send_slowly(server, "/validate?timeout=200ms")
        self.assertEqual((status, reply["response"]["uid"], reply["response"]["allowed"]), (200, "0001", False))
        why = reply["response"]["status"]
        self.assertIn("took longer than 0.16 s of the 0.2 s that the client waits", why["message"])
        self.assertEqual((why["reason"], why["code"]), ("Timeout", 504))
        self.assertEqual(server.errors("review_time"), 1)
        self.assertEqual(server.errors("too_large"), 0)
        self.assert_answers(server)

    def test_late_review_is_a_warning_on_the_path_for_warnings(self):
        server = self.serve()
        status, reply = self.send_slowly(server, "/validate/warn?timeout=200ms")
        self.assertEqual((status, reply["response"]["allowed"]), (200, True))
        self.assertIn("took longer than 0.16 s", reply["response"]["warnings"][0])
        self.assertEqual(server.errors("review_time"), 1)

    def test_timeout_of_the_body_bounds_the_time_too(self):
        server = self.serve("--body-timeout", "60s")
        status, reply = self.send_slowly(server, "/validate?timeout=1h")
        self.assertEqual((status, reply["response"]["status"]["code"]), (200, 403))
        server = self.serve("--body-timeout", "1s")
        for _ in range(20):  # under load, the deadline of the body may come first, or the server read too late
            if b"took longer than 0.8 s of the 3600 s that the client waits" in self.send_in_two(server, 0.85):
                return
        self.fail("no review was late")

    def send_in_two(self, server, seconds):
        """The body of the reply, or nothing if there was none."""
        with contextlib.closing(server.tls()) as connection, connection.makefile("rb") as stream:
            request = request_bytes(pod_review(DEAD), path="/validate?timeout=1h")
            try:
                connection.sendall(request[:-100])
                time.sleep(seconds)
                connection.sendall(request[-100:])
                return (read_response(stream) or (0, {}, b""))[2]
            except OSError:
                return b""

    def test_other_values_of_timeout_leave_the_usual_time(self):
        server = self.serve()
        for query in ("", "?timeout=", "?timeout=0s", "?timeout=-1s", "?timeout=soon", "?timeout=10", "?timeout",
                      "?other=1ms", "?timeout=1m0s", "?timeout=3s&timeout=1ns"):
            with self.subTest(query):
                status, reply, _ = server.post(pod_review(DEAD), path="/validate" + query)
                self.assertEqual((status, reply["response"]["status"]["code"]), (200, 403))
        self.assertEqual(server.errors("review_time"), 0)


if __name__ == "__main__":
    unittest.main()
