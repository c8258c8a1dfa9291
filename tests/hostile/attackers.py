"""Clients that take as many connections of a webhook as they can, from a source address of their own."""
import contextlib
import socket
import threading

from webhook import PATIENCE, read_response, request_bytes

TINY = request_bytes({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
    "uid": "1", "operation": "DELETE", "resource": {"group": "", "version": "v1", "resource": "pods"}}}, "/validate/off")
HELLO = bytes.fromhex("160301020001000001fc0303")  # the beginning of a ClientHello


class Connection:
    """A connection from a source address. `send` and `answer` raise OSError when the server has closed it."""

    def __init__(self, server, address, context=None):
        self.socket = socket.create_connection(("127.0.0.1", server.port), PATIENCE, (address, 0))
        self.stream = None
        if context:
            try:
                self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
            except BaseException:
                self.socket.close()
                raise
            self.stream = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        answer = read_response(self.stream)
        if not answer:
            raise ConnectionResetError
        return answer

    def close(self):
        if self.stream:
            self.stream.close()
        self.socket.close()


class Hoarder(threading.Thread):
    """Holds many connections and reopens each one that the server closes. Subclasses open and use one."""
    def __init__(self, server, address, count):
        super().__init__()
        self.server, self.address = server, address
        self.connections = [None] * count
        self.full, self.ended = threading.Event(), threading.Event()
        self.lost = 0

    def run(self):
        while not self.ended.is_set():
            for i in range(len(self.connections)):
                self.tend(i)
            self.full.set()
            self.ended.wait(0.05)
        for connection in filter(None, self.connections):
            connection.close()

    def tend(self, i):
        try:
            if self.connections[i]:
                self.use(self.connections[i])
            elif not self.ended.is_set():
                self.connections[i] = self.open()
        except OSError:
            self.lost += 1
            if self.connections[i]:
                self.connections[i].close()
                self.connections[i] = None


class Reviewer(Hoarder):
    """Sends a tiny review now and then."""

    def open(self):
        connection = Connection(self.server, self.address, self.server.trust)
        self.use(connection)
        return connection

    def use(self, connection):
        connection.send(TINY)
        connection.answer()


class SlowBody(Hoarder):
    """Begins a review and sends the rest byte by byte."""

    def open(self):
        connection = Connection(self.server, self.address, self.server.trust)
        connection.send(request_bytes(b"{", length=1 << 20))
        return connection

    def use(self, connection):
        connection.send(b" ")


class HalfOpen(Hoarder):
    """Begins a handshake."""

    def open(self):
        connection = Connection(self.server, self.address)
        connection.send(HELLO)
        return connection

    def use(self, connection):
        connection.socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):  # nothing was received: it is still open
            if connection.socket.recv(1) == b"":
                raise ConnectionResetError


class Silent(HalfOpen):
    """Connects and sends nothing."""

    def open(self):
        return Connection(self.server, self.address)
