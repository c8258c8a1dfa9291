#!/usr/bin/env python3
"""What a person sees of an audit: the table on terminals of all widths, and the options that shape it.
SHELFLIFE names the binary."""
import csv
import fcntl
import io
import json
import os
import pathlib
import pty
import re
import struct
import subprocess
import tempfile
import termios
import unicodedata
import unittest

import yaml

SHELFLIFE = os.environ["SHELFLIFE"]
AT = "2026-11-23"
WIDTHS = (60, 80, 100, 120, 140, 200)
TENSORFLOW = "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"
WORKLOADS = [  # namespace, apiVersion, kind, name, image
    ("shop", "apps/v1", "Deployment", "cart", "python:3.8-slim-bullseye"),
    ("shop", "apps/v1", "Deployment", "payment-service-v2", TENSORFLOW),
    ("shop", "apps/v1", "StatefulSet", "db", "postgres:11.22-bullseye"),
    ("shop", "batch/v1", "Job", "train", "us-docker.pkg.dev/deeplearning-platform-release/gcr.io/pytorch-gpu.1-13.py310:m112"),
    ("ml", "apps/v1", "DaemonSet", "agent", "docker.io/library/nginx:1.20.1@sha256:" + "ab12" * 16),
    ("ml", "serving.example/v1", "Predictor", "model-with-a-name-that-is-rather-long-for-a-table", "ubuntu:24.10"),
    ("ml", "apps/v1", "Deployment", "\u6f22\u5b57", "debian:13"),
]


def manifest(namespace, api_version, kind, name, image):
    return {"apiVersion": api_version, "kind": kind, "metadata": {"namespace": namespace, "name": name},
            "spec": {"template": {"spec": {"containers": [{"name": "main", "image": image}]}}}}


def columns(text):
    """How many columns of a terminal the text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


class View(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "all.yaml"
        self.audited = "all.yaml"
        self.write(WORKLOADS)

    def write(self, workloads):
        self.file.write_text(yaml.safe_dump_all(manifest(*w) for w in workloads))

    def audit(self, *options, code=1):
        done = subprocess.run([SHELFLIFE, "audit", "--at", AT, *options, self.audited], cwd=self.folder, capture_output=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.decode()

    def on_terminal(self, width, *options, **environment):
        """The lines that a terminal of this width gets."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        environment = {"PATH": os.environ["PATH"], "TERM": "xterm", **environment}
        process = subprocess.Popen([SHELFLIFE, "audit", "--at", AT, *options, self.audited], cwd=self.folder, stdout=theirs,
                                   stderr=subprocess.DEVNULL, env=environment)
        os.close(theirs)
        written = b""
        try:
            while piece := os.read(ours, 1 << 16):
                written += piece
        except OSError:
            pass  # how Linux reports that the other end is closed
        os.close(ours)
        process.wait(timeout=60)
        return written.decode().replace("\r\n", "\n").splitlines()

    def test_the_table_fits_and_starts_each_cell_below_its_title(self):
        for width in WIDTHS:
            for options in ((), ("--all",), ("--forecast",), ("--group-by", "namespace"), ("--summary", "--group-by", "image")):
                with self.subTest(width=width, options=options):
                    lines = self.on_terminal(width, *options, NO_COLOR="1")
                    table = lines[:len(lines) - lines[::-1].index("")]
                    self.assertGreater(len(table), 2)
                    self.assertLessEqual(max(map(columns, table)), width)

    def test_what_80_columns_show(self):
        self.write(WORKLOADS[:3])
        self.assertEqual(self.on_terminal(80, NO_COLOR="1")[:4], [
            "ACTION  PHASE        WORKLOAD                   IMAGE",
            "deny    unavailable  deploy/payment-service-v2  …release/tf2-gpu.2-11.py310:m112",
            "warn    unpatched    deploy/cart                python:3.8-slim-bullseye",
            "warn    unpatched    sts/db                     postgres:11.22-bullseye"])
        self.write([WORKLOADS[0], WORKLOADS[2]])
        self.assertEqual(self.on_terminal(80, NO_COLOR="1")[:3], [
            "ACTION  PHASE      WORKLOAD     IMAGE                     PLACE",
            "warn    unpatched  deploy/cart  python:3.8-slim-bullseye  all.yaml:10",
            "warn    unpatched  sts/db       postgres:11.22-bullseye   all.yaml:22"])

    def test_what_to_move_to_comes_first_of_what_is_added(self):
        title = self.on_terminal(140, NO_COLOR="1")[0]
        self.assertIn("MOVE TO", title)
        widest = self.on_terminal(400, NO_COLOR="1")
        self.assertLess(widest[0].index("MOVE TO"), widest[0].index("RELEASE"))
        self.assertIn("777d ago", "\n".join(widest))
        self.assertIn("in ", "\n".join(self.on_terminal(400, "--forecast", NO_COLOR="1")))

    def test_namespaces_are_shown_if_there_are_several(self):
        self.assertIn(" shop/deploy/cart ", self.audit())
        self.assertIn(" ml/predictor/", self.audit())
        self.assertIn(" job/train ", self.audit("--group-by", "namespace"))
        self.write(WORKLOADS[:4])
        self.assertIn(" deploy/cart ", self.audit())

    def test_color(self):
        self.assertIn("\x1b[", "".join(self.on_terminal(80)))
        for options, environment in ((("--color", "never"), {}), ((), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"})):
            self.assertNotIn("\x1b[", "".join(self.on_terminal(80, *options, **environment)), (options, environment))
        self.assertIn("\x1b[", "".join(self.on_terminal(80, "--color", "always", NO_COLOR="1")))
        self.assertNotIn("\x1b[", self.audit("--color", "auto"))
        self.assertIn("\x1b[", self.audit("--color=always"))

    def test_groups(self):
        text = self.audit("--group-by", "namespace")
        self.assertIn("\nshop: 4 findings, 2 denied, 2 warned about; the worst is unavailable\n", text)
        self.assertIn("\nml: 2 findings, 2 warned about; the worst is unpatched\n", text)
        self.assertIn("### shop", self.audit("--group-by", "namespace", "-o", "markdown"))
        self.assertIn("\n(no owner): 6 findings", self.audit("--group-by", "owner"))
        self.assertIn("\nPython: 1 finding, 1 warned about", self.audit("--group-by", "product"))
        images = json.loads(self.audit("--group-by", "image", "-o", "json"))["findings"]
        self.assertEqual(len(images), 6)

    def test_a_summary_has_a_line_for_each_group(self):
        lines = self.audit("--summary").splitlines()
        self.assertEqual([line.split() for line in lines[:3]],
                         [["NAMESPACE", "WORST", "FINDINGS", "DENIED", "WARNED"],
                          ["shop", "unavailable", "4", "2", "2"],
                          ["ml", "unpatched", "2", "0", "2"]])
        self.assertTrue(lines[4].startswith("2 denied, "), lines)
        rows = list(csv.DictReader(io.StringIO(self.audit("--summary", "--group-by", "product", "-o", "csv"), newline="")))
        self.assertEqual(sum(int(row["count"]) for row in rows), 6)
        self.assertEqual(rows[0]["product"], "TensorFlow")
        self.assertEqual({row["allowed"] for row in rows}, {"0"})
        for options, title in ((("--all",), "IMAGES +DENIED +WARNED +ALLOWED"), (("--forecast",), "CHANGES +DENIED")):
            self.assertRegex(self.audit("--summary", *options).splitlines()[0], title)
        self.assertIn("\nml: 3 images, 2 warned about, 1 allowed;", self.audit("--all", "--group-by", "namespace"))

    def test_places_tell_equal_workloads_of_files_apart(self):
        self.file.unlink()
        for name in ("api", "web"):
            (self.folder / name).mkdir()
            (self.folder / name / "Dockerfile").write_text("ARG V=3.8\nFROM python:$V-slim-bullseye\nFROM node:16-alpine3.15\n")
            (self.folder / name / ".gitlab-ci.yml").write_text("test: {image: 'node:16', script: [x]}\n")
        self.audited = "."
        for width in (80, 100, 120, 140):
            lines = self.on_terminal(width, NO_COLOR="1")
            for name in ("api/Dockerfile:3", "web/Dockerfile:3", "api/.gitlab-ci.yml:1", "web/.gitlab-ci.yml:1"):
                self.assertEqual(len([line for line in lines if line.endswith(name) or f"  {name} " in line]), 1, (width, name, lines))

    def test_a_baseline_says_how_much_it_accepts_and_the_report_what_is_new(self):
        baseline = self.folder / "b.json"
        options = [SHELFLIFE, "audit", "--at", AT, "--write-baseline", baseline, "all.yaml"]
        for count, findings in ((1, "1 finding"), (6, "6 findings")):
            self.write(WORKLOADS[:count])
            done = subprocess.run(options, cwd=self.folder, capture_output=True, timeout=60, check=True)
            self.assertEqual(done.stderr.decode(), f"shelflife: {findings} written to {baseline}\n")
        lines = self.audit("--baseline", baseline, code=0).splitlines()
        self.assertEqual(lines[0], "no new findings; 6 accepted by the baseline")
        self.assertTrue(lines[1].startswith("with these: 2 denied, 4 warned about, "), lines)
        self.assertIn("\nno new findings; 6 accepted by the baseline\n\nwith these: ",
                      self.audit("--baseline", baseline, "-o", "markdown", code=0))
        self.write([*WORKLOADS[:6], ("shop", "apps/v1", "Deployment", "new", "node:16")])
        self.assertIn("\n\n1 new finding; 6 accepted by the baseline\n",
                      self.audit("--baseline", baseline, "--fail-on", "warn"))

    def test_only_catalogs_with_a_release_of_an_image_are_called_old(self):
        self.write(WORKLOADS[:1])
        report = json.loads(self.audit("-o", "json", "--at", "2029-01-01", "--fail-on", "never", code=0))
        self.assertGreater(len(report["catalogs"]), 1)
        old = re.findall("catalog (.*) is .* old: newer", self.audit("--at", "2029-01-01", "--fail-on", "never", code=0))
        self.assertEqual(old, ["endoflife"])

    def test_junit_fails_for_what_fails_the_command(self):
        for fail_on, failures, code in (("deny", 2, 1), ("warn", 6, 1), ("never", 0, 0)):
            text = self.audit("--fail-on", fail_on, "-o", "junit", code=code)
            self.assertEqual((text.count("<failure"), text.count(f' failures="{failures}"')), (failures, 2), fail_on)

    def test_what_left_nothing_to_audit_is_not_called_unreadable(self):
        self.audited = "."
        said = self.audit("--exclude", "*", code=3)
        self.assertIn("NOTHING AUDITED: no source has anything to audit\n", said)
        self.assertIn("skipped: excluded files and folders: 1 (", said)

    def test_rows_are_sorted(self):
        def order(column):
            return [f["image"] for f in json.loads(self.audit("--sort-by", column, "-o", "json"))["findings"]]
        self.assertEqual(order("image"), sorted(w[4] for w in WORKLOADS[:6]))
        self.assertEqual(order("Image"), order("image"))
        self.assertEqual(order("when")[0], "docker.io/library/nginx:1.20.1@sha256:" + "ab12" * 16)
        self.assertEqual(order("END OF PATCH")[0], order("endofpatch")[0])
        done = subprocess.run([SHELFLIFE, "audit", "--sort-by", "relase", self.file], capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b'no column "relase" to sort by; there are action, phase, date, ', done.stderr)

    def test_no_headers_leaves_only_rows(self):
        self.assertEqual(len(self.audit("--no-headers").splitlines()), 6)
        self.assertEqual(len(self.audit("--no-headers", "-o", "csv").splitlines()), 6)
        self.assertEqual(len(self.audit("--no-headers", "--summary").splitlines()), 2)

    def test_formats_that_cannot_do_it_say_which_can(self):
        done = subprocess.run([SHELFLIFE, "audit", "--summary", "-o", "junit", self.file], capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"a summary can be printed as table, wide, csv or markdown, but not as junit", done.stderr)

    def test_each_column_is_explained_in_the_help(self):
        done = subprocess.run([SHELFLIFE, "audit", "--help"], capture_output=True, timeout=60, check=True)
        explained = done.stdout.decode().split("\ncolumns of tables", 1)[1]
        titles = re.split(" {2,}", self.audit("-o", "wide").splitlines()[0])
        self.assertGreater(len(titles), 15)
        for title in titles:
            self.assertIn(f"\n  {title} ", explained)

    def test_yaml_is_the_same_data_as_json(self):
        for options in ((), ("--all",), ("--forecast",), ("--sort-by", "image")):
            text = self.audit("-o", "yaml", *options)
            wanted = json.loads(self.audit("-o", "json", *options))
            for loader in (yaml.CSafeLoader, yaml.SafeLoader):
                self.assertEqual(yaml.load(text, loader), wanted)


if __name__ == "__main__":
    unittest.main()
