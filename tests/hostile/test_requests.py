"""Requests whose end or path two readers could understand differently: each is refused, nothing that follows it on the
connection is read as a request, and the server keeps answering."""
import contextlib
import json
import unittest

from webhook import DEAD, TestCase, pod_review, read_response, request_bytes

BODY = json.dumps(pod_review(image=DEAD, uid="first")).encode()
JSON = b"Content-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"


def request(headers, body=BODY, line=b"POST /validate HTTP/1.1"):
    return line + b"\r\nHost: webhook.shelflife.svc\r\n" + headers + b"\r\n" + body


class Requests(TestCase):
    def setUp(self):
        self.server = self.serve()

    def answers(self, sent):
        """Sends a request and a second one, and returns both answers: (status, body)."""
        with contextlib.closing(self.server.tls()) as connection:
            connection.sendall(sent + request_bytes(pod_review(uid="second")))
            with connection.makefile("rb") as stream:
                return [(answer[0], answer[2]) for answer in (read_response(stream), read_response(stream))]

    def assert_refused(self, cases, status=400):
        """The request is refused, the second one is not read, and the connection is closed."""
        for name, sent in cases.items():
            with self.subTest(name), contextlib.closing(self.server.tls()) as connection:
                connection.sendall(sent + request_bytes(pod_review(uid="second")))
                with connection.makefile("rb") as stream:
                    said = stream.read()
                self.assertRegex(said, b"^HTTP/1.1 %d " % status)
                self.assertIn(b"\r\nConnection: close\r\n", said)
                self.assertNotIn(b"AdmissionReview", said)
                self.assertNotIn(b"HTTP/1.1 200", said)
        self.assert_answers(self.server)

    def assert_judged(self, cases):
        """Both requests are judged."""
        for name, sent in cases.items():
            with self.subTest(name):
                reviews = [json.loads(body)["response"] for status, body in self.answers(sent) if status == 200]
                self.assertEqual([(review["uid"], review["allowed"]) for review in reviews],
                                 [("first", False), ("second", True)])

    def test_request_with_two_ways_to_find_its_end_is_refused(self):
        cases = {
            "two lengths": request(JSON + LENGTH + b"Content-Length: 5\r\n"),
            "a shorter length first": request(JSON + b"Content-Length: 5\r\n" + LENGTH),
            "the same length twice": request(JSON + LENGTH + LENGTH),
            "a length beside chunks": request(JSON + LENGTH + CHUNKED, CHUNKS),
            "chunks beside a length": request(JSON + CHUNKED + LENGTH, CHUNKS),
            "two encodings": request(JSON + CHUNKED + CHUNKED, CHUNKS),
            "an encoding without a length": request(JSON + b"Transfer-Encoding: gzip\r\n"),
            "a list of encodings": request(JSON + b"Transfer-Encoding: gzip, chunked\r\n", CHUNKS),
            "identity": request(JSON + b"Transfer-Encoding: identity\r\n" + LENGTH),
            "a space after the encoding": request(JSON + b"Transfer-Encoding: chunked \r\n", CHUNKS),
            "chunks in HTTP/1.0": request(JSON + CHUNKED, CHUNKS, b"POST /validate HTTP/1.0"),
            "two hosts": request(b"Host: other\r\n" + JSON + LENGTH),
            "two content types": request(JSON + b"Content-Type: text/plain\r\n" + LENGTH),
        }
        self.assert_refused(cases)
        self.assertEqual(self.server.errors("malformed"), len(cases))

    def test_malformed_header_is_refused(self):
        cases = {
            "a space before the colon": request(JSON + b"Content-Length : %d\r\n" % len(BODY)),
            "a folded length": request(JSON + b"Content-Length: 1\r\n 0\r\n"),
            "a folded encoding": request(JSON + LENGTH + b"Transfer-Encoding:\r\n chunked\r\n"),
            "a folded content type": request(LENGTH + b"Content-Type: application/json\r\n x\r\n"),
            "a fold in the first header": b"POST /validate HTTP/1.1\r\n Host: x\r\n" + LENGTH + b"\r\n" + BODY,
            "a control character in a name": request(JSON + LENGTH + b"X\x01: x\r\n"),
            "a control character in a value": request(JSON + LENGTH + b"X: a\x01b\r\n"),
            "a bare CR in a value": request(JSON + LENGTH + b"X: a\rb\r\n"),
        }
        self.assert_refused(cases)
        self.assertEqual(self.server.errors("malformed"), len(cases))

    def test_length_that_is_not_a_number_is_refused(self):
        for value in (b"+5", b"-5", b"5, 5", b"5 5", b"5 ", b"0x5", b"5.0", b"", b"five"):
            self.assert_refused({value: request(JSON + b"Content-Length: " + value + b"\r\n")})
        self.assert_refused({"overflow": request(JSON + b"Content-Length: 18446744073709551617\r\n")}, 413)

    def test_malformed_chunk_is_refused(self):
        def chunk(size):
            return request(JSON + CHUNKED, size + b"\r\n" + BODY + b"\r\n0\r\n\r\n")
        size = b"%x" % len(BODY)
        self.assert_refused({name: chunk(name) for name in (b"-" + size, b"+" + size, b"0x" + size, size + b" ", b"")})
        self.assert_refused({"shorter than its data": chunk(b"%x" % (len(BODY) - 1))})
        self.assert_refused({"overflow": chunk(b"1%016x" % len(BODY))}, 413)

    def test_well_formed_requests_are_judged(self):
        self.assert_judged({
            "a length": request(JSON + LENGTH),
            "chunks": request(JSON + CHUNKED, CHUNKS),
            "chunks, in capitals": request(JSON + b"TRANSFER-ENCODING: CHUNKED\r\n", CHUNKS),
            "no content type": request(LENGTH),
            "spaces and a tab around a value": request(JSON + LENGTH + b"X:  a \t b \r\n"),
            "bytes outside of ASCII in a value": request(JSON + LENGTH + b"X: \xc3\xa9\r\n"),
            "a trailer with a length": request(JSON + CHUNKED, CHUNKS[:-2] + b"Content-Length: 5\r\n\r\n"),
        })
        self.assertEqual(self.server.errors("malformed"), 0)

    def test_escaped_path_is_no_path(self):
        paths = (b"/validate/off%00/enforce", b"/validate%00", b"/validate/off%00", b"/%76alidate", b"/validate%2Foff",
                 b"/validate/off%2500", b"/validate%", b"/validate%0", b"//validate", b"/validate/../validate/off",
                 b"/validate/off/", b"/validate;x", b"/validate#x", b"/validate /off", b"https://x/validate")
        for path in paths:
            with self.subTest(path):
                first, second = self.answers(request(JSON + LENGTH, line=b"POST " + path + b" HTTP/1.1"))
                self.assertEqual(first[0], 404)
                self.assertEqual(second[0], 200)
        self.assertEqual(self.server.errors("path"), len(paths))

    def test_escapes_in_the_query_do_not_change_the_path(self):
        self.assert_judged({query: request(JSON + LENGTH, line=b"POST /validate?" + query + b" HTTP/1.1")
                            for query in (b"timeout=10s%00", b"%00=/off", b"%2Foff", b"a%3Db&&=&%")})


if __name__ == "__main__":
    unittest.main()
