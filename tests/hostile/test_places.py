"""Clients that take all places of the server: each source address has its share, and a client that acts as an API server
does finds room beside them. Each attacker has a loopback address of its own; the client has 127.0.0.1."""
import contextlib
import json
import ssl
import unittest

from attackers import Connection, HalfOpen, Reviewer, Silent, SlowBody
from webhook import DEAD, PATIENCE, TestCase, allow_descriptors, eventually, pod_review, request_bytes

KEPT = 25  # idle connections that an API server keeps to a webhook
TAKEN = 15  # how many connections attackers lose while the client is watched
REVIEW = request_bytes(pod_review(image=DEAD, uid="client"))


class Client:
    """Keeps connections as an API server does, and sends reviews on them in turn."""

    def __init__(self, test, server, context=None):
        self.test, self.server, self.context = test, server, context or server.trust
        self.connections = [self.open() for _ in range(KEPT)]
        self.lost = 0

    def open(self):
        connection = Connection(self.server, "127.0.0.1", self.context)
        self.review(connection)  # with TLS 1.3, the handshake ends only now
        return connection

    def review(self, connection):
        connection.send(REVIEW)
        status, _, body = connection.answer()
        reply = json.loads(body)["response"]
        self.test.assertEqual((status, reply["uid"], reply["allowed"]), (200, "client", False))

    def round(self):
        for i, connection in enumerate(self.connections):
            try:
                self.review(connection)
            except OSError:
                self.lost += 1
                connection.close()
                self.connections[i] = self.open()  # there is always a place

    def close(self):
        for connection in self.connections:
            connection.close()


class Places(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        allow_descriptors(4096)

    def hoard(self, stack, server, kind, addresses, count):
        """Starts attackers that together have taken all places."""
        hoarders = [kind(server, f"127.0.0.{2 + i}", count) for i in range(addresses)]
        for hoarder in hoarders:
            hoarder.start()
            stack.callback(hoarder.join)
            stack.callback(hoarder.ended.set)
        for hoarder in hoarders:
            self.assertTrue(hoarder.full.wait(PATIENCE))
        return hoarders

    def attack(self, kind, addresses, count, *arguments, context=None):
        """Returns how many connections the client lost while the attackers lost and reopened many."""
        server = self.serve("--header-timeout", "60s", "--body-timeout", "60s", *arguments)
        with contextlib.ExitStack() as stack:
            hoarders = self.hoard(stack, server, kind, addresses, count)
            eventually(lambda: server.metrics()["shelflife_connections_shed_total"] > 0, "the server is full")
            client = stack.enter_context(contextlib.closing(Client(self, server, context)))
            before = sum(hoarder.lost for hoarder in hoarders)
            client.round()
            while sum(hoarder.lost for hoarder in hoarders) < before + TAKEN:
                client.round()
        return client.lost

    def test_one_hoarder_that_sends_reviews_takes_no_place_of_a_client(self):
        self.assertEqual(self.attack(Reviewer, 1, 270, "--max-connections", "256"), 0)

    def test_one_hoarder_of_any_other_kind_takes_no_place_of_a_client(self):
        for kind in SlowBody, HalfOpen, Silent:
            with self.subTest(kind.__doc__):
                self.assertEqual(self.attack(kind, 1, 70, "--max-connections", "64"), 0)

    def test_ten_hoarders_take_no_place_of_a_client_at_the_default_limit(self):
        self.assertEqual(self.attack(HalfOpen, 10, 40), 0)

    def test_client_always_finds_places_beside_ten_hoarders_at_a_low_limit(self):
        self.attack(Reviewer, 10, 26, "--max-connections", "256")

    def test_many_addresses_without_a_certificate_take_no_place_of_a_client_that_has_one(self):
        client_ca, certificate, key = self.certificates.client("api-server")
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            context = ssl.create_default_context(cafile=self.certificates.ca)
            context.load_cert_chain(certificate, key)
            context.minimum_version = context.maximum_version = version
            with self.subTest(version.name):
                self.assertEqual(self.attack(HalfOpen, 20, 6, "--max-connections", "100", "--client-ca", client_ca,
                                             context=context), 0)


if __name__ == "__main__":
    unittest.main()
