"""What the server needs runs out: descriptors, threads, memory, the disk of its log. Requests fail with errors that an
API server understands, the process lives, and all is well when there is enough again."""
import contextlib
import os
import pathlib
import re
import resource
import ssl
import subprocess
import unittest

from webhook import BINARY, DAY, DEAD, SANITIZED, Server, TestCase, eventually, pod_review


def status_of(pid, field):
    return int(re.search(rf"{field}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


def open_files(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


class Limits(TestCase):
    def limit(self, server, what, value):
        """Lowers a soft limit of the running server, until the end of the block."""
        before = resource.prlimit(server.process.pid, what)
        stack = contextlib.ExitStack()
        stack.callback(resource.prlimit, server.process.pid, what, before)
        resource.prlimit(server.process.pid, what, (value, before[1]))
        return stack

    def try_new_connections(self, server, stack, count=30):
        """Returns how many of them were answered, and keeps all open. What fails must fail clearly."""
        answered = 0
        for _ in range(count):
            raw = stack.enter_context(contextlib.closing(server.tcp()))
            raw.settimeout(0.5)
            try:
                tls = server.trust.wrap_socket(raw, server_hostname="localhost")
                stack.enter_context(contextlib.closing(tls))
                answered += 1
            except OSError:
                pass
        return answered

    def assert_recovers(self, server, threads, files):
        eventually(lambda: server.metrics()["shelflife_connections"] == 0, "all connections are closed")
        self.assert_answers(server)
        eventually(lambda: status_of(server.process.pid, "Threads") <= threads, "all threads have ended")
        eventually(lambda: open_files(server) <= files + 1, "all files are closed")

    def test_out_of_descriptors(self):
        server = self.serve()
        self.assert_answers(server)
        threads, files = status_of(server.process.pid, "Threads"), open_files(server)
        with contextlib.closing(server.connect()) as kept:
            self.assertEqual(server.post(pod_review(DEAD), connection=kept)[0], 200)
            with contextlib.ExitStack() as stack, self.limit(server, resource.RLIMIT_NOFILE, files + 6):
                answered = self.try_new_connections(server, stack)
                self.assertLess(answered, 30)
                # A connection that is open is answered as always.
                for _ in range(10):
                    self.assertEqual(server.post(pod_review(DEAD), connection=kept)[1]["response"]["allowed"], False)
        self.assert_recovers(server, threads, files)
        # No core was kept busy by trying to accept more, which is an error for each attempt.
        self.assertIn(server.errors("transport"), range(1, 10_000))

    @unittest.skipIf(SANITIZED, "a sanitizer needs address space")
    def test_no_memory_for_threads(self):
        """New connections need none."""
        server = self.serve()
        self.assert_answers(server)
        threads, files = status_of(server.process.pid, "Threads"), open_files(server)
        space = status_of(server.process.pid, "VmSize") * 1024
        with contextlib.ExitStack() as stack, self.limit(server, resource.RLIMIT_AS, space):
            self.assertEqual(self.try_new_connections(server, stack, 30), 30)
            self.assertEqual(status_of(server.process.pid, "Threads"), threads)
            self.assert_answers(server)
        self.assert_recovers(server, threads, files)


class Log(TestCase):
    """A log that cannot be written does not stop the server."""

    def test_reader_of_the_log_has_gone(self):
        server = Server(self.certificates, read_log=False)
        with contextlib.closing(server.connect()) as connection:
            server.process.stderr.close()
            for _ in range(50):
                self.assertEqual(server.post(pod_review(DEAD), connection=connection)[0], 200)
        eventually(lambda: server.metrics()["shelflife_log_lines_dropped_total"] >= 50, "the lines are counted")
        server.process.terminate()
        self.assertEqual(server.process.wait(60), 0)

    def test_disk_of_the_log_is_full(self):
        with open("/dev/full", "wb") as full:
            process = subprocess.Popen(
                [BINARY, "serve", "--listen", "127.0.0.1:0", "--no-probes", "--at", DAY, "--tls-cert",
                 self.certificates.folder / "tls.crt", "--tls-key", self.certificates.folder / "tls.key"], stderr=full)
        with process:
            try:
                server = Server.__new__(Server)  # without its log
                server.port, server.trust = self.port_of(process), ssl.create_default_context(cafile=self.certificates.ca)
                with contextlib.closing(server.connect()) as connection:
                    for _ in range(50):
                        self.assertEqual(server.post(pod_review(DEAD), connection=connection)[0], 200)
            finally:
                process.terminate()
            self.assertEqual(process.wait(60), 0)

    @staticmethod
    def port_of(process):
        """The port that the process listens on, since it cannot say so."""
        ports = []

        def find():
            sockets = set()
            for fd in pathlib.Path(f"/proc/{process.pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    sockets.add(os.readlink(fd))
            for line in pathlib.Path(f"/proc/{process.pid}/net/tcp").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                    ports.append(int(fields[1].split(":")[1], 16))
            return ports
        eventually(find, "it listens")
        return ports[0]


if __name__ == "__main__":
    unittest.main()
