"""What someone who takes over the process can still do: /proc shows what it and its children have given up."""
import contextlib
import json
import os
import pathlib
import signal
import unittest

import webhook


def status(pid):
    """The fields of /proc/PID/status of each thread."""
    threads = []
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it has just ended
            lines = (task / "status").read_text().splitlines()
            threads.append({key: value.strip() for key, _, value in (line.partition(":") for line in lines)})
    return threads


def children(pid):
    found = [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [grandchild for child in found for grandchild in children(child)]


class Sandbox(webhook.TestCase):
    def log_line(self, server, message):
        webhook.eventually(lambda: any(m.startswith(message) for m in server.messages()), f"the log says \"{message}\"")
        return next(line for line in map(json.loads, server.log) if line["message"].startswith(message))

    def assert_limited(self, pid):
        for thread in status(pid):
            self.assertEqual(thread["NoNewPrivs"], "1", thread["Name"])
            self.assertEqual(thread["Seccomp"], "0" if webhook.SANITIZED else "2", thread["Name"])

    def test_every_thread_of_the_server_is_filtered_and_leaves_no_core(self):
        server = self.serve()
        self.assertEqual(self.log_line(server, "sandboxed")["callsFiltered"], not webhook.SANITIZED)
        with contextlib.closing(server.connect()) as client:
            self.assertFalse(server.post(webhook.pod_review(webhook.DEAD), connection=client)[1]["response"]["allowed"])
            self.assertGreater(len(status(server.process.pid)), 2)  # the connection has a thread
            self.assert_limited(server.process.pid)
        limits = pathlib.Path(f"/proc/{server.process.pid}/limits").read_text()
        core = next(line.split() for line in limits.splitlines() if line.startswith("Max core file size"))
        self.assertEqual(core[4:6], ["0", "0"])
        self.assertEqual(children(server.process.pid), [])  # there are no catalogs at URLs to fetch

    def test_requests_to_others_are_sent_by_limited_processes_that_end_with_the_server(self):
        folder = self.certificates.folder
        webhook.openssl(folder, "genpkey", "-algorithm", "ed25519", "-out", "catalog.key")
        webhook.openssl(folder, "pkey", "-in", "catalog.key", "-pubout", "-out", "catalog.pub")
        with webhook.Server(self.certificates, "--catalog", "https://127.0.0.1:9/catalog.json", "--catalog-key",
                            folder / "catalog.pub", "--catalog-interval", "200ms") as server:
            self.log_line(server, "sandboxed")
            webhook.eventually(lambda: len(children(server.process.pid)) == 2, "there is a worker")
            forker, worker = children(server.process.pid)
            webhook.eventually(lambda: status(worker)[0]["NoNewPrivs"] == "1", "the worker gives up privileges")
            webhook.eventually(lambda: webhook.SANITIZED or status(worker)[0]["Seccomp"] == "2", "it is filtered")

            os.kill(worker, signal.SIGKILL)  # costs one attempt
            webhook.eventually(lambda: set(children(server.process.pid)) - {forker, worker}, "there is a new worker")
            left = children(server.process.pid)
            server.process.kill()
            webhook.eventually(lambda: not any(pathlib.Path(f"/proc/{pid}/stat").exists() for pid in left),
                               "the others end")

    def test_the_sandbox_can_be_switched_off_for_debuggers(self):
        server = self.serve("--no-sandbox")
        self.assert_answers(server)
        self.assertEqual({thread["NoNewPrivs"] for thread in status(server.process.pid)},
                         {status(os.getpid())[0]["NoNewPrivs"]})
        self.assertNotIn("sandboxed", server.messages())


if __name__ == "__main__":
    unittest.main()
