"""The probes, the metrics and the log of the server, and the modes of its paths."""
import contextlib
import json
import re
import subprocess
import unittest

from webhook import BINARY, DAY, DEAD, FINE, PATIENCE, TIMEOUT, TestCase, eventually, pod_review

ENDED = "python:3.8-slim"  # past end of patch, warned about by default


class Paths(TestCase):
    def test_path_gives_the_mode(self):
        server = self.serve()
        for path, allowed, warnings, action in [
                ("/validate", False, 0, "deny"), ("/validate/enforce", False, 0, "deny"),
                ("/validate/enforce?timeout=10s", False, 0, "deny"), ("/validate/warn", True, 1, "warn"),
                ("/validate/audit", True, 0, "allow")]:
            with self.subTest(path=path):
                status, reply, headers = server.post(pod_review(DEAD), path=path)
                response = reply["response"]
                self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
                self.assertEqual((response["allowed"], len(response.get("warnings", [])),
                                  response["auditAnnotations"]["action"]), (allowed, warnings, action))
        self.assertEqual(server.post(pod_review(DEAD), path="/validate/off")[1]["response"],
                         {"uid": "0001", "allowed": True})

    def test_reply_is_the_same_as_of_the_review_command(self):
        server = self.serve()
        for image in DEAD, ENDED, FINE, "not an image":
            review = json.dumps(pod_review(image)).encode()
            printed = subprocess.run([BINARY, "review", "--at", DAY, "-o", "json", "-"], input=review,
                                     stdout=subprocess.PIPE, check=False).stdout
            self.assertEqual(server.post(review)[1], json.loads(printed))

    def test_reply_past_the_limit_is_the_same_as_of_the_review_command(self):
        server = self.serve("--body-timeout", "10m")  # 32 MiB take a while under a sanitizer
        limit, review = 32 << 20, json.dumps(pod_review(DEAD)).encode()
        uid = review.index(b'"0001"') + len('"0001"')
        for name, body, status in [("just fits", review + b" " * (limit - len(review)), 200),
                                   ("does not", review + b" " * (limit - len(review) + 1), 200),
                                   ("uid just fits", b" " * (limit - uid) + review, 200),
                                   ("uid does not", b" " * (limit - uid + 1) + review, 400)]:
            # The command runs first: a connection that waits for it would reach --header-timeout.
            done = subprocess.run([BINARY, "review", "--at", DAY, "-"], input=body, capture_output=True, check=False)
            with self.subTest(name), contextlib.closing(server.connect()) as connection:
                connection.request("POST", f"/validate?timeout={TIMEOUT}", body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                text = response.read()
                self.assertEqual((response.status, text), (status, done.stdout))
                self.assertEqual(done.returncode, 0 if status == 200 else 3, done.stderr)
                self.assertEqual(b"larger than 33554432 bytes" in text, name != "just fits")

    def test_day_is_today_unless_another_is_given(self):
        dated = "us-docker.pkg.dev/deeplearning-platform-release/gcr.io/tf2-cpu.2-17.py310"
        before = self.serve("--at", "2026-07-11").post(pod_review(dated))[1]["response"]
        after = self.serve("--at", "2026-07-12").post(pod_review(dated))[1]["response"]
        self.assertEqual((before["allowed"], after["allowed"]), (True, False))


class Probes(TestCase):
    def test_live_and_ready(self):
        server = self.serve()
        self.assertEqual(server.probe("/livez"), (200, "ok\n"))
        self.assertEqual(server.probe("/readyz"), (200, "ok\n"))
        status, text = server.probe("/readyz?verbose")
        self.assertEqual(status, 200)
        self.assertRegex(text, r"\[\+\] snapshot: [1-9]\d* catalogs, sha256:[0-9a-f]{64}\n")
        self.assertRegex(text, r"google-dlc: [1-9]\d+ releases as of 20\d\d-\d\d-\d\d( \(stale\))?, from embedded\n")
        self.assertRegex(text, r"\[\+\] certificate: valid until 20\d\d-\d\d-\d\d\n")

    def test_other_paths_and_methods_are_refused(self):
        server = self.serve()
        self.assertEqual(server.probe("/")[0], 404)
        self.assertEqual(server.probe("/validate")[0], 404)
        self.assertEqual(server.probe("/livez", method="POST")[0], 405)
        self.assertEqual(server.probe("/livez", method="HEAD"), (200, ""))


class Metrics(TestCase):
    def test_reviews_are_counted_by_operation_resource_mode_and_action(self):
        server = self.serve()
        for image, path, n in [(DEAD, "/validate", 3), (ENDED, "/validate", 2), (DEAD, "/validate/audit", 1)]:
            for _ in range(n):
                server.post(pod_review(image), path=path)
        server.post(pod_review(operation="UPDATE", resource={"group": "x.example", "version": "v1",
                                                             "resource": "made-up-by-a-tenant"}))
        got = {name: n for name, n in server.metrics().items() if "reviews_total" in name}
        name = 'shelflife_reviews_total{{operation="{}",resource="{}",mode="{}",action="{}"}}'.format
        self.assertEqual(got, {name("CREATE", "pods", "enforce", "deny"): 3,
                               name("CREATE", "pods", "enforce", "warn"): 2,
                               name("CREATE", "pods", "audit", "allow"): 1,
                               name("UPDATE", "other", "enforce", "allow"): 1})
        metrics = server.metrics()
        self.assertEqual(metrics['shelflife_images_total{phase="unavailable"}'], 4)
        self.assertEqual(metrics['shelflife_images_total{phase="unpatched"}'], 2)
        self.assertEqual(metrics['shelflife_review_clients_total{client="unverified"}'], 7)
        self.assertEqual(metrics["shelflife_review_duration_seconds_count"], 7)
        self.assertEqual(metrics['shelflife_review_duration_seconds_bucket{le="+Inf"}'], 7)
        self.assertGreater(metrics["shelflife_review_duration_seconds_sum"], 0)

    def test_text_is_in_the_format_of_prometheus(self):
        server = self.serve()
        server.post(pod_review(DEAD))
        text = server.probe("/metrics")[1]
        typed = {}
        for line in text.splitlines():
            if line.startswith("# "):
                self.assertRegex(line, r"^# (HELP shelflife_\w+ .+\.|TYPE shelflife_\w+ (counter|gauge|histogram))$")
                if line.startswith("# TYPE"):
                    _, _, name, kind = line.split()
                    self.assertNotIn(name, typed)
                    typed[name] = kind
                continue
            sample = re.fullmatch(r'(shelflife_\w+)(\{\w+="[^"\\\n]*"(,\w+="[^"\\\n]*")*\})? -?\d+(\.\d+)?', line)
            self.assertTrue(sample, line)
            base = re.sub("_(bucket|sum|count)$", "", sample[1])
            kind = typed.get(sample[1]) or typed.get(base)
            self.assertEqual(kind == "counter", sample[1].endswith("_total"), line)
        for name in ("catalog_age_seconds", "catalog_releases", "catalog_info", "build_info", "connections",
                     "connections_shed_total", "certificate_expiry_timestamp_seconds", "reloads_total"):
            self.assertIn(f"shelflife_{name}", typed)


class Log(TestCase):
    def test_finding_is_one_json_object_in_one_line(self):
        server = self.serve()
        server.post(pod_review(FINE))
        server.post(pod_review(DEAD, uid="dead", name="train"))
        eventually(lambda: "review" in server.messages(), "the finding is logged")
        found = [json.loads(line) for line in server.log if b'"review"' in line]
        self.assertEqual(len(found), 1)  # the other review has no finding
        entry = found[0]
        self.assertRegex(entry.pop("time"), r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertIn("TensorFlow 2.11", entry.pop("finding"))
        self.assertGreaterEqual(entry.pop("microseconds"), 0)
        self.assertEqual(entry, {"level": "info", "message": "review", "uid": "dead", "operation": "CREATE",
                                 "resource": "pods", "kind": "Pod", "namespace": "team-a", "name": "train",
                                 "user": "dev", "mode": "enforce", "action": "deny", "phase": "unavailable",
                                 "allowed": False, "dryRun": False, "clientVerified": False})

    def test_findings_of_audit_mode_are_logged(self):
        server = self.serve()
        server.post(pod_review(DEAD), path="/validate/audit")
        eventually(lambda: any(b"TensorFlow 2.11" in line for line in server.log), "the finding is logged")

    def test_every_review_is_logged_if_asked_for(self):
        server = self.serve("--log-reviews")
        server.post(pod_review(FINE, uid="fine"))
        eventually(lambda: any(b'"uid":"fine"' in line for line in server.log), "the review is logged")

    def test_names_can_neither_forge_nor_end_a_line(self):
        server = self.serve()
        evil = 'x\n{"level":"info","message":"forged"}\n\x1b[31m\u2028"'
        server.post(pod_review(DEAD, uid="evil", name=evil, userInfo={"username": "u" * 10_000}))
        eventually(lambda: "review" in server.messages(), "the finding is logged")
        entry = next(json.loads(line) for line in server.log if b'"review"' in line)
        self.assertEqual(entry["uid"], "evil")
        self.assertNotIn("forged", server.messages())
        self.assertTrue(all(line.isascii() and len(line) <= 4096 for line in server.log))

    def test_broken_clients_do_not_flood_it(self):
        server = self.serve()
        for _ in range(300):
            with server.tcp() as connection:
                connection.sendall(b"garbage")
                connection.settimeout(PATIENCE)
                connection.recv(1)
        eventually(lambda: server.errors("handshake") == 300, "all are counted")
        self.assertLess(len(server.log), 200)

    def test_text_format(self):
        process = subprocess.Popen(
            [BINARY, "serve", "--listen", "127.0.0.1:0", "--no-probes", "--log-format", "text", "--tls-cert",
             self.certificates.folder / "tls.crt", "--tls-key", self.certificates.folder / "tls.key"],
            stderr=subprocess.PIPE)
        with process:
            line = process.stderr.readline().decode()
            process.terminate()
            rest = process.stderr.read().decode()
            self.assertEqual(process.wait(PATIENCE), 0)
        self.assertRegex(line, r"^20\S+Z info    serving version=\S+ listen=127\.0\.0\.1:0 port=\d+ catalogs=\d+ digest=")
        self.assertIn("info    draining connections=0\n", rest)


class Addresses(TestCase):
    def test_port_in_use_is_an_error(self):
        server = self.serve()
        with self.assertRaisesRegex(AssertionError, f"cannot listen on 127.0.0.1:{server.port}: Address already"):
            self.serve("--listen", f"127.0.0.1:{server.port}")

    def test_invalid_address_is_an_error(self):
        for address in "8443", "1.2.3.4", "::1:8443", "[::1]", ":65536", ":x", "[]:1", "a:b:1":
            with self.subTest(address=address), self.assertRaisesRegex(AssertionError, "0.0.0.0:8443"):
                self.serve("--listen", address)

    def test_all_addresses_of_both_families(self):
        for address in ":0", "[::]:0":
            server = self.serve("--listen", address)
            self.assert_answers(server)  # by IPv4


if __name__ == "__main__":
    unittest.main()
