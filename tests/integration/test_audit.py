#!/usr/bin/env python3
"""Audits of files and of a stand-in for an API server, with its bad days. SHELFLIFE names the binary."""
import fcntl
import json
import os
import pathlib
import pty
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import api_server  # noqa: E402
import webhook  # noqa: E402

SHELFLIFE = os.environ["SHELFLIFE"]
DEAD = "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"
OLD = "python:3.8-slim-bookworm"
FINE = "ghcr.io/acme/app:1"
AT = "2026-11-23"


def audit(*arguments, stdin=b"", at=AT, folder=None):
    """Exit code, the report (JSON), and standard error. The folder is the current one."""
    done = subprocess.run([SHELFLIFE, "audit", "--at", at, "-o", "json", *map(str, arguments)], input=stdin,
                          cwd=folder, capture_output=True, timeout=120, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr.decode()


def names(report):
    return sorted((f["namespace"] or "", f["kind"], f["name"] or "", f["image"]) for f in report["findings"])


def waits_for(process, number):
    """Whether the process has blocked the signal, to wait for it."""
    blocked = re.search(r"^SigBlk:\s*(\w+)", pathlib.Path(f"/proc/{process.pid}/status").read_text(), re.M)
    return int(blocked[1], 16) >> (number - 1) & 1


def unread(pipe):
    """How many bytes the process at the other end has not read yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def owned_by(api_version, kind, name):
    return [{"apiVersion": api_version, "kind": kind, "name": name, "uid": "u", "controller": True}]


def pod(name, image, namespace="a", owner=None, phase="Running", **metadata):
    metadata = {"name": name, "namespace": namespace, **metadata}
    if owner:
        metadata["ownerReferences"] = owned_by(*owner)
    return {"metadata": metadata, "spec": {"containers": [{"name": "c", "image": image}]}, "status": {"phase": phase}}


def workload(name, image, namespace="a", owner=None, **spec):
    metadata = {"name": name, "namespace": namespace}
    if owner:
        metadata["ownerReferences"] = owned_by(*owner)
    return {"metadata": metadata, "spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}, **spec}}


def whole(api_version, kind, thing):
    return {"apiVersion": api_version, "kind": kind, **thing}


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-audit.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text if isinstance(text, str) else json.dumps(text))
        return path

    def test_broken_files_among_good(self):
        self.write("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: good}\nspec:\n  containers:\n  - image: " + DEAD)
        self.write("b.yml", "kind: Pod\nmetadata: {name: b\nspec: {}\n")
        self.write("c.json", '{"apiVersion": "v1",\n "kind": "Pod" "x"}')
        self.write("deep/d.json", whole("v1", "Pod", pod("d", OLD)))
        self.write("deep/e.yaml", b"a: \xff\n")
        self.write("deep/.hidden/f.yaml", "a: [")
        self.write("deep/notes.txt", "a: [")
        self.write("empty.yaml", "")
        self.write("values.yaml", "image: {repository: x}\n")
        code, report, said = audit(self.folder)
        self.assertEqual(code, 4)
        self.assertEqual(names(report), [("", "Pod", "good", DEAD), ("a", "Pod", "d", OLD)])
        self.assertEqual(sorted((pathlib.Path(p["source"]).name, p["line"], p["column"]) for p in report["problems"]),
                         [("b.yml", 3, 5), ("c.json", 2, 16)])
        self.assertIn(f"{self.folder}/c.json:2:16: ", said)
        finding = next(f for f in report["findings"] if f["name"] == "good")
        self.assertEqual((finding["file"], finding["line"], finding["column"]), (f"{self.folder}/a.yaml", 6, 12))

    def test_exit_codes(self):
        dead = self.write("dead.json", whole("v1", "Pod", pod("p", DEAD)))
        old = self.write("old.json", whole("v1", "Pod", pod("p", OLD)))
        fine = self.write("fine.json", whole("v1", "Pod", pod("p", FINE)))
        broken = self.write("broken.json", "{")
        for code, arguments in [(1, [dead]), (0, [dead, "--fail-on", "never"]), (0, [old]), (1, [old, "--fail-on", "warn"]),
                                (0, [fine, "--fail-on", "warn"]), (3, [broken]), (4, [broken, fine]), (4, [broken, dead]),
                                (3, [self.folder / "missing"]), (2, [dead, "--within", "soon"]),
                                (2, [dead, "--context", "x"]), (2, ["--policy", self.folder / "missing"]),
                                (0, [dead, "--mode", "warn"]), (1, [dead, "--mode", "warn", "--fail-on", "warn"]),
                                (0, [dead, "--mode", "off", "--fail-on", "warn"]),
                                (2, ["--forecast", "--compare", dead, dead]), (2, ["-A", "-n", "x"])]:
            with self.subTest(arguments=arguments):
                done = subprocess.run([SHELFLIFE, "audit", "--at", AT, *map(str, arguments)], capture_output=True, timeout=60,
                                      check=False)
                if code == 2 and "missing" in str(arguments):
                    code = 3  # no such file
                self.assertEqual(done.returncode, code, done.stderr)

    def test_equal_objects_of_files_are_different_findings(self):
        """221 files with the same Deployment: each one appears in each format, and a baseline knows them apart."""
        files = [f"team-{i:03}/web.json" for i in range(221)]
        for name in files:
            self.write(name, whole("apps/v1", "Deployment", workload("web", OLD)))
        _, report, _ = audit(".", folder=self.folder)
        self.assertEqual([f["file"] for f in report["findings"]], files)
        self.assertEqual(len({f["fingerprint"] for f in report["findings"]}), len(files))
        for output in ["csv", "junit", "sarif", "policyreport", "markdown", "wide"]:
            done = subprocess.run([SHELFLIFE, "audit", "--at", AT, "-o", output, "."], cwd=self.folder, capture_output=True,
                                  timeout=60, check=False)
            for name in files:
                self.assertIn(name.encode(), done.stdout, output)
            cases = re.findall(rb'<testcase classname="([^"]*)" name="([^"]*)"', done.stdout)
            self.assertEqual(len(set(cases)), len(cases))
        audit("--write-baseline", "baseline.json", "team-000", folder=self.folder)
        _, report, _ = audit("--baseline", "baseline.json", "./team-000", "team-001/", folder=self.folder)
        self.assertEqual([f["file"] for f in report["findings"]], files[1:2])
        self.assertEqual(report["summary"]["accepted"], 1)

    def test_equal_objects_of_a_file_keep_their_lines(self):
        text = json.dumps(whole("apps/v1", "Deployment", workload("web", OLD)))
        _, report, _ = audit("-", stdin=f"{text}\n{text}\n".encode())
        [finding] = report["findings"]
        self.assertEqual([c["line"] for c in finding["containers"]], [1, 2])

    def test_nothing_read_is_no_success(self):
        (self.folder / "empty").mkdir()
        self.write("texts/README.md", "hello")
        self.write("texts/values.yaml", "a: b")
        self.write("map.json", whole("v1", "ConfigMap", {"metadata": {"name": "x"}}))
        self.write("good.json", whole("v1", "Pod", pod("p", FINE)))
        self.write("both.yaml", "a: b\n---\n" + json.dumps(whole("v1", "Pod", pod("p", FINE))))
        strange = "not a Kubernetes object, which is a map with apiVersion and kind"
        for code, arguments, stdin, told in [
                (3, ["empty"], "", "empty: contains nothing to audit"),
                (3, ["texts"], "", "texts: contains nothing to audit"),
                (3, ["empty", "texts"], "", "texts: contains nothing to audit"),
                (3, ["-"], "", "standard input: contains no Kubernetes object"),
                (3, ["-"], "---\n# nothing\n", "standard input: contains no Kubernetes object"),
                (3, ["-"], "Error: chart not found", f"standard input:1:1: {strange}"),
                (3, ["-"], "chart not found", f"standard input:1:1: {strange}"),
                (3, ["-"], '{"kind": "List", "items": []}', "standard input: contains no Kubernetes object"),
                (3, ["texts/values.yaml"], "", f"texts/values.yaml:1:1: {strange}"),
                (3, ["--images", "-"], "# none\n", "standard input: contains no image"),
                (4, ["both.yaml"], "", f"both.yaml:1:1: {strange}"),
                (4, ["empty", "good.json"], "", "empty: contains nothing to audit"),
                (3, ["missing", "good.json"], "", "missing: cannot be read: No such file or directory"),
                (0, ["--allow-empty", "texts/values.yaml"], "", f"texts/values.yaml:1:1: {strange}"),
                (0, ["--allow-empty", "empty", "texts"], "", ""), (0, ["--allow-empty", "-"], "", ""),
                (0, ["--allow-empty", "--images", "-"], "", ""), (0, ["map.json"], "", ""), (0, ["."], "", "")]:
            with self.subTest(arguments=arguments, stdin=stdin):
                got, _, said = audit(*arguments, stdin=stdin.encode(), folder=self.folder)
                self.assertEqual(got, code, said)
                self.assertIn(told, said)
        done = subprocess.run([SHELFLIFE, "audit", "map.json"], cwd=self.folder, capture_output=True, timeout=60, check=True)
        self.assertIn(b"no images in 1 object\n", done.stdout)

    def test_what_was_not_judged_and_skipped_is_told(self):
        for i in range(2000):
            self.write(f"many/{i}.txt", "")
        for name in [".git/a.yaml", ".idea/b.yaml", ".hidden.yaml", "values.yaml"]:
            self.write(name, "a: b")
        (self.folder / "link").symlink_to("many")
        self.write("a.json", whole("v1", "Pod", pod("p", FINE)))
        self.write("b.json", whole("v1", "Pod", pod("p", "python:latest")))
        self.write("off.json", whole("v1", "Pod", pod("p", OLD, namespace="kube-system")))
        code, report, _ = audit(".", folder=self.folder)
        self.assertEqual(code, 0)
        self.assertEqual({(s["why"], s["source"]): s["count"] for s in report["skipped"]},
                         {("hidden folders", ".git, .idea"): 2, ("hidden files", ".hidden.yaml"): 1, ("links to folders", "link"): 1,
                          ("files of other kinds", "many/0.txt, many/1.txt, many/10.txt, …"): 2000,
                          ("files without a Kubernetes object, or with something else, too", "values.yaml"): 1,
                          ("objects in namespaces whose mode is off", "kube-system"): 1})
        done = subprocess.run([SHELFLIFE, "audit", "--at", AT, "."], cwd=self.folder, capture_output=True, timeout=60, check=True)
        self.assertIn("2 images not judged: 1 in no catalog, 1 without a known release\n", done.stdout.decode())
        self.assertIn("skipped: hidden folders: 2 (.git, .idea)\n", done.stdout.decode())
        self.assertLess(done.stdout.count(b"\n"), 20)

    def test_many_broken_files_are_not_many_lines(self):
        for i in range(300):
            self.write(f"{i:03}.yaml", "a: [")
        code, report, said = audit(".", folder=self.folder)
        self.assertEqual((code, len(report["problems"]), said.count("\n")), (3, 300, 101))
        self.assertIn("200 more problems are not shown; -o json has them all\n", said)

    def test_files_are_left_out(self):
        for name in ["a/web.yaml", "a/old/web.yaml", "a/old/keep.yaml", "b/web.yaml", "b/gen/x.yaml", "c.yaml"]:
            self.write(name, whole("v1", "Pod", pod(name.replace("/", "."), OLD)))
        self.write(".shelflifeignore", "# generated\n/c.yaml\ngen/\n")
        self.write("a/.shelflifeignore", "old/*\n!keep.yaml\n")
        for arguments, files in [
                (["."], ["a/old/keep.yaml", "a/web.yaml", "b/web.yaml"]),
                (["a", "b"], ["a/old/keep.yaml", "a/web.yaml", "b/web.yaml"]),
                (["b/gen/x.yaml", "c.yaml"], ["b/gen/x.yaml", "c.yaml"]),
                ([".", "--exclude", "a/"], ["b/web.yaml"]),
                ([".", "--exclude", "/b/**", "--exclude", "keep.*"], ["a/web.yaml"]),
                ([".", "--exclude", "!c.yaml"], ["a/old/keep.yaml", "a/web.yaml", "b/web.yaml", "c.yaml"])]:
            with self.subTest(arguments=arguments):
                _, report, said = audit(*arguments, folder=self.folder)
                self.assertEqual(said, "")
                self.assertEqual(sorted(f["file"] for f in report["findings"]), files)
        self.assertEqual(audit(".", "--exclude", "[a", folder=self.folder)[0], 2)
        self.write("a/.shelflifeignore", "x\n[a\n")
        code, _, said = audit("a", folder=self.folder)
        self.assertIn('a/.shelflifeignore:2: "[" without "]"', said)
        self.assertNotEqual(code, 0)

    def test_objects_of_files_are_chosen(self):
        items = [pod("a", OLD, namespace="one", labels={"app": "web"}), pod("b", OLD, namespace="two", labels={"app": "db"}),
                 pod("c", OLD, namespace=None, labels={"app": "web", "tier": ""})]
        path = self.write("list.json", {"kind": "List", "items": [whole("v1", "Pod", item) for item in items]})
        for arguments, chosen in [(["-n", "one"], ["a", "c"]), (["-n", "two"], ["b", "c"]), (["-l", "app=web"], ["a", "c"]),
                                  (["-l", "app in (db),!tier"], ["b"]), (["-l", "tier="], ["c"]), (["-l", "app!=web"], ["b"]),
                                  (["-n", "one", "-l", "tier"], ["c"]), (["-l", "nothing"], [])]:
            with self.subTest(arguments=arguments):
                code, report, said = audit(path, *arguments)
                self.assertEqual((code, said), (0, ""))
                self.assertEqual(sorted(f["name"] for f in report["findings"]), chosen)
                self.assertEqual(sum(s["count"] for s in report["skipped"]), 3 - len(chosen))
        code, _, said = audit(path, "-l", "app in (web")
        self.assertEqual(code, 2)
        self.assertIn('the label selector "app in (web" is wrong at byte 12: expected "," or ")"', said)

    def test_the_repository_can_be_audited(self):
        root = pathlib.Path(__file__).resolve().parents[2]
        code, report, said = audit(".", folder=root)
        self.assertEqual(code, 0, said)
        self.assertGreater(report["summary"]["objects"], 0)

    def test_placeholders_are_not_resolved(self):
        images = ["ko://example.com/cmd", "gcr.io/[PROJECT_ID]/app", "<IMAGE>", "REPLACE_ME", "controller:latest", "auto",
                  "$(IMAGE)", "${REGISTRY}/app", "{{ .Values.image }}", "app:{{tag}}", "gcr.io/PROJECT_ID/app:1"]
        for i, image in enumerate(images):
            self.write(f"{i}.json", whole("v1", "Pod", pod("p", image)))
        self.write("list.txt", "\n".join(images))
        code, report, said = audit("--fail-on", "warn", "--all", ".", "--images", "list.txt", folder=self.folder)
        self.assertEqual((code, said), (0, ""))
        self.assertEqual({(f["image"], f["phase"]) for f in report["findings"]}, {(image, "unresolved") for image in images})
        self.assertTrue(all(f["why"] for f in report["findings"]))
        self.assertEqual(len(report["findings"]), 2 * len(images))

    def test_parameters_of_a_pipeline_catalog(self):
        """An unknown parameter is not a finding, not even in a Pod: something may replace it before it is applied."""
        steps = ["$(params.known)", "$(params.other)", "ko://example.com/cmd/app", "${REGISTRY}/app"]
        task = {"metadata": {"name": "t"}, "spec": {"params": [{"name": "known", "default": FINE}, {"name": "other"}],
                                                    "steps": [{"name": "s", "image": image} for image in steps]}}
        path = self.write("task.json", whole("tekton.dev/v1", "Task", task))
        code, report, said = audit(path, "--fail-on", "warn", "--all")
        self.assertEqual((code, said), (0, ""))
        self.assertEqual({f["image"]: f["phase"] for f in report["findings"]},
                         {FINE: "unlisted", **dict.fromkeys(steps[1:], "unresolved")})
        self.write("pod.json", whole("v1", "Pod", pod("p", steps[1])))
        code, report, _ = audit(self.folder, "--fail-on", "warn", "--all")
        self.assertEqual(code, 0)
        self.assertEqual({(f["kind"], f["phase"]) for f in report["findings"] if f["image"] == steps[1]},
                         {("Task", "unresolved"), ("Pod", "unresolved")})
        self.assertEqual(report["summary"]["images"], 4)

    def test_objects_in_strings(self):
        good = json.dumps(whole("v1", "Pod", pod("p", OLD)))
        templates = [{"resource": {"manifest": text}} for text in (good, "a: [b")]
        path = self.write("w.json", whole("argoproj.io/v1alpha1", "Workflow",
                                          {"metadata": {"name": "w"}, "spec": {"templates": templates}}))
        code, report, said = audit(path)
        self.assertEqual((code, report["partial"]), (0, False))
        self.assertEqual(names(report), [("", "Workflow", "w", OLD)])
        self.assertEqual([c["path"] for c in report["findings"][0]["containers"]],
                         ["spec.templates[0].resource.manifest > spec.containers[0].image"])
        note = "Workflow w: the images in the text at spec.templates[1].resource.manifest are not known: "
        self.assertTrue(report["problems"][0]["text"].startswith(note), report["problems"])
        self.assertIn(note, said)
        junit = subprocess.run([SHELFLIFE, "audit", "--at", AT, "-o", "junit", path], capture_output=True, timeout=60, text=True,
                               check=True).stdout
        self.assertIn('tests="2" failures="0" errors="0" skipped="1"', junit)

    def test_what_kubectl_and_helm_print(self):
        items = [whole("v1", "Pod", pod("p", DEAD)), whole("apps/v1", "Deployment", workload("d", OLD))]
        kubectl = json.dumps({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}}, indent=4)
        code, report, _ = audit("-", stdin=kubectl.encode())
        self.assertEqual((code, names(report)), (1, [("a", "Deployment", "d", OLD), ("a", "Pod", "p", DEAD)]))
        self.assertEqual(report["findings"][0]["file"], "-")
        helm = "".join(f"---\n# Source: chart/templates/{i}.yaml\n" + json.dumps(o) + "\n" for i, o in enumerate(items))
        self.assertEqual(names(audit("-f", "-", stdin=helm.encode())[1]), names(report))
        lines = "\n".join(map(json.dumps, items))
        self.assertEqual(names(audit("-", stdin=lines.encode())[1]), names(report))
        review = {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
                  "request": {"uid": "u", "namespace": "a", "operation": "CREATE", "object": items[1]}}
        self.assertEqual(names(audit("-", stdin=json.dumps(review).encode())[1]), [("a", "Deployment", "d", OLD)])

    def test_yaml_may_not_laugh(self):
        text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
        self.write("laughs.yaml", text)
        self.write("deep.yaml", "[" * 100000)
        self.write("good.yaml", json.dumps(whole("v1", "Pod", pod("p", DEAD))))
        started = time.monotonic()
        code, report, _ = audit(self.folder)
        self.assertLess(time.monotonic() - started, 30)
        self.assertEqual((code, len(report["findings"]), len(report["problems"])), (4, 1, 2))

    def test_anchors_and_merges(self):
        self.write("a.yaml", f"""
x-base: &base {{image: "{DEAD}", name: main}}
---
apiVersion: v1
kind: Pod
metadata: {{name: p}}
spec:
  containers:
  - &main {{name: main, image: "{OLD}"}}
  - {{<<: *main, name: other}}
  initContainers:
  - {{<<: *main, image: "{FINE}"}}
""")
        _, report, _ = audit(self.folder)
        self.assertEqual(names(report), [("", "Pod", "p", OLD)])
        self.assertEqual([c["name"] for c in report["findings"][0]["containers"]], ["main", "other"])

    def test_image_lists(self):
        images = self.write("images.txt", f"# ours\n{DEAD}\n\n{FINE}\n  {OLD}\n")
        code, report, _ = audit("--images", images)
        self.assertEqual(code, 1)
        self.assertEqual([(f["image"], f["line"]) for f in report["findings"]], [(DEAD, 2), (OLD, 5)])
        code, report, _ = audit("--images", "-", stdin=OLD.encode())
        self.assertEqual((code, len(report["findings"])), (0, 1))

    def test_namespace_of_files_that_name_none(self):
        thing = whole("v1", "Pod", pod("p", DEAD))
        del thing["metadata"]["namespace"]
        path = self.write("p.json", thing)
        self.assertEqual(names(audit("-n", "here", path)[1]), [("here", "Pod", "p", DEAD)])
        policy = self.write("policy/policy.yaml", "apiVersion: shelflife.dev/v1\nkind: Policy\n"
                            "namespaces: [{names: [here], mode: 'off'}]\n")
        code, report, _ = audit("-n", "here", "--policy", policy, path)
        self.assertEqual((code, report["findings"], report["summary"]["off"]), (0, [], 1))

    def test_time(self):
        path = self.write("p.json", whole("v1", "Pod", pod("p", "python:3.10")))
        self.assertEqual(audit("--fail-on", "warn", path, at="2026-01-01")[0], 0)
        code, report, _ = audit("--within", "330d", path, at="2026-01-01")
        self.assertEqual(report["findings"][0]["phase"], "supported")
        self.assertGreater(report["findings"][0]["daysLeft"], 0)
        code, report, _ = audit("--forecast", path, at="2026-01-01")
        self.assertEqual(report["changes"][0]["phase"], "unpatched")
        self.assertEqual(audit(path, at=report["changes"][0]["day"])[1]["findings"][0]["phase"], "unpatched")

    def test_comparison(self):
        path = self.write("p.json", whole("v1", "Pod", pod("p", OLD)))
        head = "apiVersion: shelflife.dev/v1\nkind: Policy\n"
        old = self.write("policy/old.yaml", head)
        new = self.write("policy/new.yaml", head + "actions: {unpatched: deny}\n")
        code, report, _ = audit("--policy", new, "--compare", old, path)
        self.assertEqual(code, 1)
        self.assertEqual([(d["name"], d["oldAction"], d["action"]) for d in report["differences"]],
                         [("p", "warn", "deny")])
        self.assertEqual(audit("--policy", old, "--compare", old, path)[0], 0)

    def test_comparison_of_recorded_reviews(self):
        def review(name, image, **more):
            return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
                "uid": name, "kind": {"group": "", "version": "v1", "kind": "Pod"}, "operation": "CREATE", "namespace": "a",
                "name": name, "userInfo": {"username": "me"}, "object": whole("v1", "Pod", pod(name, image)), **more}}
        self.write("reviews/1.json", review("one", OLD))
        self.write("reviews/2.json", review("two", DEAD))
        # An update that brings nothing new is never denied.
        self.write("reviews/3.json", review("three", OLD, operation="UPDATE", oldObject=whole("v1", "Pod", pod("three", OLD))))
        head = "apiVersion: shelflife.dev/v1\nkind: Policy\n"
        old = self.write("policy/old.yaml", head)
        new = self.write("policy/new.yaml", head + "actions: {unpatched: deny}\n")
        command = [SHELFLIFE, "review", "--at", AT, "--policy", new, "--compare", old, "--fail-on", "deny", self.folder / "reviews"]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        shown = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual((done.returncode, [(t["name"], t["oldAction"], t["action"]) for t in shown]),
                         (1, [("one", "warn", "deny")]))
        table = subprocess.run([*command, "-o", "table"], capture_output=True, timeout=60, check=False).stdout.decode()
        self.assertIn("warn  -> deny", table)

    def test_baseline(self):
        path = self.write("in/p.json", whole("v1", "Pod", pod("p", DEAD)))
        baseline = self.folder / "baseline.json"
        self.assertEqual(audit("--write-baseline", baseline, path)[0], 0)
        code, report, _ = audit("--baseline", baseline, path)
        self.assertEqual((code, report["findings"], report["summary"]["accepted"]), (0, [], 1))
        self.write("in/q.json", whole("v1", "Pod", pod("q", DEAD)))
        code, report, _ = audit("--baseline", baseline, self.folder / "in")
        self.assertEqual((code, names(report)), (1, [("a", "Pod", "q", DEAD)]))

    def test_baseline_that_cannot_be_written_whole_stays_as_it_was(self):
        path = self.write("in/p.json", whole("v1", "Pod", pod("p", DEAD)))
        baseline = self.folder / "baseline.json"
        self.assertEqual(audit("--write-baseline", baseline, path)[0], 0)
        before = baseline.read_bytes()

        def leave_no_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))

        done = subprocess.run([SHELFLIFE, "audit", "--write-baseline", baseline, path], capture_output=True,
                              preexec_fn=leave_no_room, timeout=60, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"baseline.json: File too large", done.stderr)
        self.assertEqual(baseline.read_bytes(), before)
        self.assertEqual(len(list(self.folder.glob("baseline*"))), 1)

    def test_what_is_no_file_is_refused_and_never_waited_for(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        for option in [["--images"], []]:
            for path in [fifo, "/dev/zero"]:
                code, _, err = audit(*option, path)
                self.assertEqual(code, 3)
                self.assertIn(f"{path}: cannot be read: not a regular file or an unnamed pipe", err)

    def test_unnamed_pipe_is_read_like_a_file(self):
        ours, theirs = os.pipe()
        os.write(theirs, json.dumps(whole("v1", "Pod", pod("p", DEAD))).encode())
        os.close(theirs)
        done = subprocess.run([SHELFLIFE, "audit", "-o", "json", f"/dev/fd/{ours}"], pass_fds=[ours],
                              capture_output=True, timeout=60, check=False)
        os.close(ours)
        self.assertEqual((done.returncode, names(json.loads(done.stdout))), (1, [("a", "Pod", "p", DEAD)]))

    def peak(self, count, owner):
        """Memory that an audit of this number of Pods takes, in KiB."""
        start = b'{"apiVersion":"v1","kind":"List","items":['
        item = json.dumps(whole("v1", "Pod", pod("web-5d8f7c9b64-%08d", OLD, owner=owner))).encode()
        with open(self.folder / "many.json", "wb") as f:
            f.write(start)
            for i in range(count):
                f.write((b"," if i else b"") + item % i)
            f.write(b"]}")
        script = ("import resource, subprocess, sys\nsubprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
                  "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
        return int(subprocess.run([sys.executable, "-c", script, SHELFLIFE, "audit", self.folder / "many.json"],
                                  capture_output=True, check=True).stdout)

    @unittest.skipIf(webhook.SANITIZED, "sanitizers keep what was freed")
    def test_memory_does_not_follow_the_pods(self):
        owner = ("apps/v1", "ReplicaSet", "r")
        self.assertLess(self.peak(100000, owner) - self.peak(1000, owner), 2048)

    @unittest.skipIf(webhook.SANITIZED, "sanitizers take memory of their own")
    def test_memory_for_pods_without_owners(self):
        self.assertLess(self.peak(50000, None), 41 << 10)

    def test_stdin_that_never_ends(self):
        with subprocess.Popen([SHELFLIFE, "audit", "-o", "json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            process.stdin.write(json.dumps(whole("v1", "Pod", pod("p", DEAD))).encode() + b"\n{")
            process.stdin.flush()
            webhook.eventually(lambda: waits_for(process, signal.SIGINT) and unread(process.stdin) == 0, "standard input is read")
            process.send_signal(signal.SIGINT)
            said = process.stdout.read()
            self.assertEqual(process.wait(webhook.PATIENCE), 4)
            process.stderr.read()
        report = json.loads(said)
        self.assertTrue(report["interrupted"])
        self.assertEqual(names(report), [("a", "Pod", "p", DEAD)])


def cluster_objects(pods=1200):
    return {
        "namespaces": [{"metadata": {"name": n, "labels": {"shelflife.dev/mode": m} if m else {}}}
                       for n, m in [("a", None), ("warned", "warn"), ("silent", "audit"), ("out", "off"), ("odd", "x")]],
        "pods": [pod(f"web-1-{i}", OLD, owner=("apps/v1", "ReplicaSet", "web-1")) for i in range(pods)] +
                [pod("alone", DEAD, namespace=n) for n in ("a", "warned", "silent", "out", "odd")] +
                [pod("over", DEAD, phase="Succeeded"), pod("t-0", DEAD, owner=("example.com/v1", "Train", "t"))],
        "deployments": [workload("web", OLD)],
        "replicasets": [workload("web-1", OLD, owner=("apps/v1", "Deployment", "web"), replicas=3),
                        workload("web-0", DEAD, owner=("apps/v1", "Deployment", "web"), replicas=0)],
        "trains": [{"metadata": {"name": "t", "namespace": "a"}, "spec": {"runner": {"template": {"spec": {
            "containers": [{"name": "c", "image": DEAD}]}}}}}],
        "ferries": [{"metadata": {"name": "f", "namespace": "a"}, "spec": {"x": {"containers": [{"image": DEAD}]}}}],
        "secrets": [{"metadata": {"name": "s"}}],
    }


FOUND = sorted([("a", "Deployment", "web", OLD), ("a", "Pod", "alone", DEAD), ("warned", "Pod", "alone", DEAD),
                ("silent", "Pod", "alone", DEAD), ("odd", "Pod", "alone", DEAD), ("a", "Train", "t", DEAD),
                ("a", "Ferry", "f", DEAD)])


class Clusters(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-audit.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_on(self, objects, *arguments, trouble=None, broken=()):
        with api_server.Server(objects, trouble, broken) as server:
            self.asked = server
            return audit("--kubeconfig", server.kubeconfig(self.folder), *arguments)

    def test_the_whole_cluster(self):
        code, report, said = self.run_on(cluster_objects())
        self.assertEqual((code, report["problems"], said), (1, [], ""))
        self.assertEqual(names(report), FOUND)
        web = next(f for f in report["findings"] if f["name"] == "web")
        self.assertEqual(web["pods"], 1200)
        actions = {(f["namespace"], f["name"]): f["action"] for f in report["findings"]}
        self.assertEqual([actions[n, "alone"] for n in ("a", "warned", "silent", "odd")], ["deny", "warn", "allow", "deny"])
        summary = report["summary"]
        self.assertEqual((summary["history"], summary["off"], summary["pods"]), (2, 1, 1206))
        self.assertEqual(report["cluster"], "stand-in")

    def test_what_is_not_asked_for(self):
        self.run_on(cluster_objects(1))
        for plural in ("secrets", "configmaps", "events", "controllerrevisions", "buses"):
            self.assertEqual(self.asked.times(plural), 0, plural)
        for plural in ("pods", "deployments", "jobs", "trains", "ferries"):
            self.assertEqual(self.asked.times(plural), 1, plural)

    def test_selections(self):
        objects = cluster_objects(1)
        objects["pods"].append(pod("labelled", DEAD, labels={"app": "x"}))
        _, report, _ = self.run_on(objects, "-n", "warned")
        self.assertEqual(names(report), [("warned", "Pod", "alone", DEAD)])
        self.assertEqual(report["findings"][0]["action"], "warn")
        _, report, _ = self.run_on(objects, "-l", "app=x", "-A")
        self.assertEqual(names(report), [("a", "Pod", "labelled", DEAD)])
        _, report, _ = self.run_on(objects, "--field-selector", "metadata.name=alone")
        self.assertEqual({f["name"] for f in report["findings"]}, {"alone"})
        _, report, _ = self.run_on(objects, "--history")
        self.assertIn(("a", "Pod", "over", DEAD), names(report))
        _, report, _ = self.run_on(objects, "--mode", "warn")
        self.assertEqual({f["action"] for f in report["findings"]}, {"warn", "allow"})

    def test_forbidden_kinds(self):
        def trouble(handler, plural, _):
            if plural in ("deployments", "namespaces", "customresourcedefinitions"):
                handler.status(403, "Forbidden", f"{plural} is forbidden")
                return True
            return False
        code, report, said = self.run_on(cluster_objects(3), trouble=trouble)
        self.assertEqual(code, 4)
        self.assertEqual(sorted((p["source"], p["forbidden"]) for p in report["problems"]),
                         [("customresourcedefinitions.apiextensions.k8s.io", True), ("deployments.apps", True),
                          ("namespaces", True)])
        self.assertIn("deployments is forbidden", said)
        # Without their labels, namespaces have the policy's mode; the Deployment is known by its Pods.
        self.assertIn(("out", "Pod", "alone", DEAD), names(report))
        self.assertIn(("a", "Deployment", "web", OLD), names(report))

    def test_flags_of_kubectl(self):
        def headers(*arguments):
            self.run_on(cluster_objects(1), *arguments)
            sent = {json.dumps({name: h.get(name) for name in ("authorization", "impersonate-user", "impersonate-group",
                                                                 "impersonate-uid")}) for h in self.asked.headers}
            self.assertEqual(len(sent), 1, "all requests are alike")
            return list(json.loads(sent.pop()).values())
        self.assertEqual(headers(), [["Bearer t"], None, None, None])
        self.assertEqual(headers("--token", "mine", "--as", "jane", "--as-group", "a", "--as-group=b", "--as-uid", "7"),
                         [["Bearer mine"], ["jane"], ["a", "b"], ["7"]])

    def test_a_server_by_its_address(self):
        with api_server.Server(cluster_objects(1)) as server:
            done = subprocess.run([SHELFLIFE, "audit", "-s", server.url, "--token", "t", "-o", "json", "--at", AT],
                                  capture_output=True, timeout=60, check=False, env={"HOME": str(self.folder)})
        report = json.loads(done.stdout)
        self.assertEqual((done.returncode, names(report), report["cluster"]), (1, FOUND, server.url))

    def test_a_request_takes_no_longer_than_it_may(self):
        hanging = threading.Event()
        with api_server.Server(cluster_objects(1), lambda _, plural, __: plural == "pods" and hanging.wait(60)) as server:
            kubeconfig = server.kubeconfig(self.folder)
            code, report, said = audit("--kubeconfig", kubeconfig, "--request-timeout", "100ms")
            hanging.set()
        self.assertEqual((code, [p["source"] for p in report["problems"]]), (4, ["pods"]), said)
        for wrong in ("10x", "-1", "1m2", "", "soon"):
            code, _, said = audit("--kubeconfig", kubeconfig, "--request-timeout", wrong)
            self.assertEqual(code, 2)
            self.assertIn(f'--request-timeout: "{wrong}" must be a time, like 30s, 2m or 0', said)

    def test_rights_in_one_namespace_are_enough_for_it(self):
        def trouble(handler, plural, _):
            allowed = "/namespaces/warned" in handler.path and plural != "buses"
            if not allowed:
                handler.status(403, "Forbidden", f"{plural} is forbidden")
            return not allowed
        objects = cluster_objects(3)
        objects["trains"].append({"metadata": {"name": "t", "namespace": "warned"}, "spec": {"runner": {"template": {"spec": {
            "containers": [{"name": "c", "image": DEAD}]}}}}})
        code, report, said = self.run_on(objects, "-n", "warned", trouble=trouble)
        self.assertEqual(code, 0, said)
        self.assertEqual({(f["name"], f["action"]) for f in report["findings"]}, {("alone", "warn"), ("t", "warn")})
        self.assertEqual((report["partial"], self.asked.times("customresourcedefinitions"), self.asked.times("namespaces")),
                         (False, 0, 0))
        self.assertEqual([(p["source"], p["forbidden"], p["note"]) for p in report["problems"]], [("other kinds", True, True)])
        self.assertIn("you may not list them: buses.example.com;", said)

    def test_a_namespace_whose_label_is_forbidden_has_the_mode_of_the_policy(self):
        def trouble(handler, plural, _):
            if plural == "namespaces":
                handler.status(403, "Forbidden", "namespaces is forbidden")
            return plural == "namespaces"
        code, report, said = self.run_on(cluster_objects(1), "-n", "warned", trouble=trouble)
        self.assertEqual((code, report["partial"], report["findings"][0]["action"]), (1, False, "deny"))
        self.assertRegex(said, "^shelflife: namespaces/warned: the label shelflife.dev/mode cannot be read")
        code, report, _ = self.run_on(cluster_objects(1), "-n", "warned", "--mode", "warn", trouble=trouble)
        self.assertEqual((code, report["findings"][0]["action"]), (0, "warn"))

    def test_a_namespace_that_does_not_exist(self):
        code, report, said = self.run_on(cluster_objects(1), "-n", "nowhere")
        self.assertEqual((code, said), (3, "shelflife: namespaces/nowhere: there is no such namespace in this cluster\n"))
        self.assertEqual(self.asked.times("pods"), 0)
        with api_server.Server(cluster_objects(1)) as here, api_server.Server({}) as there:
            config = self.contexts(here=here.url, there=there.url)
            code, report, said = audit("--kubeconfig", config, "--all-contexts", "-n", "warned")
        self.assertEqual((code, report["partial"], len(names(report))), (0, False, 1))
        self.assertEqual(said, "shelflife: there: namespaces/warned: there is no such namespace in this cluster\n")

    def test_an_empty_namespace_and_few_rights_are_no_failure(self):
        def trouble(handler, plural, _):
            if plural == "podtemplates":
                handler.status(403, "Forbidden", "podtemplates is forbidden")
            return plural == "podtemplates"
        code, report, said = self.run_on({"namespaces": [{"metadata": {"name": "empty"}}]}, "-n", "empty", trouble=trouble)
        self.assertEqual((code, report["partial"], len(report["problems"])), (0, False, 1), said)

    def test_a_broken_extension_is_only_noted(self):
        code, report, said = self.run_on(cluster_objects(3), broken=("metrics.k8s.io",))
        self.assertEqual((code, report["partial"], names(report)), (1, False, FOUND))
        self.assertRegex(said, "^shelflife: metrics.k8s.io/v1: .*503 ServiceUnavailable: .*\n$")
        self.assertEqual(sum(path == "/apis/metrics.k8s.io/v1" for path in self.asked.asked), 1, "it is asked once")
        code, report, _ = self.run_on(cluster_objects(3), broken=("tekton.dev",))
        self.assertEqual((code, report["partial"]), (4, True), "a group that is known to have images")

    def test_forbidden_kinds_that_run_nothing_are_only_noted(self):
        def trouble(handler, plural, _):
            if plural in ("podtemplates", "customresourcedefinitions"):
                handler.status(403, "Forbidden", f"{plural} is forbidden")
            return plural in ("podtemplates", "customresourcedefinitions")
        code, report, said = self.run_on(cluster_objects(3), trouble=trouble)
        self.assertEqual((code, report["partial"], names(report)), (1, False, FOUND), said)
        self.assertEqual(self.asked.times("buses"), 1, "without schemas, all custom resources are read")

    def contexts(self, **servers):
        """A kubeconfig with a context for each server, an URL."""
        path = self.folder / "contexts"
        path.write_text(json.dumps({
            "clusters": [{"name": n, "cluster": {"server": url}} for n, url in servers.items()],
            "users": [{"name": "u", "user": {"token": "t"}}],
            "contexts": [{"name": n, "context": {"cluster": n, "user": "u"}} for n in servers]}))
        return path

    def test_several_clusters_are_one_report(self):
        one, two = cluster_objects(3), cluster_objects(2)
        two["namespaces"] = [{"metadata": {"name": "a", "labels": {"shelflife.dev/mode": "off"}}}]
        with api_server.Server(one) as a, api_server.Server(two) as b:
            config = self.contexts(a=a.url, b=b.url, c=a.url)
            code, report, said = audit("--kubeconfig", config, "--context", "b", "--context", "a")
            self.assertEqual((code, said, report["cluster"]), (1, "", None))
            self.assertEqual(report["summary"]["off"], 1 + 10, "each cluster has its own modes")
            self.assertEqual(report["summary"]["pods"], 3 + 6 + 2 + 6)
            self.assertEqual(len(names(report)), len(FOUND) + 4)
            baseline = self.folder / "baseline"
            code, _, _ = audit("--kubeconfig", config, "--context", "b", "--context", "a", "--write-baseline", baseline)
            self.assertEqual(code, 0)
            accepted = {f["cluster"] for f in json.loads(baseline.read_text())["findings"]}
            self.assertEqual(accepted, {"a", "b"})
            code, report, _ = audit("--kubeconfig", config, "--context", "c", "--context", "a", "--baseline", baseline)
            self.assertEqual((code, names(report)), (1, FOUND), "what is accepted in one cluster is not in another")
            code, report, said = audit("--kubeconfig", config, "--all-contexts", "--baseline", baseline)
            self.assertEqual((code, names(report)), (0, []))
            self.assertEqual(said, "shelflife: c: not audited, because context a has the same API server\n")

    def test_a_cluster_that_is_not_there_does_not_hide_the_others(self):
        with api_server.Server({}) as gone:
            url = gone.url
        with api_server.Server(cluster_objects(1)) as there:
            config = self.contexts(gone=url, there=there.url)
            code, report, said = audit("--kubeconfig", config, "--all-contexts")
        self.assertEqual((code, report["partial"], names(report)), (4, True, FOUND))
        self.assertRegex(said, "^shelflife: gone: the cluster: http://127.0.0.1")
        code, report, said = audit("--kubeconfig", self.contexts(gone=url, lost=url), "--context", "gone", "--context", "lost")
        self.assertEqual((code, names(report), said.count("\n")), (3, [], 2))

    def test_options_for_one_cluster(self):
        config = self.contexts(a="https://a.example", b="https://b.example")
        for option in ("--print-rbac", "--write-reports", "--write-events", "--in-cluster", "--server=x", "--cluster=x"):
            code, _, said = audit("--kubeconfig", config, "--all-contexts", option)
            self.assertEqual(code, 2)
            self.assertIn(option.partition("=")[0] + " is for one cluster: it cannot be used with several contexts", said)
        code, _, said = audit("--kubeconfig", config, "--context", "a", "--context", "typo")
        self.assertEqual(code, 2)
        self.assertIn('the kubeconfig has no context "typo"; available: a, b', said)
        code, _, said = audit("--kubeconfig", config, "--context", "a", "--all-contexts")
        self.assertEqual(code, 2)
        code, _, said = audit("--all-contexts", "-f", "x.yaml")
        self.assertIn("--all-contexts is only for auditing a cluster, not files", said)

    def test_bad_days(self):
        """Each kind of trouble happens twice, and then the page comes."""
        def once(kind):
            seen = {}

            def trouble(handler, plural, query):
                key = (plural, query.get("continue"))
                seen[key] = seen.get(key, 0) + 1
                if plural != "pods" or seen[key] > 2 or (kind == "expired" and key[1] != "500"):
                    return False
                if kind == "half":
                    handler.half()
                elif kind == "drop":
                    handler.close_connection = True
                elif kind == "no JSON":
                    handler.reply(b'{"kind":"PodList","items":[{"metadata":{"name":"ghost"}}')
                elif kind == "slow":
                    time.sleep(1)
                    return False
                elif kind == "expired":
                    handler.status(410, "Expired", "The provided continue parameter is too old")
                else:
                    handler.status(kind, "Odd", "try again", **({"Retry_After": "1"} if kind == 429 else {}))
                return True
            return trouble
        for kind in (429, 500, 503, "half", "drop", "no JSON", "slow", "expired"):
            with self.subTest(kind=kind):
                code, report, said = self.run_on(cluster_objects(), trouble=once(kind))
                self.assertEqual((code, report["problems"]), (1, []), said)
                self.assertEqual(names(report), FOUND)
                self.assertEqual(next(f for f in report["findings"] if f["name"] == "web")["pods"], 1200)

    def test_a_server_that_is_not_there(self):
        with api_server.Server({}) as server:
            kubeconfig = server.kubeconfig(self.folder)
        done = subprocess.run([SHELFLIFE, "audit", "--kubeconfig", kubeconfig], capture_output=True, timeout=120, check=False)
        self.assertEqual((done.returncode, done.stdout), (3, b""))
        self.assertIn(b"127.0.0.1", done.stderr)

    def test_rbac(self):
        with api_server.Server({}) as server:
            done = subprocess.run([SHELFLIFE, "audit", "--print-rbac", "--kubeconfig", server.kubeconfig(self.folder)],
                                  capture_output=True, timeout=60, check=True)
        shown = done.stdout.decode()
        self.assertIn("kind: ClusterRole\n", shown)
        self.assertEqual({line[4:] for line in shown.splitlines() if line.startswith("  - ")},
                         {"namespaces", "pods", "podtemplates", "replicationcontrollers", "deployments", "replicasets",
                          "statefulsets", "daemonsets", "jobs", "cronjobs", "trains", "ferries", "customresourcedefinitions"})
        self.assertEqual(set(line for line in shown.splitlines() if "verbs" in line), {"  verbs: [list]"})

    def test_rbac_needs_no_cluster(self):
        def shown(*arguments):
            environment = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
            done = subprocess.run([SHELFLIFE, "audit", "--print-rbac", *arguments], capture_output=True, timeout=60, check=True,
                                  text=True, env={**environment, "HOME": str(self.folder)})
            self.assertEqual(done.stderr, "")
            return done.stdout.splitlines()
        role = shown()
        self.assertIn("kind: ClusterRole", role)
        for plural in ("namespaces", "pods", "podtemplates", "cronjobs", "workflows", "inferenceservices", "vertices",
                       "buildstrategies", "prometheuses", "customresourcedefinitions"):
            self.assertEqual(role.count("  - " + plural) > 0, True, plural)
        self.assertNotIn("extensions", "".join(line for line in role if "apiGroups" in line).replace("apiextensions", ""))
        role = shown("-n", "a")
        self.assertEqual(role[1:5], ["kind: Role", "metadata:", "  name: shelflife-audit", '  namespace: "a"'])
        self.assertEqual(role[6:10], ['- apiGroups: [""]', "  verbs: [get]", "  resources:", "  - namespaces"])
        self.assertNotIn("  - customresourcedefinitions", role)

    def test_interrupt(self):
        asked = threading.Event()

        def trouble(_handler, plural, query):
            if plural == "pods" and "continue" in query:
                time.sleep(2)  # the first page is counted while the second is on its way
                asked.set()
                time.sleep(60)
            return False
        with api_server.Server(cluster_objects(), trouble) as server:
            with subprocess.Popen([SHELFLIFE, "audit", "--at", AT, "-o", "json", "--kubeconfig",
                                   server.kubeconfig(self.folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                self.assertTrue(asked.wait(webhook.PATIENCE), "the second page is requested")
                process.send_signal(signal.SIGINT)
                said, complaint = process.communicate(timeout=webhook.PATIENCE)
        report = json.loads(said)
        self.assertEqual(process.returncode, 4)
        self.assertTrue(report["interrupted"] and report["partial"])
        self.assertIn(b"interrupted", complaint)
        self.assertEqual(next(f for f in report["findings"] if f["name"] == "web")["pods"], 500)

    def test_progress_is_for_terminals(self):
        with api_server.Server(cluster_objects(), lambda *_: time.sleep(0.3)) as server:
            ours, theirs = pty.openpty()
            with subprocess.Popen([SHELFLIFE, "audit", "--kubeconfig", server.kubeconfig(self.folder)],
                                  stdout=subprocess.DEVNULL, stderr=theirs, stdin=subprocess.DEVNULL) as process:
                os.close(theirs)
                text = b""
                try:
                    while chunk := os.read(ours, 4096):
                        text += chunk
                except OSError:
                    pass  # the other side is closed
                os.close(ours)
                process.wait()
        self.assertRegex(text.decode(), r"\d+ of \d+ kinds, \d+.* objects, \d+ findings")
        self.assertTrue(text.endswith(b"\r\x1b[K"))


if __name__ == "__main__":
    unittest.main()
