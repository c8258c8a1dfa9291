"""SIGTERM: no request that was sent is lost."""
import contextlib
import signal
import socket
import threading
import time
import unittest

from webhook import TestCase, eventually, is_cut, pod_review, read_response, request_bytes


class Client(threading.Thread):
    """Behaves like an API server: sends reviews over a connection until a reply has "Connection: close", then over a
    new connection, until it cannot connect any more. A request that was sent and not answered counts as lost."""

    def __init__(self, server, lost):
        super().__init__()
        self.server, self.lost, self.answered, self.closes = server, lost, 0, 0

    def run(self):
        while True:
            try:
                connection = self.server.tls()
            except OSError:
                return
            with contextlib.closing(connection), connection.makefile("rb") as stream:
                last = False
                while not last:
                    try:
                        connection.sendall(request_bytes(pod_review()))
                        response = read_response(stream)
                    except OSError as failure:
                        response = None
                        self.lost.append(failure)
                    if response is None or response[0] != 200:
                        self.lost.append(response)
                        return
                    self.answered += 1
                    last = response[1].get("connection", "").lower() == "close"
                self.closes += 1


class Drain(TestCase):
    def test_sigterm_under_load_loses_no_request(self):
        for _ in range(3):
            server, lost = self.serve("--grace-period", "2s"), []
            clients = [Client(server, lost) for _ in range(6)]
            for client in clients:
                client.start()
            eventually(lambda: all(client.answered > 10 for client in clients), "all clients send")
            server.process.terminate()
            eventually(lambda: server.probe("/readyz")[0] == 503, "the probe fails")
            self.assertEqual(server.process.wait(60), 0)
            for client in clients:
                client.join()
            self.assertEqual(lost, [])
            self.assertTrue(all(client.closes for client in clients))

    def test_new_connections_are_served_during_the_drain_and_asked_to_close(self):
        server = self.serve("--grace-period", "30s")
        with contextlib.closing(server.connect()) as idle:
            _, _, headers = server.post(pod_review(), connection=idle)
            self.assertNotEqual(headers["Connection"], "close")
            server.process.terminate()
            eventually(lambda: server.probe("/readyz?verbose")[0] == 503, "the probe fails")
            self.assertIn("draining", server.probe("/readyz?verbose")[1])
            self.assertEqual(server.probe("/livez")[0], 200)
            self.assertEqual(server.metrics()["shelflife_draining"], 1)
            status, _, headers = server.post(pod_review())
            self.assertEqual((status, headers["Connection"]), (200, "close"))
            time.sleep(1.5)  # longer than the time without connections that ends a drain
            self.assertIsNone(server.process.poll())  # the idle connection may still be used
            status, _, headers = server.post(pod_review(), connection=idle)
            self.assertEqual((status, headers["Connection"]), (200, "close"))
        self.assertEqual(server.process.wait(60), 0)  # no client is connected
        eventually(lambda: "stopping" in server.messages(), "the log says that it stops")

    def test_request_that_has_begun_is_answered_after_the_grace_period(self):
        server = self.serve("--grace-period", "500ms")
        request = request_bytes(pod_review())
        with contextlib.closing(server.tls()) as connection:
            connection.sendall(request[:-1])
            server.process.terminate()
            eventually(lambda: not self.listens(server), "the port is closed")
            connection.sendall(request[-1:])
            with connection.makefile("rb") as stream:
                status, headers, _ = read_response(stream)
            self.assertEqual((status, headers["connection"].lower()), (200, "close"))
        self.assertEqual(server.process.wait(60), 0)

    def listens(self, server):
        with contextlib.closing(socket.socket()) as client:
            return client.connect_ex(("127.0.0.1", server.port)) == 0

    def test_idle_connections_stay_open_until_the_grace_period_ends(self):
        server = self.serve("--grace-period", "2s")
        with contextlib.closing(server.connect()) as idle:
            self.assertEqual(server.post(pod_review(), connection=idle)[0], 200)
            server.process.terminate()
            eventually(lambda: server.probe("/readyz")[0] == 503, "it drains")
            self.assertTrue(is_cut(idle.sock))
        self.assertEqual(server.process.wait(60), 0)

    def test_second_signal_ends_the_drain_at_once(self):
        server = self.serve("--grace-period", "3600s")
        with contextlib.closing(server.connect()) as idle:
            self.assertEqual(server.post(pod_review(), connection=idle)[0], 200)
            server.process.send_signal(signal.SIGINT)
            eventually(lambda: server.probe("/readyz")[0] == 503, "it drains")
            server.process.send_signal(signal.SIGINT)
            self.assertEqual(server.process.wait(60), 0)


if __name__ == "__main__":
    unittest.main()
