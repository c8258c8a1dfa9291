"""Certificates, catalogs and policy that change while the server runs."""
import contextlib
import json
import os
import shutil
import signal
import ssl
import threading
import unittest

from webhook import DEAD, ROOT, TestCase, eventually, pod_review

OFTEN = ("--reload-interval", "20ms")
ROUNDS = 100


def policy(unavailable="deny", notice="90d"):
    return f"apiVersion: shelflife.dev/v1\nkind: Policy\nnotice: {notice}\nactions:\n  unavailable: {unavailable}\n"


def catalog(day):
    """A catalog with one product."""
    return json.dumps({"apiVersion": "shelflife.dev/v1", "kind": "Catalog", "name": "own", "title": "Own images",
                       "source": "https://images.example/support", "license": "CC0-1.0", "asOf": "2026-01-01",
                       "serial": 1, "products": [{
                           "name": "app", "title": "App", "repositories": ["images.example/app"],
                           "rows": [{"release": "1.0", "endOfPatch": day, "endOfAvailability": day}]}]})


def replace(path, text):
    """Replaces a file atomically, as most editors do."""
    new = path.with_name(path.name + ".new")
    new.write_text(text) if isinstance(text, str) else shutil.copy(text, new)
    os.replace(new, path)


class Load:
    """Threads that send reviews continuously, over old and new connections. Errors are in `failures`."""

    def __init__(self, server, threads=3):
        self.server, self.stop = server, threading.Event()
        self.failures, self.sent = [], 0
        self.threads = [threading.Thread(target=self.run, args=(i % 2,)) for i in range(threads)]

    def run(self, keep_alive):
        try:
            while not self.stop.is_set():
                with contextlib.closing(self.server.connect()) as connection:
                    for _ in range(50 if keep_alive else 1):
                        status, reply, _ = self.server.post(pod_review(DEAD), connection=connection)
                        if status != 200 or reply["response"]["uid"] != "0001":
                            raise AssertionError(f"{status}: {reply}")
                        self.sent += 1
        except Exception as failure:  # noqa: BLE001 - the test reports any failure
            self.failures.append(failure)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


class Reload(TestCase):
    def setUp(self):
        self.policy, self.catalog = self.folder / "policy.yaml", self.folder / "own.json"
        self.policy.write_text(policy())
        self.catalog.write_text(catalog("2026-01-01"))
        self.tls = self.folder / self.id()
        self.tls.mkdir()
        for name in "tls.crt", "tls.key":
            shutil.copy(self.certificates.folder / name, self.tls / name)

    def serve_files(self, *args):
        return self.serve("--policy", self.policy, "--catalog", self.catalog, *args, tls=self.tls)

    def reloads(self, server, what, outcome="success"):
        return server.metrics()[f'shelflife_reloads_total{{what="{what}",outcome="{outcome}"}}']

    def digest(self, server):
        return next(key for key in server.metrics() if key.startswith("shelflife_catalog_info"))

    def allowed(self, server, image):
        return server.post(pod_review(image))[1]["response"]["allowed"]

    def serial(self, server):
        with server.tls() as connection:
            return connection.getpeercert()["serialNumber"]

    def test_no_request_fails_while_all_files_are_replaced_100_times(self):
        others = [self.certificates.serving(f"serving-{i}") for i in range(4)]
        server = self.serve_files(*OFTEN)
        in_use = self.digest(server)
        with Load(server) as load:
            for i in range(1, ROUNDS + 1):
                replace(self.policy, policy(notice=f"{i}d"))
                replace(self.catalog, catalog(f"2025-01-{i % 28 + 1:02}"))
                for name in "tls.crt", "tls.key":
                    replace(self.tls / name, others[i % 4] / name)
                eventually(lambda: self.digest(server) != in_use, f"the files of round {i} are in use")
                in_use = self.digest(server)
            eventually(lambda: self.reloads(server, "snapshot") >= ROUNDS, "all snapshots were counted")
            self.assertGreaterEqual(self.reloads(server, "certificate"), ROUNDS / 4)
        self.assertEqual(load.failures, [])
        self.assertGreater(load.sent, ROUNDS)

    def test_new_policy_is_used(self):
        server = self.serve_files(*OFTEN)
        self.assertFalse(self.allowed(server, DEAD))
        replace(self.policy, policy(unavailable="warn"))
        eventually(lambda: self.allowed(server, DEAD), "the new policy warns")

    def test_new_catalog_is_used(self):
        server = self.serve_files(*OFTEN)
        self.assertFalse(self.allowed(server, "images.example/app:1.0"))
        replace(self.catalog, catalog("2030-01-01"))
        eventually(lambda: self.allowed(server, "images.example/app:1.0"), "the new catalog is in use")

    def test_new_connections_get_the_new_certificate_and_old_ones_stay_open(self):
        server = self.serve_files(*OFTEN)
        before = self.serial(server)
        new = self.certificates.serving("renewed")
        with contextlib.closing(server.connect()) as old:
            self.assertEqual(server.post(pod_review(), connection=old)[0], 200)
            for name in "tls.crt", "tls.key":
                replace(self.tls / name, new / name)
            eventually(lambda: self.serial(server) != before, "the new certificate is served")
            self.assertEqual(server.post(pod_review(), connection=old)[0], 200)

    def test_client_ca_is_swapped_with_the_certificate(self):
        client_ca = self.tls / "client-ca.crt"
        first, second = (self.certificates.client(f"{self._testMethodName}-{i}") for i in range(2))
        shutil.copy(first[0], client_ca)
        server = self.serve_files(*OFTEN, "--client-ca", client_ca)

        def accepts(client):
            context = ssl.create_default_context(cafile=self.certificates.ca)
            context.load_cert_chain(client[1], client[2])
            try:
                with contextlib.closing(server.connect(context)) as connection:
                    return server.post(pod_review(), connection=connection)[0] == 200
            except OSError:
                return False

        self.assertTrue(accepts(first))
        self.assertFalse(accepts(second))
        replace(client_ca, second[0])
        eventually(lambda: accepts(second), "the new client CA is in use")
        self.assertFalse(accepts(first))

    def test_symlink_swap_of_a_config_map_is_noticed(self):
        volume = self.folder / "volume"
        for name, day in ("..one", "2026-01-01"), ("..two", "2030-01-01"):
            (volume / name).mkdir(parents=True)
            (volume / name / "own.json").write_text(catalog(day))
        (volume / "..data").symlink_to("..one")
        (volume / "own.json").symlink_to("..data/own.json")
        server = self.serve("--catalog", volume, *OFTEN)
        self.assertFalse(self.allowed(server, "images.example/app:1.0"))
        (volume / "..new").symlink_to("..two")
        os.replace(volume / "..new", volume / "..data")
        eventually(lambda: self.allowed(server, "images.example/app:1.0"), "the new catalog is in use")

    def test_file_added_to_a_folder_is_noticed(self):
        folder = self.folder / "catalogs"
        folder.mkdir()
        shutil.copy(ROOT / "policies/catalogs/google-dlc.json", folder)
        server = self.serve("--catalog", folder, *OFTEN)
        self.assertTrue(self.allowed(server, "images.example/app:1.0"))
        replace(folder / "own.json", catalog("2026-01-01"))
        eventually(lambda: not self.allowed(server, "images.example/app:1.0"), "the added catalog is in use")

    def assert_stays(self, server, what, break_it, repair, needle):
        """The previous version stays in use, and /readyz?verbose shows the failure until the file is repaired."""
        break_it()
        eventually(lambda: self.reloads(server, what, "failure") == 1, "the failure is counted")
        eventually(lambda: "reload failed, the previous version stays in use" in server.messages(), "it is logged")
        status, text = server.probe("/readyz?verbose")
        self.assertEqual(status, 200)
        self.assertRegex(text, rf"reload of the {what} failed .*{needle}")
        self.assertFalse(self.allowed(server, DEAD))
        self.assertFalse(self.allowed(server, "images.example/app:1.0"))
        repair()
        eventually(lambda: self.reloads(server, what) == 1, "the repaired file is in use")
        self.assertNotIn("failed", server.probe("/readyz?verbose")[1])
        self.assertEqual(self.reloads(server, what, "failure"), 1)  # tried once, not at each check

    def test_broken_policy_leaves_the_previous_one_in_use(self):
        self.assert_stays(self.serve_files(*OFTEN), "snapshot", lambda: replace(self.policy, policy("perhaps")),
                          lambda: replace(self.policy, policy()), "policy.yaml")

    def test_broken_catalog_leaves_the_previous_one_in_use(self):
        self.assert_stays(self.serve_files(*OFTEN), "snapshot",
                          lambda: replace(self.catalog, catalog("2026-01-01")[:-20]),
                          lambda: replace(self.catalog, catalog("2026-01-01")), "own.json")

    def test_missing_catalog_leaves_the_previous_one_in_use(self):
        self.assert_stays(self.serve_files(*OFTEN), "snapshot", self.catalog.unlink,
                          lambda: replace(self.catalog, catalog("2026-01-01")), "own.json")

    def test_broken_certificate_leaves_the_previous_one_in_use(self):
        good = (self.tls / "tls.crt").read_text()
        self.assert_stays(self.serve_files(*OFTEN), "certificate",
                          lambda: replace(self.tls / "tls.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n"),
                          lambda: replace(self.tls / "tls.crt", good), "tls.crt")

    def test_certificate_that_is_not_valid_yet_leaves_the_previous_one_in_use(self):
        good, later = (self.tls / "tls.crt").read_text(), self.certificates.later("tomorrow", 86400)
        self.assert_stays(self.serve_files(*OFTEN), "certificate", lambda: replace(self.tls / "tls.crt", later),
                          lambda: replace(self.tls / "tls.crt", good), "the certificate is not valid before 20")

    def test_certificate_is_used_when_it_becomes_valid(self):
        server = self.serve_files(*OFTEN)
        before = self.serial(server)
        replace(self.tls / "tls.crt", self.certificates.later("soon", 4))
        eventually(lambda: self.serial(server) != before, "the new certificate is served")
        eventually(lambda: self.reloads(server, "certificate") == 1, "it is counted")
        self.assertLessEqual(self.reloads(server, "certificate", "failure"), 1)
        self.assertNotIn("failed", server.probe("/readyz?verbose")[1])

    def test_server_does_not_start_with_a_certificate_that_is_not_valid_yet(self):
        replace(self.tls / "tls.crt", self.certificates.later("tomorrow-too", 86400))
        with self.assertRaisesRegex(AssertionError, "tls.crt: the certificate is not valid before"):
            self.serve_files()

    def test_key_of_another_certificate_leaves_the_previous_one_in_use(self):
        good, other = (self.tls / "tls.key").read_text(), self.certificates.serving("other")
        self.assert_stays(self.serve_files(*OFTEN), "certificate",
                          lambda: replace(self.tls / "tls.key", other / "tls.key"),
                          lambda: replace(self.tls / "tls.key", good), "the key does not match the certificate")

    def test_names_that_no_catalog_has_are_logged_at_each_reload(self):
        def override(*products):
            return policy() + f"overrides:\n- products: {json.dumps(products)}\n  notice: 30d\n"

        def logged(server):
            return [line["detail"] for line in map(json.loads, list(server.log)) if line["message"].startswith("the policy names")]

        self.policy.write_text(override("own/ap", "app"))
        server = self.serve_files(*OFTEN)
        first, second = (f'overrides[0].products[{i}]: catalog "own" has no product "{name}" (did you mean "app"?)'
                         for i, name in enumerate(("ap", "pp")))
        self.assertEqual(logged(server), [first])
        self.assertIn(f"[!] policy: {first}\n", server.probe("/readyz?verbose")[1])
        self.assertEqual(server.probe("/readyz"), (200, "ok\n"))
        self.assertFalse(self.allowed(server, DEAD))
        replace(self.policy, override("own/ap", "own/pp"))
        eventually(lambda: self.reloads(server, "snapshot") == 1, "the policy is in use")
        eventually(lambda: logged(server) == [first, first, second], "each is logged once")
        replace(self.policy, override("own/app"))
        eventually(lambda: self.reloads(server, "snapshot") == 2, "the repaired policy is in use")
        self.assertNotIn("[!]", server.probe("/readyz?verbose")[1])
        self.assertEqual(logged(server), [first, first, second])

    def test_sighup_reads_everything_again(self):
        server = self.serve_files("--reload-interval", "0s")
        replace(self.policy, policy(unavailable="warn"))
        self.assertFalse(self.allowed(server, DEAD))
        server.process.send_signal(signal.SIGHUP)
        eventually(lambda: self.allowed(server, DEAD), "the new policy is in use")
        eventually(lambda: self.reloads(server, "certificate") == 1, "the certificate was read again, too")
        self.assertEqual(self.reloads(server, "snapshot"), 1)

    def test_server_does_not_start_with_an_invalid_policy(self):
        self.policy.write_text(policy("perhaps"))
        with self.assertRaisesRegex(AssertionError, "policy.yaml.*perhaps"):
            self.serve_files()


if __name__ == "__main__":
    unittest.main()
