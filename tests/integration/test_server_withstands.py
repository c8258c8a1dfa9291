"""Hostile and broken clients: each error is clear and counted, costs at most one connection, and the server keeps
answering."""
import contextlib
import io
import json
import select
import socket
import ssl
import threading
import time
import unittest

from webhook import (DEAD, PATIENCE, TIMEOUT, TestCase, allow_descriptors, eventually, is_cut, pod_review, read_response,
                     request_bytes, trickle)

SHORT = ("--header-timeout", "2s", "--body-timeout", "2s")
HELLO = bytes.fromhex("160301020001000001fc0303") + bytes(500)  # the beginning of a ClientHello


class SlowClients(TestCase):
    def assert_cut(self, server, connection):
        with contextlib.closing(connection):
            self.assertTrue(is_cut(connection))
        eventually(lambda: server.errors("timeout") == 1, "the timeout is counted")
        eventually(lambda: "closed a connection that exceeded a timeout" in server.messages(), "it is logged")
        self.assert_answers(server)

    def test_stalled_handshake_is_cut_and_costs_no_processor_time(self):
        server = self.serve(*SHORT)
        connection = server.tcp()
        connection.sendall(HELLO[:6])
        began, spent = time.monotonic(), server.processor_seconds()
        self.assertTrue(is_cut(connection))
        self.assertLess(server.processor_seconds() - spent, (time.monotonic() - began) / 2)
        self.assert_cut(server, connection)

    def test_trickled_handshake_is_cut(self):
        server = self.serve(*SHORT)
        connection = server.tcp()
        self.assertTrue(trickle(connection, HELLO, threading.Event()))
        self.assert_cut(server, connection)

    def test_silent_client_is_cut(self):
        server = self.serve(*SHORT)
        self.assert_cut(server, server.tcp())

    def test_trickled_headers_are_cut(self):
        server = self.serve(*SHORT)
        connection = server.tls()
        self.assertTrue(trickle(connection, request_bytes(b"{}"), threading.Event()))
        self.assert_cut(server, connection)

    def test_trickled_headers_of_a_later_request_are_cut(self):
        server = self.serve(*SHORT)
        connection = server.tls()
        connection.sendall(request_bytes(pod_review()))
        with connection.makefile("rb") as stream:
            self.assertEqual(read_response(stream)[0], 200)
            self.assertTrue(trickle(connection, request_bytes(b"{}"), threading.Event()))
        self.assert_cut(server, connection)

    def test_trickled_body_is_cut(self):
        server = self.serve(*SHORT)
        connection = server.tls()
        request = request_bytes(pod_review())
        head = request.index(b"\r\n\r\n") + 4
        connection.sendall(request[:head])
        self.assertTrue(trickle(connection, request[head:], threading.Event()))
        self.assert_cut(server, connection)

    def test_stalled_body_is_cut(self):
        server = self.serve(*SHORT)
        connection = server.tls()
        connection.sendall(request_bytes(pod_review())[:-1])
        self.assert_cut(server, connection)

    def test_body_without_end_is_cut(self):
        server = self.serve(*SHORT)
        connection = server.tls()
        connection.sendall(b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           b"Transfer-Encoding: chunked\r\n\r\n")
        with self.assertRaises(OSError):
            while True:
                connection.sendall(b"10\r\n" + b" " * 16 + b"\r\n")
                time.sleep(0.01)
        self.assert_cut(server, connection)

    def test_idle_connection_outlives_the_other_timeouts(self):
        server = self.serve("--header-timeout", "1s", "--body-timeout", "1s")
        with contextlib.closing(server.connect()) as connection:
            self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
            time.sleep(4)
            self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
        self.assertEqual(server.errors("timeout"), 0)

    def test_idle_connection_is_closed_after_the_idle_timeout(self):
        server = self.serve("--idle-timeout", "1s")
        with contextlib.closing(server.connect()) as connection:
            self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
            self.assertTrue(is_cut(connection.sock))
        self.assertEqual(server.errors("timeout"), 0)

    def test_client_that_disconnects_during_a_request_is_counted(self):
        server = self.serve()
        connection = server.tls()
        connection.sendall(request_bytes(pod_review())[:-1])
        time.sleep(0.2)
        connection.close()
        eventually(lambda: server.errors("interrupted") == 1, "the interruption is counted")
        self.assert_answers(server)

    def test_slow_probe_clients_do_not_block_probes(self):
        server = self.serve(*SHORT)
        with contextlib.ExitStack() as stack:
            for _ in range(200):
                slow = stack.enter_context(socket.create_connection(("127.0.0.1", server.probe_port)))
                slow.sendall(b"GET /livez HT")
            self.assertEqual(server.probe("/livez"), (200, "ok\n"))
        self.assert_answers(server)


class UnreadReplies(TestCase):
    """Clients that send review after review, and read the replies late or never."""
    REVIEWS = 3000

    def send_until_stuck(self, connection):
        """Returns what the server did not take any more."""
        review = pod_review()
        review["request"]["object"]["spec"]["containers"] = [{"name": f"c-{i}", "image": DEAD} for i in range(40)]
        requests = bytearray()
        for i in range(self.REVIEWS):
            review["request"]["uid"] = f"uid-{i}"
            requests += request_bytes(review)
        rest = memoryview(requests)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.setblocking(False)
        while rest and select.select([], [connection], [], 1)[1]:
            with contextlib.suppress(ssl.SSLWantWriteError):
                rest = rest[connection.send(rest[:8192]):]
        self.assertTrue(rest)
        return rest

    def test_replies_that_are_read_late_are_whole_and_in_order(self):
        server = self.serve()
        with contextlib.closing(server.tls()) as connection:
            rest = self.send_until_stuck(connection)
            received, last = bytearray(), f"uid-{self.REVIEWS - 1}\"".encode()
            while last not in received[-8192:] or not received.endswith(b"}}"):
                self.assertTrue(any(select.select([connection], [connection] if rest else [], [], PATIENCE)))
                with contextlib.suppress(ssl.SSLWantReadError):
                    received += connection.recv(16384)
                with contextlib.suppress(ssl.SSLWantWriteError):
                    rest = rest[connection.send(rest[:8192]):] if rest else rest
        stream = io.BytesIO(received)
        for i in range(self.REVIEWS):
            status, _, body = read_response(stream)
            response = json.loads(body)["response"]
            self.assertEqual((status, response["uid"], response["allowed"]), (200, f"uid-{i}", False))
        self.assertEqual(stream.read(), b"")

    def test_client_that_never_reads_is_cut_and_delays_no_other(self):
        server = self.serve("--body-timeout", "3s")
        with contextlib.closing(server.tls()) as connection:
            self.send_until_stuck(connection)
            for _ in range(20):
                self.assert_answers(server)
            eventually(lambda: server.errors("timeout") == 1, "the timeout is counted")
            self.assertTrue(is_cut(connection))
        self.assert_answers(server)


class BadBodies(TestCase):
    def setUp(self):
        self.server = self.serve("--max-body", "256Ki")

    def assert_refused(self, body, reason, status, code, path=f"/validate?timeout={TIMEOUT}"):
        """The body is refused and counted once, and the connection stays open."""
        with contextlib.closing(self.server.connect()) as connection:
            got, reply, _ = self.server.post(body, path=path, connection=connection)
            self.assertEqual(got, status, reply)
            self.assertEqual(self.server.errors(reason), 1)
            if code:
                self.assertEqual(reply["response"]["uid"], "0001")
                self.assertEqual(reply["kind"], "AdmissionReview")
                self.assertFalse(reply["response"]["allowed"])
                self.assertEqual(reply["response"]["status"]["code"], code)
                self.assertIn("could not be judged", reply["response"]["status"]["message"])
            self.assertEqual(self.server.post(pod_review(), connection=connection)[0], 200)
        return reply

    def test_body_past_the_limit_is_denied_with_413(self):
        review = pod_review()
        review["request"]["object"]["metadata"]["annotations"] = {"long": "x" * 300_000}
        self.assert_refused(review, "too_large", 200, 413)

    def test_body_past_the_limit_before_its_uid_is_refused(self):
        review = pod_review()
        review["request"] = {"options": "x" * 300_000, **review["request"]}
        self.assert_refused(json.dumps(review).encode(), "too_large", 400, None)

    def test_body_past_the_limit_is_allowed_on_the_path_for_warnings(self):
        review = pod_review()
        review["request"]["object"]["metadata"]["annotations"] = {"long": "x" * 300_000}
        status, reply, _ = self.server.post(review, path="/validate/warn")
        self.assertEqual(status, 200)
        self.assertTrue(reply["response"]["allowed"])
        self.assertEqual(len(reply["response"]["warnings"]), 1)
        self.assertEqual(self.server.errors("too_large"), 1)

    def test_truncated_json_is_denied_with_400(self):
        self.assert_refused(json.dumps(pod_review()).encode()[:-10], "bad_review", 200, 400)

    def test_garbage_is_refused(self):
        reply = self.assert_refused(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no_uid", 400, None)
        self.assertIn("line 1", reply)

    def test_empty_body_is_refused(self):
        self.assert_refused(b"", "no_uid", 400, None)

    def test_nesting_100000_deep_is_denied(self):
        body = json.dumps(pod_review()).encode()
        deep = body.replace(b'"spec": {', b'"spec": {"deep": ' + b"[" * 100_000 + b"]" * 100_000 + b", ")
        self.assertGreater(len(deep), len(body))
        self.assert_refused(deep, "too_large", 200, 413)

    def test_raw_nul_is_denied(self):
        body = json.dumps(pod_review()).encode()
        self.assert_refused(body.replace(b'"main"', b'"ma\0in"'), "bad_review", 200, 400)

    def test_raw_nul_after_the_review_is_denied(self):
        self.assert_refused(json.dumps(pod_review()).encode() + b"\0", "bad_review", 200, 400)

    def test_review_without_uid_is_refused(self):
        review = pod_review()
        del review["request"]["uid"]
        self.assert_refused(review, "no_uid", 400, None)

    def test_duplicate_object_is_denied(self):
        body = json.dumps(pod_review(image=DEAD)).encode()
        self.assert_refused(body[:-2] + b', "object": {"apiVersion": "v1", "kind": "Pod"}}}', "bad_review", 200, 400)

    def test_invalid_utf8_in_an_image_is_judged_an_invalid_reference(self):
        body = json.dumps(pod_review(image="IMAGE")).encode().replace(b"IMAGE", b"caf\xc3\x28:1\xff")
        status, reply, _ = self.server.post(body)
        self.assertEqual(status, 200)
        self.assertEqual(reply["response"]["auditAnnotations"]["phase"], "invalid")
        self.assertEqual(self.server.metrics()['shelflife_images_total{phase="invalid"}'], 1)
        self.assert_answers(self.server)


class WrongProtocol(TestCase):
    def test_other_methods_are_refused_with_the_allowed_one(self):
        server = self.serve()
        with contextlib.closing(server.connect()) as connection:
            for n, method in enumerate(["GET", "PUT", "DELETE"], 1):
                status, _, headers = server.post(None, connection=connection, method=method)
                self.assertEqual((status, headers["Allow"]), (405, "POST"))
                self.assertEqual(server.errors("method"), n)
            self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)

    def test_other_paths_are_not_found(self):
        server = self.serve()
        for n, path in enumerate(["/", "/validate/", "/validate/enforce/", "/mutate", "/metrics", "/validate%00"], 1):
            with self.subTest(path=path):
                self.assertIn(server.post(pod_review(), path=path)[0], {404} if "%" not in path else {200, 404})
        self.assertGreaterEqual(server.errors("path"), 5)

    def test_other_content_types_are_refused(self):
        server = self.serve()
        for content_type, status in [("text/plain", 415), ("application/jsonp", 415), ("application/yaml", 415),
                                     ("application/json", 200), ("Application/JSON; charset=utf-8", 200)]:
            with self.subTest(content_type=content_type):
                self.assertEqual(server.post(pod_review(), content_type=content_type)[0], status)
        self.assertEqual(server.errors("media_type"), 3)

    def test_plain_http_on_the_tls_port_gets_a_plain_reply(self):
        server = self.serve()
        with server.tcp() as connection:
            connection.sendall(request_bytes(pod_review()))
            with connection.makefile("rb") as stream:
                status, _, body = read_response(stream)
                self.assertEqual((status, body), (400, b"This port serves only HTTPS."))
                self.assertEqual(stream.read(), b"")
        eventually(lambda: server.errors("plain_http") == 1, "it is counted")
        self.assert_answers(server)

    def test_garbage_instead_of_a_handshake_is_counted(self):
        server = self.serve()
        with server.tcp() as connection:
            connection.sendall(bytes(range(256)))
            self.assertTrue(is_cut(connection))
        eventually(lambda: server.errors("handshake") == 1, "it is counted")
        eventually(lambda: b"before the certificate was sent" in b"".join(server.log), "it is logged")
        self.assert_answers(server)

    def test_client_that_does_not_trust_the_ca_is_counted_and_the_log_names_the_likely_cause(self):
        server = self.serve()
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            distrustful = ssl.create_default_context()
            distrustful.minimum_version = distrustful.maximum_version = version
            with self.assertRaises(ssl.SSLCertVerificationError):
                server.tls(distrustful)
        eventually(lambda: server.errors("handshake") == 2, "it is counted")
        eventually(lambda: b"".join(server.log).count(b"check that it trusts the CA") == 2, "it is logged")
        self.assert_answers(server)

    def test_tls_1_1_is_refused_and_1_2_is_not(self):
        server = self.serve()
        context = ssl.create_default_context(cafile=self.certificates.ca)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with contextlib.closing(server.connect(context)) as connection:
            self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
        old = ssl.create_default_context(cafile=self.certificates.ca)
        old.set_ciphers("ALL:@SECLEVEL=0")
        with self.assertWarns(DeprecationWarning):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises(OSError):
            server.tls(old)
        self.assert_answers(server)

    def test_connection_without_data_is_not_an_error(self):
        server = self.serve()
        server.tcp().close()
        self.assert_answers(server)
        self.assertEqual(server.errors("handshake"), 0)


class ClientCertificates(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.right = cls.certificates.client("right")
        cls.wrong = cls.certificates.client("wrong")
        cls.not_for_clients = cls.certificates.client("not-for-clients", "serverAuth")

    def context(self, client=None):
        context = ssl.create_default_context(cafile=self.certificates.ca)
        if client:
            context.load_cert_chain(client[1], client[2])
        return context

    def assert_refused(self, server, context):
        """With TLS 1.3, the client gets the error only when it reads."""
        with self.assertRaises(OSError):
            with contextlib.closing(server.connect(context)) as connection:
                server.post(pod_review(), connection=connection)

    def test_certificate_of_the_client_ca_is_accepted(self):
        server = self.serve("--client-ca", self.right[0])
        with contextlib.closing(server.connect(self.context(self.right))) as connection:
            self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)

    def test_certificate_of_another_ca_is_refused_and_counted(self):
        server = self.serve("--client-ca", self.right[0])
        self.assert_refused(server, self.context(self.wrong))
        eventually(lambda: server.errors("client_certificate") == 1, "it is counted")
        eventually(lambda: b"not signed by the client CA" in b"".join(server.log), "it is logged")
        with contextlib.closing(server.connect(self.context(self.right))) as connection:
            self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)

    def test_certificate_that_is_not_for_clients_is_refused(self):
        server = self.serve("--client-ca", self.not_for_clients[0])
        self.assert_refused(server, self.context(self.not_for_clients))
        eventually(lambda: server.errors("client_certificate") == 1, "it is counted")

    def test_client_without_a_certificate_is_refused_and_counted(self):
        server = self.serve("--client-ca", self.right[0])
        self.assert_refused(server, self.context())
        eventually(lambda: server.errors("handshake") == 1, "it is counted")

    def test_file_with_several_client_cas(self):
        both = self.folder / "both.crt"
        both.write_bytes(self.right[0].read_bytes() + self.wrong[0].read_bytes())
        server = self.serve("--client-ca", both)
        for client in self.right, self.wrong:
            with contextlib.closing(server.connect(self.context(client))) as connection:
                self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)


def from_another_address(server):
    return socket.create_connection(("127.0.0.1", server.port), PATIENCE, ("127.0.0.2", 0))


class TooManyConnections(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        allow_descriptors(4096)

    def test_2000_new_connections_of_another_client_do_not_disturb_served_ones(self):
        server = self.serve("--header-timeout", "60s")
        with contextlib.ExitStack() as stack:
            served = [stack.enter_context(contextlib.closing(server.connect())) for _ in range(40)]
            for connection in served:
                self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
            for i in range(2000):
                stack.enter_context(from_another_address(server)).sendall(HELLO[:6 + i % 2])
            for connection in served:
                self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
            self.assert_answers(server)  # a new connection replaces one of the other address
            eventually(lambda: server.metrics()["shelflife_connections"] <= 384, "the limit holds")
            self.assertGreaterEqual(server.metrics()["shelflife_connections_shed_total"], 2000 - 384)
            for connection in served:
                self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
        eventually(lambda: server.metrics()["shelflife_connections"] == 0, "all are closed")
        self.assert_answers(server)

    def test_longest_idle_connection_of_a_client_is_closed_at_the_limit(self):
        server = self.serve("--max-connections", "4")
        with contextlib.ExitStack() as stack:
            served = [stack.enter_context(contextlib.closing(server.connect())) for _ in range(4)]
            for connection in [*served, served[0]]:
                self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
            new = stack.enter_context(contextlib.closing(server.connect()))
            self.assertTrue(is_cut(served.pop(1).sock))
            for connection in [new, *served]:
                self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
        self.assertEqual(server.metrics()["shelflife_connections_shed_total"], 1)
        eventually(lambda: any(b'"peer":"127.0.0.1"' in line and b'"connections":4' in line for line in server.log),
                   "the log names the address and how many connections it has")

    def test_connection_with_refused_requests_only_is_closed_at_the_limit(self):
        server = self.serve("--max-connections", "4")
        with contextlib.ExitStack() as stack:
            refused, *served = [stack.enter_context(contextlib.closing(server.connect())) for _ in range(4)]
            for connection in served:
                self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
            refused.request("GET", "/")
            response = refused.getresponse()
            response.read()
            self.assertEqual(response.status, 404)
            new = stack.enter_context(contextlib.closing(server.connect()))
            self.assertEqual(server.post(pod_review(), connection=new)[0], 200)
            self.assertTrue(is_cut(refused.sock))
        self.assertEqual(server.metrics()["shelflife_connections_shed_total"], 1)


class UnreadLog(TestCase):
    def test_log_without_a_reader_does_not_delay_reviews(self):
        server = self.serve("--log-reviews", read_log=False)
        with contextlib.closing(server.connect()) as connection:
            connection.sock.settimeout(PATIENCE)
            for _ in range(1000):
                self.assertEqual(server.post(pod_review(), connection=connection)[0], 200)
        self.assertGreater(server.metrics()["shelflife_log_lines_dropped_total"], 0)


if __name__ == "__main__":
    unittest.main()
