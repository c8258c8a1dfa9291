#!/usr/bin/env python3
"""Objects that are made to break the audit of a whole cluster. SHELFLIFE names the binary."""
import contextlib
import itertools
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import threading
import unittest

import api_server
import webhook

SHELFLIFE = os.environ["SHELFLIFE"]
AT = "2026-11-23"
MEMORY = 64 << 20
OBJECTS = 100
SIZE = 1_400_000  # of an object: etcd takes 1.5 MiB
KEPT = 256  # images of one object that are judged
DEAD = "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
KINDS = {"pods": "Pod", "deployments": "Deployment", "jobs": "Job", "replicationcontrollers": "ReplicationController"}
SUFFIXES = ["".join(letters) for letters in itertools.islice(itertools.product(LETTERS, repeat=4), 100_000)]


def short_image(number):
    """Its image takes few bytes, so an object can have many of them."""
    return LETTERS[number % 36] + LETTERS[number // 36]


def outdated_image(number):
    """Each is a finding with two matches, and changes its phase later."""
    return f"python:3.8-slim-bookworm-{number}-"


def long_image(number):
    """The longest tag: 128 bytes with its end, which differs."""
    return f"mirror.gcr.io/library/python:3.8-slim-bookworm-{number}-" + "a" * 95


def fat_object(kind, number, image):
    """An object of about SIZE bytes, and how many images it has, all of them distinct."""
    version = {"Deployment": "apps/v1", "Job": "batch/v1"}.get(kind, "v1")
    head = f'{{"apiVersion":"{version}","kind":"{kind}","metadata":{{"name":"fat-{number}","namespace":"tenant"}},"spec":'
    before, after = ("", "]}}") if kind == "Pod" else ('{"template":{"spec":', "]}}}}")
    between = '"},{"image":"' + image(number)
    count = (SIZE - len(head) - 100) // (len(between) + 4)
    return (head + before + '{"containers":[' + between[3:] + between.join(SUFFIXES[:count]) + '"}' + after).encode(), count


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def serve_fat(kinds, image):
    """For api_server: OBJECTS such objects in the lists of these kinds, made while they are sent."""
    def trouble(handler, plural, _query):
        if plural not in kinds:
            return False
        each = OBJECTS // len(kinds)
        first = kinds.index(plural) * each
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        handler.wfile.write(chunk(f'{{"kind":"{KINDS[plural]}List","apiVersion":"v1","metadata":{{"resourceVersion":"1"}},'
                                  '"items":['.encode()))
        for number in range(first, first + each):
            handler.wfile.write(chunk((b"," if number > first else b"") + fat_object(KINDS[plural], number, image)[0]))
        handler.wfile.write(chunk(b"]}") + b"0\r\n\r\n")
        return True

    return trouble


# A process inherits the peak of what it was forked from, so this starts from a small one.
MEASURE = """import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as to: print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, file=to)
sys.exit(code)"""


def read_all(terminal):
    with contextlib.suppress(OSError):  # the other end is closed
        while os.read(terminal, 1 << 16):
            pass


def run(*arguments, output="json", stderr=subprocess.PIPE):
    """Exit code, output, standard error, and the peak of resident memory in bytes."""
    with tempfile.NamedTemporaryFile("r") as peak:
        done = subprocess.run([sys.executable, "-c", MEASURE, peak.name, SHELFLIFE, "audit", "--at", AT, "-o", output,
                               *map(str, arguments)], stdout=subprocess.PIPE, stderr=stderr, timeout=300, check=False)
        return done.returncode, done.stdout.decode(), (done.stderr or b"").decode(), int(peak.read())


class FatObjects(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def audit_cluster(self, kinds, image, *arguments, **options):
        with api_server.Server({"namespaces": [{"metadata": {"name": "tenant"}}]}, serve_fat(kinds, image)) as server:
            return run("-A", "--kubeconfig", server.kubeconfig(self.path), *arguments, **options)

    def write(self, name, *objects):
        path = self.path / name
        with path.open("wb") as to:
            for each in objects:
                to.write(each + b"\n")
        return path

    def check_memory(self, used):
        if not webhook.SANITIZED:
            self.assertLess(used, MEMORY, f"{used / 2**20:.1f} MiB")

    def test_a_hundred_objects_with_very_many_images_do_not_fill_the_memory(self):
        for image in short_image, outdated_image:
            with self.subTest(image.__name__):
                code, out, err, used = self.audit_cluster(list(KINDS), image)  # as many kinds as are read at once
                report = json.loads(out)
                self.check_memory(used)
                self.assertEqual(code, 4, err)
                images = sum(fat_object(kind, i * OBJECTS // 4 + k, image)[1]
                             for i, kind in enumerate(KINDS.values()) for k in range(OBJECTS // 4))
                self.assertEqual(report["summary"]["imagesLeftOut"] + report["summary"]["images"], images)
                self.assertEqual(report["summary"]["objects"], OBJECTS)
                self.assertGreaterEqual(report["summary"]["images"], OBJECTS * KEPT * 9 // 10)

    def test_progress_on_a_terminal_does_not_fill_the_memory(self):
        ours, theirs = pty.openpty()
        drain = threading.Thread(target=read_all, args=[ours])
        drain.start()
        code, out, _, used = self.audit_cluster(list(KINDS), long_image, "--forecast", stderr=theirs)
        os.close(theirs)
        drain.join()
        os.close(ours)
        self.check_memory(used)
        self.assertEqual(code, 4)
        self.assertEqual(json.loads(out)["summary"]["images"], OBJECTS * KEPT)

    def test_a_hundred_such_objects_in_files_do_not_fill_the_memory(self):
        path = self.write("fat.json", *(fat_object("Pod", i, outdated_image)[0] for i in range(OBJECTS)))
        code, out, err, used = run(path)
        self.check_memory(used)
        self.assertEqual(code, 4, err)
        report = json.loads(out)
        self.assertEqual(report["summary"]["images"], OBJECTS * KEPT)
        self.assertEqual(len(report["problems"]), 21)  # twenty with their names, and one for all others

    def test_names_of_owners_and_teams_do_not_fill_the_memory(self):
        long = "x" * SIZE
        path = self.write("long.json", *(json.dumps({
            "apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": DEAD}]},
            "metadata": {"name": f"p{i}", "annotations": {"team": f"{i}{long}"},
                         "ownerReferences": [{"apiVersion": "v1", "kind": "A", "name": f"{i}{long}", "controller": True}]},
        }).encode() for i in range(OBJECTS)))
        policy = self.path / "policy.yaml"
        policy.write_text("apiVersion: shelflife.dev/v1\nkind: Policy\n"
                          "owners:\n  annotations: [team]\n")
        code, out, err, used = run("--policy", policy, path)
        self.check_memory(used)
        self.assertEqual(code, 1, err)
        self.assertEqual(json.loads(out)["summary"]["workloads"], OBJECTS)

    def test_one_image_of_a_megabyte_is_judged_by_its_beginning(self):
        path = self.write("long.json", *(json.dumps({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"p{i}"},
            "spec": {"containers": [{"image": DEAD}, {"image": f"{i}" + "x" * SIZE}]}}).encode() for i in range(OBJECTS)))
        code, out, err, used = run(path)
        self.check_memory(used)
        self.assertEqual(code, 1, err)
        self.assertEqual(json.loads(out)["summary"]["workloads"], OBJECTS)
        phases = [finding["phase"] for finding in json.loads(out)["findings"]]
        self.assertEqual((phases.count("unavailable"), phases.count("invalid")), (OBJECTS, OBJECTS))

    def test_every_report_names_the_object_and_counts_its_images_that_were_left_out(self):
        fat, count = fat_object("Deployment", 0, short_image)
        path = self.write("fat.json", fat)
        text = f"Deployment tenant/fat-0 has too many images: {KEPT} were judged, {count - KEPT} were left out"
        for output in "table", "json", "csv", "markdown", "junit", "sarif", "policyreport", "prometheus", "html":
            with self.subTest(output):
                code, out, err, _ = run(path, output=output)
                self.assertEqual(code, 4, err)
                self.assertIn(text, err)
                if output in ("json", "junit", "sarif", "html"):
                    self.assertIn(text, out)
                if output in ("table", "json", "markdown", "prometheus", "html"):
                    self.assertIn(str(count - KEPT), out)
        self.assertIn(str(path), run(path)[2])

    def test_what_was_judged_of_such_an_object_is_reported(self):
        fat, _ = fat_object("Deployment", 0, short_image)
        path = self.write("fat.json", fat.replace(b'"image":"', b'"image":"%s"},{"image":"' % DEAD.encode(), 1))
        report = json.loads(run(path)[1])
        self.assertEqual([f["image"] for f in report["findings"]], [DEAD])


if __name__ == "__main__":
    unittest.main(verbosity=2)
