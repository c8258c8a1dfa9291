#!/usr/bin/env python3
"""The command line as a user runs it: arguments, output, exit codes. SHELFLIFE names the binary."""
import array
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import subprocess
import tempfile
import termios
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHELFLIFE = os.environ["SHELFLIFE"]
REVIEWS = ROOT / "tests/data/reviews"
DEAD = "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"
INVENTORY = ROOT / "tests/data/inventories/good/full.json"
COMMANDS = ["serve", "explain", "inspect", "audit", "review", "catalog list", "catalog show", "catalog lint",
            "catalog import endoflife", "catalog import google", "catalog import node-releases",
            "catalog export vap", "catalog export cle", "catalog export openeox", "catalog update", "catalog diff", "catalog sign", "catalog verify", "catalog fetch", "certs init", "certs show", "version",
            "catalog push", "inventory update", "inventory show", "inventory merge", "inventory export", "inventory push",
            "completion bash", "completion zsh", "completion fish", "man",
            "policy check", "policy show", "policy test"]


def run(*arguments, stdin=b"", env=None):
    """Exit code, standard output (bytes) and standard error (text)."""
    done = subprocess.run([SHELFLIFE, *map(str, arguments)], input=stdin, capture_output=True, timeout=60,
                          env={**os.environ, **(env or {})}, check=False)
    return done.returncode, done.stdout, done.stderr.decode()


def on_terminal(*arguments, env=None):
    """Standard output when it is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([SHELFLIFE, *map(str, arguments)], stdout=theirs, stdin=subprocess.DEVNULL,
                          env={**os.environ, "TERM": "xterm", **(env or {})}) as process:
        os.close(theirs)
        text = b""
        try:
            while chunk := os.read(ours, 4096):
                text += chunk
        except OSError:
            pass  # the other side is closed
        os.close(ours)
        process.wait()
    return text.decode()


class Usage(unittest.TestCase):
    def test_the_help_of_completion_names_shells(self):
        code, out, _ = run("completion", "--help")
        self.assertEqual(code, 0)
        self.assertIn(b"usage: shelflife completion SHELL\n", out)
        self.assertIn(b"\nshells:\n  bash ", out)
        self.assertNotIn(b"COMMAND", out)

    def test_help_at_every_level(self):
        for command in ["", "catalog", "catalog import", "certs", "inventory", *COMMANDS]:
            code, out, err = run(*command.split(), "--help")
            self.assertEqual((code, err), (0, ""), command)
            self.assertTrue(out.startswith(f"usage: shelflife {command}".strip().encode()), command)
            self.assertEqual(run("help", *command.split()), (0, out, ""))
        self.assertLess(max(len(line) for command in COMMANDS
                            for line in run(*command.split(), "--help")[1].decode().splitlines()), 100)

    def test_wrong_usage_is_2_with_a_reason_and_a_hint(self):
        for arguments, reason in [
            ([], "usage: shelflife COMMAND"),
            (["exlpain"], 'did you mean "shelflife explain"?'),
            (["certs"], "usage: shelflife certs COMMAND"),
            (["certs", "mend"], 'unknown command "mend" for "shelflife certs"'),
            (["explain"], "missing argument: IMAGE..."),
            (["explain", "--att", "2026-11-23", "debian"], "did you mean --at?"),
            (["explain", "-x", "debian"], "unknown option -x"),
            (["explain", "debian", "--at"], "--at requires an argument"),
            (["explain", "debian", "--at", "2026-02-30"], "must be a date like 2026-11-23"),
            (["explain", "debian", "-o", "xml"], "must be one of table, json"),
            (["explain", "--no-embedded=yes", "debian"], "takes no argument"),
            (["review", "--mode", "lax", "-"], "must be one of off, audit, warn, enforce, policy"),
            (["version", "7"], 'unexpected argument "7"'),
            (["serve"], "--tls-cert and --tls-key"),
            (["serve", "--max-connections", "0"], "must be a number from 1 to"),
            (["serve", "--max-body", "32MB"], "must be a number of bytes"),
            (["serve", "--idle-timeout", "180"], "must be a time"),
            (["certs", "init"], "missing argument: NAME..."),
            (["certs", "init", "--ca", "ca.crt", "localhost"], "--ca and --ca-key must be used together"),
            (["certs", "init", "--dir", "/nonexistent", "not a name"], "not a name"),
        ]:
            code, out, err = run(*arguments)
            self.assertEqual((code, out), (2, b""), arguments)
            self.assertIn(reason, err)

    def test_the_man_page_has_every_command_option_and_variable(self):
        page = run("man")[1].decode()
        plain = re.sub(r"\\f[BIPR]", "", page).replace("\\-", "-")
        for command in COMMANDS:
            self.assertRegex(plain, rf'(?m)^\.SS "{command}( |"$)')
            for option in re.findall(r"^  (?:-\w,|   ) --([\w-]+)", run(*command.split(), "--help")[1].decode(), re.M):
                self.assertTrue(option == "help" or f"--{option}" in plain, (command, option))
        read = set()
        for path in [*ROOT.glob("src/**/*.c")]:
            text = path.read_text()
            read |= set(re.findall(r'getenv\("(\w+)"\)|find_file\(r, "(\w+)"', text))
        variables = plain.split('.SH "ENVIRONMENT"')[1].split(".SH")[0]
        for name in {a or b for a, b in read}:
            self.assertRegex(variables, rf"(?m)^(?:.*, )?{name}(?:,.*)?$")

    def test_the_man_page_is_well_formed(self):
        page = run("man")[1]
        for checker in (["mandoc", "-T", "lint", "-W", "warning"], ["groff", "-man", "-ww", "-z"]):
            if shutil.which(checker[0]):
                done = subprocess.run(checker, input=page, capture_output=True, check=False)
                found = [line for line in (done.stdout + done.stderr).decode().splitlines() if "missing date" not in line]
                self.assertEqual(found, [], checker)

    def test_version_names_the_libraries(self):
        code, out, _ = run("version", "--verbose")
        self.assertEqual(code, 0)
        libraries = re.findall(r"(?m)^library (\S+) (\d[\d.]*\S*), compiled with (\d[\d.]*\S*)$", out.decode())
        self.assertEqual([name for name, _, _ in libraries],
                         ["libmicrohttpd", "GnuTLS", "OpenSSL", "libcurl", "jansson", "libyaml", "zlib", "glibc"])
        self.assertNotIn(b"library", run("version")[1])

    def test_version_as_json(self):
        shown = json.loads(run("version", "-o", "json")[1])
        self.assertEqual(list(shown), ["version", "commit", "catalogs", "libraries"])
        self.assertRegex(shown["commit"], r"^([0-9a-f]{40}|unknown)$")
        self.assertIn({"name": "google-dlc", "asOf": "2026-04-10"}, [{key: each[key] for key in ("name", "asOf")} for each in shown["catalogs"]])
        self.assertIn(f"commit {shown['commit']}\n", run("version", "--verbose")[1].decode())

    def test_a_missing_baseline_says_how_to_make_one(self):
        code, _, err = run("audit", "--baseline", "/nonexistent/b.json", "-")
        self.assertEqual(code, 3)
        self.assertIn('make it with "shelflife audit --write-baseline /nonexistent/b.json"', err)

    def test_version_names_the_catalogs(self):
        code, out, _ = run("--version")
        self.assertEqual(code, 0)
        self.assertRegex(out.decode(), r"^shelflife \d+\.\d+\.\d+\ncatalog ")
        self.assertIn("catalog google-dlc of 2026-04-10", out.decode())



class Output(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "pod.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
                                              "spec: {containers: [{name: c, image: 'python:3.8'}]}\n")
        (self.folder / "own.json").write_text(json.dumps({
            "apiVersion": "shelflife.dev/v1", "kind": "Catalog", "name": "own", "asOf": "2026-01-01",
            "products": [{"name": "app", "repositories": ["example.com/app"],
                          "rows": [{"release": "1", "endOfPatch": "2020-01-01"}]}]}))
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.folder / "key"], check=True,
                       capture_output=True)
        subprocess.run(["openssl", "pkey", "-in", self.folder / "key", "-pubout", "-out", self.folder / "pub"], check=True)

    def commands(self):
        """Every command that prints a result."""
        own, pod = self.folder / "own.json", self.folder / "pod.yaml"
        self.assertEqual(run("catalog", "sign", "--key", self.folder / "key", own)[0], 0)
        self.assertEqual(run("certs", "init", "--dir", self.folder / "certs", "localhost")[0], 0)
        formats = ["table", "wide", "json", "csv", "markdown", "junit", "sarif", "policyreport", "openreports", "prometheus", "html",
                   "yaml"]
        yield from [["audit", "-o", name, pod] for name in formats]
        yield from [["--help"], ["version"], ["explain", "--help"], ["certs", "--help"], ["explain", "python:3.8"],
                    ["explain", "-o", "json", "python:3.8"], ["review", Review.FIRST], ["review", REVIEWS],
                    ["audit", "--forecast", pod], ["catalog", "list"], ["catalog", "list", "-o", "json"],
                    ["catalog", "list", "endoflife"], ["catalog", "show", "python"], ["catalog", "show", "-o", "json", "python"],
                    ["catalog", "lint", "-o", "json", own], ["catalog", "diff", "endoflife", own],
                    ["catalog", "diff", "-o", "json", "endoflife", own], ["catalog", "export", "vap"],
                    ["catalog", "sign", "--key", self.folder / "key", "--signature", "-", own],
                    ["catalog", "verify", "--key", self.folder / "pub", own],
                    ["inventory", "show", INVENTORY], ["inventory", "show", "-o", "json", INVENTORY],
                    ["inventory", "merge", INVENTORY], ["inventory", "export", INVENTORY],
                    ["inventory", "export", "--format", "cyclonedx", INVENTORY],
                    ["certs", "init", "--dir", self.folder / "certs", "--force", "localhost"],
                    ["certs", "show", self.folder / "certs/tls.crt"], ["certs", "show", "-o", "json", self.folder / "certs/tls.crt"],
                    ["version", "-o", "json"], ["man"], ["completion", "bash"], ["policy", "show"], ["policy", "show", "-o", "json"],
                    ["policy", "check", ROOT / "policies/default.yaml"], ["policy", "test", ROOT / "tests/data/policy-tests/good/example.yaml"],
                    ["__complete", "aud"]]

    def test_a_full_disk_is_an_error_of_every_command(self):
        for command in self.commands():
            with self.subTest(command), open("/dev/full", "wb") as full:
                done = subprocess.run([SHELFLIFE, *map(str, command)], stdout=full, stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, 3)
                self.assertIn(b"cannot write to standard output: No space left on device", done.stderr)

    def test_a_full_disk_leaves_the_baseline_alone(self):
        baseline = self.folder / "baseline.json"
        with open("/dev/full", "wb") as full:
            done = subprocess.run([SHELFLIFE, "audit", "--write-baseline", baseline, self.folder / "pod.yaml"],
                                  stdout=full, stderr=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertFalse(baseline.exists())

    def test_a_closed_pipe_is_a_failure_without_a_message(self):
        ours, theirs = os.pipe()
        os.close(ours)
        done = subprocess.run([SHELFLIFE, "version"], stdout=theirs, stderr=subprocess.PIPE, check=False, restore_signals=False)
        os.close(theirs)
        self.assertEqual((done.returncode, done.stderr), (3, b""))

    def test_no_file_takes_the_number_of_a_closed_descriptor(self):
        with subprocess.Popen(["sh", "-c", 'exec "$0" review - 2>&-', SHELFLIFE], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            process.stdin.write(Review.FIRST.read_bytes())
            process.stdin.flush()
            unread = array.array("i", [1])
            while unread[0]:  # once the review is read, all that main() does first is done
                self.assertIsNone(process.poll())
                fcntl.ioctl(process.stdin, termios.FIONREAD, unread)
            descriptor = pathlib.Path(f"/proc/{process.pid}/fd/2")
            self.assertEqual(os.readlink(descriptor) if descriptor.is_symlink() else "closed", "/dev/null")
            process.stdin.close()
            self.assertTrue(process.stdout.read())
        code = subprocess.run(["sh", "-c", 'exec "$0" version >&-', SHELFLIFE], stderr=subprocess.PIPE, check=False).returncode
        self.assertEqual(code, 3)

    def test_a_signature_never_replaces_its_catalog(self):
        before = (self.folder / "own.json").read_bytes()
        # The longest path that can be opened: with .sig it cannot.
        path = "./" * ((4095 - len("own.json")) // 2) + "own.json"
        done = subprocess.run([SHELFLIFE, "catalog", "sign", "--key", "key", path], cwd=self.folder, capture_output=True, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertEqual((self.folder / "own.json").read_bytes(), before)

    def test_names_of_files_are_printable(self):
        path = self.folder / "a\x1b[31mb.json"
        path.write_bytes((self.folder / "own.json").read_bytes())
        for command in [["catalog", "sign", "--key", self.folder / "key"], ["catalog", "verify", "--key", self.folder / "pub"]]:
            code, out, err = run(*command, path)
            self.assertEqual((code, err), (0, ""))
            self.assertNotIn(b"\x1b", out)


class Explain(unittest.TestCase):
    def explain(self, *arguments):
        code, out, err = run("explain", "-o", "json", *arguments)
        self.assertEqual((code, err), (0, ""))
        return json.loads(out)

    def test_json_of_a_dead_image(self):
        [shown] = self.explain(DEAD, "--at", "2026-11-23")
        self.assertEqual(list(shown), ["image", "reference", "at", "phase", "action", "unverified", "matches", "stale",
                                      "canonical", "coveredBy", "runnersUp", "needed", "candidates", "outdated", "contradicted", "known",
                                      "inspected"])
        self.assertEqual(shown["reference"], {"registry": "gcr.io",
                                             "repository": "deeplearning-platform-release/tf2-gpu.2-11.py310",
                                             "tag": "m112", "digest": None})
        self.assertEqual((shown["at"], shown["phase"], shown["action"], shown["unverified"]),
                         ("2026-11-23", "unavailable", "deny", False))
        [match] = shown["matches"]
        source = match.pop("source")
        self.assertTrue(source.startswith("https://"))
        self.assertEqual(match, {"catalog": "google-dlc", "product": "tensorflow", "release": "2.11",
                                 "phase": "unavailable", "endOfPatch": "2023-11-15",
                                 "endOfAvailability": "2024-11-15", "outdated": False, "latest": "2.11.0",
                                 "endOfExtendedPatch": None, "ended": False, "action": "deny", "by": "repository",
                                 "evidence": None, "contradicts": None, "version": "2-11", "row": match["row"], "note": None, "asOf": "2026-04-10",
                                 "kind": "release", "movedTo": None,
                                 "pattern": "us-docker.pkg.dev/deeplearning-platform-release/gcr.io/"
                                            "tf2-{acc}.{version}[.{py}]"})
        self.assertRegex(match["row"], r"^products\[\d+\]\.rows\[\d+\]$")
        self.assertEqual((shown["stale"], shown["coveredBy"], shown["needed"]), (True, "google-dlc", None))
        self.assertEqual(shown["canonical"],
                         "us-docker.pkg.dev/deeplearning-platform-release/gcr.io/tf2-gpu.2-11.py310")

    def test_runners_up_and_why_they_lost(self):
        [variant] = self.explain("europe-docker.pkg.dev/vertex-ai/prediction/tf2-cpu.2-15:latest", "--at=2026-11-23")
        self.assertEqual({r["why"] for r in variant["runnersUp"]}, {"the reference names another variant"})
        self.assertTrue(all(r["release"] == "2.15" and r["row"] for r in variant["runnersUp"]))
        [pinned] = self.explain("python:3.12@sha256:" + "a" * 64, "--at=2026-11-23")
        self.assertIn("no row lists it", [r["why"] for r in pinned["runnersUp"]])
        self.assertTrue(pinned["unverified"])

    def test_what_an_unresolved_one_needs(self):
        for image, needed in [
            ("python:latest", "a tag that identifies one release of Python, such as 3.14, 3.13, 3.12"),
            ("python", "a tag that identifies one release of Python, such as 3.14, 3.13, 3.12"),
            ("python:3-bookworm", "a tag that identifies one release of Python, such as 3.14, 3.13, 3.12"),
            ("gcr.io/deeplearning-platform-release/r-cpu", "a row for this repository"),
            ("gcr.io/deeplearning-platform-release/tf2-gpu.2-99", "a repository whose name contains a release"),
            ("python@sha256:" + "a" * 64, "; or a catalog that lists the digest"),
            ("registry.shop.example/team/api:2.4.1",
             'what its configuration says: "shelflife inspect registry.shop.example/team/api:2.4.1" shows it'),
            ("registry.shop.example/team/api:2.4.1", "; or a catalog of your own that lists this repository"),
            ("python:3.12", ""),
        ]:
            [shown] = self.explain(image, "--at=2026-11-23")
            self.assertIn(needed, shown["needed"] or "", image)
            self.assertEqual(bool(shown["needed"]), bool(needed), image)
        text = run("explain", "--at=2026-11-23", "python:latest")[1].decode()
        self.assertRegex(text, r'(?m)^  not used +"latest" as a version of Python: no release has this name$')
        self.assertRegex(text, r"(?m)^  needed +a tag that identifies one release of Python")

    def test_the_releases_that_a_moving_tag_can_be(self):
        three, latest, one, pinned = self.explain("python:3", "python:latest", "python:3.12", "python@sha256:" + "a" * 64, "--at=2026-11-23")
        self.assertEqual(three["candidates"][0], {"release": "3.14", "phase": "supported", "endOfPatch": "2030-10-31",
                                                  "endOfAvailability": None, "latest": three["candidates"][0]["latest"]})
        self.assertTrue(all(each["release"].startswith("3.") for each in three["candidates"]))
        self.assertIn("2.7", [each["release"] for each in latest["candidates"]])
        self.assertEqual((one["candidates"], pinned["candidates"]), ([], []))
        text = run("explain", "--at=2026-11-23", "python:3")[1].decode()
        self.assertRegex(text, r"(?m)^  could be +any of 15 releases; .*\n +3\.14 +supported, end of patch 2030-10-31$")

    def test_json_of_what_is_not_known(self):
        invalid, unlisted = self.explain("NOT AN IMAGE", "example.com/x:1", "--at=2026-11-23")
        self.assertEqual((invalid["phase"], invalid["action"], invalid["matches"]), ("invalid", "warn", []))
        self.assertEqual(set(invalid["reference"].values()), {None})
        self.assertEqual((unlisted["phase"], unlisted["action"]), ("unlisted", "allow"))

    def test_fail_on(self):
        for action, image, code in [("never", DEAD, 0), ("deny", DEAD, 1), ("warn", DEAD, 1),
                                    ("deny", "NO IMAGE", 0), ("warn", "NO IMAGE", 1), ("warn", "x.test/y", 0)]:
            self.assertEqual(run("explain", "--at", "2026-11-23", "--fail-on", action, image)[0], code, image)

    def test_piped_output_is_plain_and_terminals_are_coloured(self):
        code, out, _ = run("explain", DEAD, "--at", "2026-11-23")
        self.assertEqual(code, 0)
        self.assertNotIn(b"\x1b", out)
        self.assertIn("TensorFlow 2.11 (Google Deep Learning Containers) is past end of availability since "
                      "2024-11-15", out.decode())
        self.assertIn("\x1b[31munavailable", on_terminal("explain", DEAD, "--at", "2026-11-23"))
        self.assertNotIn("\x1b", on_terminal("explain", DEAD, env={"NO_COLOR": "1"}))
        self.assertNotIn("\x1b", on_terminal("explain", DEAD, env={"TERM": "dumb"}))

    def test_an_image_cannot_draw_on_the_terminal(self):
        _, out, _ = run("explain", "a\x1b[31mb\u202ec")
        self.assertNotRegex(out.decode(), "[\x1b\u202e]")
        _, _, err = run("explain", "--at", "\x1b[31m", "a")
        self.assertNotIn("\x1b", err)


class Configuration(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def test_a_policy_of_ones_own(self):
        policy = self.write("policy.yaml", "apiVersion: shelflife.dev/v1\nkind: Policy\nactions: {unlisted: deny}\n")
        self.assertEqual(run("explain", "--policy", policy, "--fail-on", "deny", "example.com/x:1")[0], 1)

    def test_a_repository_that_has_ended_with_the_one_that_its_images_moved_to(self):
        code, out, _ = run("explain", "--at=2026-11-23", "bitnami/redis:6.2")
        text = out.decode()
        self.assertEqual(code, 0)
        self.assertIn("since 2025-08-28; no release to move to\n", text)
        self.assertIn("docker.io/bitnamilegacy has them, without updates", text)
        self.assertIn(" by repository, pattern docker.io/bitnami/{name}, ", text)
        self.assertNotIn("moved to docker.io", text)

    def test_the_page_names_what_to_move_to_as_the_table_does(self):
        images = self.write("images", "python:3.8\nrockylinux:9\n")
        _, page, _ = run("audit", "--at=2026-11-23", "--images", images, "-o", "html", "--fail-on", "never")
        self.assertEqual(sorted(re.findall(r'"move":"(.*?)"', page.decode())), ["Python 3.12 or later", "docker.io/rockylinux/rockylinux"])
        _, table, _ = run("audit", "--at=2026-11-23", "--images", images, "-o", "csv", "--fail-on", "never")
        for what in "Python 3.12 or later", "docker.io/rockylinux/rockylinux":
            self.assertIn(what, table.decode())

    def test_a_broken_policy_names_file_and_place(self):
        policy = self.write("policy.yaml", "apiVersion: shelflife.dev/v1\nkind: Policy\nactions: {unlisted: dney}\n")
        code, out, err = run("explain", "--policy", policy, "debian")
        self.assertEqual((code, out), (2, b""))
        self.assertIn("policy.yaml", err)
        self.assertIn("actions.unlisted", err)

    def test_names_that_no_catalog_has_are_reported(self):
        policy = self.write("policy.yaml", "apiVersion: shelflife.dev/v1\nkind: Policy\n"
                                           "overrides:\n- {products: [debian, endoflife/debain], notice: 30d}\n")
        shown = f'shelflife: {policy}: overrides[0].products[1]: catalog "endoflife" has no product "debain" (did you mean "debian"?); this has no effect\n'
        for command, argument in ("explain", "debian:13"), ("review", Review.FIRST), ("audit", self.folder):
            with self.subTest(command):
                self.assertEqual(run(command, "--at", "2026-11-23", "--policy", policy, argument)[::2], (0, shown))

    def test_a_missing_file_is_3(self):
        for option in ["--policy", "--catalog"]:
            code, _, err = run("explain", option, self.folder / "nothing", "debian")
            self.assertEqual(code, 3, err)

    def test_a_catalog_of_ones_own(self):
        self.write("mine.json", json.dumps({
            "apiVersion": "shelflife.dev/v1", "kind": "Catalog", "name": "mine", "asOf": "2026-01-01",
            "products": [{"name": "app", "repositories": ["example.com/app"],
                          "rows": [{"release": "1", "endOfPatch": "2020-01-01"}]}]}))
        for place in [self.folder, self.folder / "mine.json"]:
            code, out, err = run("explain", "-o", "json", "--no-embedded", "--catalog", place, "example.com/app:1.2")
            self.assertEqual((code, err), (0, ""))
            self.assertEqual(json.loads(out)[0]["matches"][0]["catalog"], "mine")


class Review(unittest.TestCase):
    FIRST = REVIEWS / "001-create-pods.json"

    def test_the_reply_is_whole_and_nothing_else(self):
        code, out, err = run("review", self.FIRST, "--at", "2026-11-23")
        self.assertEqual((code, err), (0, ""))
        self.assertFalse(out.endswith(b"\n"))
        response = json.loads(out)["response"]
        self.assertFalse(response["allowed"])
        self.assertEqual(response["status"]["code"], 403)
        self.assertIn("tf2-gpu.2-11.py310:m112: TensorFlow 2.11", response["status"]["message"])
        self.assertRegex(response["auditAnnotations"]["catalog"], "^sha256:[0-9a-f]{64}$")
        self.assertEqual(run("review", "--at", "2026-11-23", stdin=self.FIRST.read_bytes())[1], out)
        self.assertEqual(run("review", "-", "--at", "2026-11-23", stdin=self.FIRST.read_bytes())[1], out)

    def test_many_are_a_line_each(self):
        code, out, _ = run("review", REVIEWS, "--at", "2026-11-23")
        self.assertEqual(code, 0)
        lines = out.decode().splitlines()
        self.assertEqual(len(lines), len(list(REVIEWS.glob("*.json"))))
        self.assertTrue(all("uid" in json.loads(line)["response"] for line in lines))

    def test_modes_and_fail_on(self):
        for mode, fail_on, code in [("policy", "deny", 1), ("enforce", "never", 0), ("warn", "deny", 0),
                                    ("warn", "warn", 1), ("audit", "warn", 0), ("off", "warn", 0)]:
            self.assertEqual(run("review", self.FIRST, "--at", "2026-11-23", "--mode", mode, "--fail-on", fail_on)[0],
                             code, mode)

    def test_what_is_no_review(self):
        code, out, err = run("review", stdin=b"garbage")
        self.assertEqual(code, 3)
        self.assertTrue(out.endswith(b"\n"))
        self.assertIn("standard input: the webhook would answer with HTTP status 400: ", err)
        reply = out.decode().strip()
        self.assertTrue(reply)
        self.assertIn(reply, err)
        self.assertEqual(run("review", self.FIRST, "/nonexistent")[0], 4)
        self.assertEqual(run("review", "/nonexistent")[0], 3)


class CatalogShow(unittest.TestCase):
    def test_the_images_that_a_product_is_found_in(self):
        [python] = json.loads(run("catalog", "show", "-o", "json", "endoflife/python")[1])
        self.assertIn("docker.io/library/python", python["repositories"])
        self.assertIn("public.ecr.aws/docker/library", python["mirrors"]["docker.io/library"])
        [tensorflow] = json.loads(run("catalog", "show", "-o", "json", "google-dlc/tensorflow")[1])
        self.assertIn("gcr.io/deeplearning-platform-release", tensorflow["mirrors"]["us-docker.pkg.dev/deeplearning-platform-release/gcr.io"])
        self.assertTrue(tensorflow["covers"])
        text = run("catalog", "show", "endoflife/python")[1].decode()
        self.assertRegex(text, r"(?m)^  repositories +docker.io/library/python$")
        self.assertRegex(text, r"(?m)^  mirrors +.* of docker.io/library$")


class Certs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "certs"

    def verify(self, *arguments):
        return subprocess.run(["openssl", "verify", "-CAfile", self.folder / "ca.crt", *arguments,
                               self.folder / "tls.crt"], capture_output=True, check=False).returncode

    def test_init_makes_what_a_server_needs(self):
        code, _, err = run("certs", "init", "--dir", self.folder, "webhook.shelflife.svc", "127.0.0.1")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(sorted(os.listdir(self.folder)), ["ca.crt", "tls.crt", "tls.key"])
        self.assertEqual((self.folder / "tls.key").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.verify("-verify_hostname", "webhook.shelflife.svc"), 0)
        self.assertEqual(self.verify("-verify_ip", "127.0.0.1"), 0)
        self.assertNotEqual(self.verify("-verify_hostname", "example.com"), 0)

        code, out, _ = run("certs", "show", self.folder / "tls.crt")
        self.assertEqual(code, 0)
        for word in ["webhook.shelflife.svc", "127.0.0.1", "shelflife CA", "36"]:
            self.assertIn(word, out.decode())

    def test_show_as_json(self):
        self.assertEqual(run("certs", "init", "--dir", self.folder, "--days", "30", "webhook.shelflife.svc")[0], 0)
        code, out, _ = run("certs", "show", "-o", "json", self.folder / "tls.crt", self.folder / "ca.crt")
        self.assertEqual(code, 0)
        serving, ca = json.loads(out)
        self.assertEqual((serving["names"], serving["ca"], serving["expired"], ca["ca"]), (["webhook.shelflife.svc"], False, False, True))
        self.assertIn(serving["daysLeft"], (29, 30))
        self.assertRegex(serving["notAfter"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(serving["issuer"], ca["subject"])
        code, out, _ = run("certs", "show", "-o", "json", "/nonexistent", self.folder / "ca.crt")
        self.assertEqual((code, len(json.loads(out))), (4, 1))

    def test_files_are_replaced_only_by_force(self):
        init = ["certs", "init", "--dir", self.folder, "localhost"]
        self.assertEqual(run(*init)[0], 0)
        before = (self.folder / "tls.crt").read_bytes()
        code, _, err = run(*init)
        self.assertEqual(code, 2)
        self.assertIn("--force", err)
        self.assertEqual((self.folder / "tls.crt").read_bytes(), before)
        self.assertEqual(run(*init, "--force")[0], 0)
        self.assertNotEqual((self.folder / "tls.crt").read_bytes(), before)

    def test_a_kept_ca_signs_again(self):
        self.assertEqual(run("certs", "init", "--dir", self.folder, "--keep-ca-key", "localhost")[0], 0)
        self.assertEqual((self.folder / "ca.key").stat().st_mode & 0o777, 0o600)
        ca = (self.folder / "ca.crt").read_bytes()
        self.assertEqual(run("certs", "init", "--dir", self.folder, "--force", "--ca", self.folder / "ca.crt",
                             "--ca-key", self.folder / "ca.key", "second.test")[0], 0)
        self.assertEqual((self.folder / "ca.crt").read_bytes(), ca)
        self.assertEqual(self.verify("-verify_hostname", "second.test"), 0)

    def test_show_what_is_none(self):
        self.assertEqual(run("certs", "show", "/nonexistent")[0], 3)
        self.assertEqual(run("certs", "show", __file__)[0], 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
