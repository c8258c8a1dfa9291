"""Audits a real API server with thousands of mixed workloads. For each, the audit must give the verdict that a running
webhook gives, on the day itself and on every day of the forecast; and all formats of the report must agree."""
import concurrent.futures
import contextlib
import csv
import datetime
import functools
import http.client
import io
import json
import os
import pathlib
import random
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.append(str(HERE.parent / "integration"))

import webhook  # noqa: E402
from cluster import ADMIN_TOKEN, ControlPlane  # noqa: E402

BINARY = pathlib.Path(os.environ.get("SHELFLIFE", HERE.parents[1] / "build/dev/shelflife")).resolve()
AT = "2026-11-23"
IMAGES = [
    "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112",
    "us-docker.pkg.dev/deeplearning-platform-release/gcr.io/tf2-cpu.2-17.py310",
    "gcr.io/deeplearning-platform-release/pytorch-gpu.1-12.py37:latest",
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.5.1-gpu-py311-cu124-ubuntu22.04-ec2",
    "python:3.8-slim-bookworm", "python:3.10", "python:3.12-alpine3.18", "python:3.14", "python", "debian:11",
    "debian:bookworm-slim", "ubuntu:jammy", "ubuntu:20.04", "redis:6.2", "redis:7", "nginx:1.25", "postgres:13",
    "postgres:17", "node:18-bullseye", "node:24", "alpine:3.18", "golang:1.21", "ghcr.io/acme/app:1.2.3",
    "registry.example/team/service@sha256:" + "a" * 64, "GCR.IO/acme/App:1",
]
MODES = {"plain": None, "enforced": "enforce", "warned": "warn", "audited": "audit", "out": "off", "odd": "sometimes",
         "floored": "off"}
POLICY = """apiVersion: shelflife.dev/v1
kind: Policy
owners: {labels: [team]}
existingWorkloads: keep
namespaces:
- {names: [floored], floor: warn}
overrides:
- {namespaces: [plain], actions: {unpatched: deny}}
exceptions:
- {images: ["docker.io/library/debian:**"], namespaces: [enforced], owner: a, reason: b, until: 2027-01-15}
"""
TRAIN = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "trains.example.com"},
         "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Train", "plural": "trains"}, "versions": [
             {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                 "spec": {"type": "object", "properties": {"template": {"type": "object", "properties": {
                     "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {
                         "containers": {"type": "array", "items": {
                             "type": "object", "x-kubernetes-preserve-unknown-fields": True,
                             "properties": {"image": {"type": "string"}}}}}}}}}}}}}}]}}
VERSIONS = {"Pod": "v1", "Job": "batch/v1", "Train": "example.com/v1"}  # CronJob: as the cluster serves it; the rest: apps/v1


def thing(versions, kind, namespace, name, images, owner=None, **spec):
    containers = [{"name": f"c{i}", "image": image} for i, image in enumerate(images)]
    pod_spec = {"containers": containers, "restartPolicy": "Never" if kind in ("Job", "CronJob") else "Always"}
    template = {"metadata": {"labels": {"app": name}}, "spec": pod_spec}
    if kind == "Pod":
        spec = pod_spec
    elif kind == "CronJob":
        spec = {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": template}}}
    elif kind in ("Job", "Train"):
        spec = {"template": template}
    else:
        spec = {"selector": {"matchLabels": {"app": name}}, "template": template, **spec}
        if kind == "StatefulSet":
            spec["serviceName"] = name
    metadata = {"name": name, "namespace": namespace, "labels": {"app": name, "team": f"team-{len(name) % 3}"}}
    if owner:
        metadata["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": owner[0], "name": owner[1], "controller": True,
                                        "uid": "00000000-0000-0000-0000-000000000001"}]
    return {"apiVersion": versions.get(kind, "apps/v1"), "kind": kind, "metadata": metadata, "spec": spec}


def path_of(t):
    """The API server's path for the objects of that kind in that namespace."""
    root = "apis" if "/" in t["apiVersion"] else "api"
    return f'/{root}/{t["apiVersion"]}/namespaces/{t["metadata"]["namespace"]}/{t["kind"].lower()}s'


def make_things(cron_jobs):
    """Top owners, and the objects that they own. `cron_jobs` is the API version of CronJobs."""
    dice = random.Random(4)
    make = functools.partial(thing, {**VERSIONS, "CronJob": cron_jobs})
    tops, owned = [], []
    for i in range(2100):
        namespace = dice.choice(list(MODES))
        kind = dice.choice(["Deployment"] * 5 + ["StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "Pod", "Train"])
        images = [dice.choice(IMAGES) for _ in range(dice.randint(1, 3))]
        tops.append(make(kind, namespace, f"{kind.lower()}-{i}", images))
        if kind == "Deployment" and i % 4 == 0:
            name = f"deployment-{i}"
            owned.append(make("ReplicaSet", namespace, name + "-1", images, ("Deployment", name), replicas=2))
            owned.append(make("ReplicaSet", namespace, name + "-0", [IMAGES[0]], ("Deployment", name), replicas=0))
            owned.extend(make("Pod", namespace, f"{name}-1-{k}", images, ("ReplicaSet", name + "-1")) for k in range(2))
    return tops, owned


def review(t):
    """The review that the API server sends when the object is created."""
    group, _, version = t["apiVersion"].rpartition("/")
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
        "uid": t["metadata"]["name"], "kind": {"group": group, "version": version, "kind": t["kind"]},
        "resource": {"group": group, "version": version, "resource": t["kind"].lower() + "s"},
        "name": t["metadata"]["name"], "namespace": t["metadata"]["namespace"], "operation": "CREATE",
        "userInfo": {"username": "someone"}, "object": t, "oldObject": None}}


def named(found):
    """The findings of an audit, by image and workload."""
    return {(f["namespace"], f["kind"], f["name"], f["image"]): (f["phase"], f["action"]) for f in found}


SHORT_KINDS = {("apps/v1", "DaemonSet"): "ds", ("apps/v1", "Deployment"): "deploy", ("apps/v1", "ReplicaSet"): "rs",
               ("apps/v1", "StatefulSet"): "sts", ("v1", "Pod"): "po", ("v1", "ReplicationController"): "rc"}


def short(found):
    """The workload of a finding as the table writes it."""
    kind = SHORT_KINDS.get((found["apiVersion"], found["kind"]), found["kind"].lower())
    return f'{found["namespace"]}/{kind}/{found["name"]}'


def read_table(text):
    """The rows of a table, as maps from the column titles."""
    lines = text.split("\n\n")[0].splitlines()
    columns = [(m.group(), m.start()) for m in re.finditer(r"\S+(?: \S+)*", lines[0])]
    ends = [start for _, start in columns[1:]] + [None]
    return [{title: line[start:end].strip() for (title, start), end in zip(columns, ends)} for line in lines[1:]]


class Page:
    """The data of an HTML report, read as its script reads it. tests/browser tests the script."""

    def __init__(self, text):
        self.data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text).group(1))

    def on(self, day, attention=False):
        """Like named(): all entries, or only those that need attention."""
        number = (datetime.date.fromisoformat(day) - datetime.date(1970, 1, 1)).days
        data, reported = self.data, {}
        for w, i, _, _, _, accepted, _, waived, *_ in data["entries"]:
            namespace, kind, name, _, mode, *_ = data["workloads"][w]
            image = data["images"][i]
            _, phase, action = [span for span in image["life"] if span[0] <= number][-1]
            if attention and (accepted or not (action or (waived and number <= waived[2]))):
                continue
            strictest = {"enforce": "deny", "warn": "warn"}.get(data["modes"][mode], "allow")
            reported[namespace, kind, name, image["text"]] = (
                data["phases"][phase], data["actions"][min(action, data["actions"].index(strictest))])
        return reported


class Api:
    """Sends many requests at once. Each thread has its own connection."""

    def __init__(self, cluster):
        self.port = cluster.port
        self.local = threading.local()
        self.connections = []
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE

    def post(self, path, value):
        # A new API server sometimes closes connections. It may have processed the request nevertheless.
        for attempt in range(5):
            if not getattr(self.local, "connection", None):
                self.local.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=60)
                self.connections.append(self.local.connection)
            try:
                self.local.connection.request("POST", path, json.dumps(value), {
                    "Authorization": f"Bearer {ADMIN_TOKEN}", "Content-Type": "application/json"})
                reply = self.local.connection.getresponse()
                text = reply.read()
            except (http.client.HTTPException, OSError):
                self.local.connection = None
                continue
            if reply.status in (200, 201) or (attempt and reply.status == 409):
                return
            raise RuntimeError(f"{path}: {reply.status} {text.decode()[:500]}")
        raise RuntimeError(f"{path}: no answer")

    def close(self):
        for connection in self.connections:
            connection.close()

    def create(self, things):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(self.post, path_of(t), t) for t in things]:
                done.result()


class Audit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = ControlPlane(controllers=False).__enter__()
        cls.addClassCleanup(cls.cluster.__exit__)
        folder = tempfile.TemporaryDirectory(prefix="shelflife-audit.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.policy = cls.folder / "policy.yaml"
        cls.policy.write_text(POLICY)
        cls.certificates = webhook.Certificates(cls.folder / "certificates")
        api = Api(cls.cluster)
        for name, mode in MODES.items():
            api.post("/api/v1/namespaces", {"metadata": {"name": name, "labels": {"shelflife.dev/mode": mode} if mode else {}}})
        api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", TRAIN)
        for _ in range(100):
            if cls.cluster.kubectl("get", "trains", check=False).returncode == 0:
                break
            time.sleep(0.2)
        cls.tops, cls.owned = make_things(cls.cluster.cron_jobs)
        api.create(cls.tops + cls.owned)
        api.close()

    def audit(self, *arguments, at=AT, output="json"):
        done = subprocess.run([BINARY, "audit", "--kubeconfig", self.cluster.kubeconfig, "--policy", self.policy, "--at", at,
                               "-o", output, *arguments], capture_output=True, text=True, timeout=300, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout) if output == "json" else done.stdout

    def verdicts(self, things, at=AT):
        """The answers of a running webhook to the creation of these objects on that day. As in a cluster, the label of the
        namespace selects the path."""
        with webhook.Server(self.certificates, "--policy", self.policy, "--at", at) as server, \
                contextlib.closing(server.connect()) as connection:
            for t in things:
                label = MODES[t["metadata"]["namespace"]]
                path = f"/validate/{label}" if label in ("enforce", "warn", "audit", "off") else "/validate"
                status, reply, _ = server.post(review(t), path + "?timeout=10s", connection)
                self.assertEqual((status, reply["response"]["uid"]), (200, t["metadata"]["name"]))
                yield t, reply["response"]

    def assert_same_verdict(self, reply, actions):
        self.assertEqual(reply["allowed"], "deny" not in actions)
        self.assertEqual(bool(reply.get("warnings")), "warn" in actions)

    def test_every_object_as_the_webhook_says(self):
        report = self.audit("--all")
        found = {}
        for f in report["findings"]:
            if not f["history"]:
                found.setdefault((f["namespace"], f["kind"], f["name"]), []).append(f)
        denied = warned = 0
        for t, reply in self.verdicts(self.tops):
            namespace, name = t["metadata"]["namespace"], t["metadata"]["name"]
            mine = found.pop((namespace, t["kind"], name), [])
            with self.subTest(namespace=namespace, name=name):
                self.assert_same_verdict(reply, {f["action"] for f in mine})
                said = " ".join(reply.get("warnings", [])) + reply.get("status", {}).get("message", "")
                reported = [f for f in mine if f["action"] != "allow"]
                if len(reported) == 1:
                    self.assertIn(reported[0]["image"], said)
                if namespace != "out":
                    self.assertEqual({f["image"] for f in mine}, {c["image"] for c in self.containers(t)})
                denied += not reply["allowed"]
                warned += bool(reply.get("warnings"))
        self.assertEqual(found, {})
        self.assertTrue(denied > 100 and warned > 100)

    @staticmethod
    def identity(t):
        return t["kind"], t["metadata"]["namespace"], t["metadata"]["name"]

    @staticmethod
    def containers(t):
        spec = t["spec"]
        for key in ("jobTemplate", "spec", "template", "spec"):
            spec = spec.get(key, spec)
        return spec["containers"]

    def test_roll_up(self):
        report = self.audit("--all", "--history")
        kinds = {f["kind"] for f in report["findings"]}
        self.assertNotIn("ReplicaSet", kinds)
        pods = {f["name"] for f in report["findings"] if f["kind"] == "Pod"}
        self.assertFalse(pods & {t["metadata"]["name"] for t in self.owned})
        with_pods = {t["metadata"]["name"].rsplit("-", 2)[0] for t in self.owned
                     if t["kind"] == "Pod" and t["metadata"]["namespace"] != "out"}
        self.assertEqual({f["name"] for f in report["findings"] if f["kind"] == "Deployment" and f["pods"]}, with_pods)
        self.assertEqual({f["pods"] for f in report["findings"] if f["kind"] == "Deployment"}, {0, 2})
        judged = [t for t in self.tops if t["metadata"]["namespace"] != "out"]
        self.assertEqual(report["summary"]["workloads"], len(judged))
        self.assertEqual(report["summary"]["objects"], len(self.tops) + len(self.owned) +
                         int(self.cluster.kubectl("get", "pods,deployments,replicasets,daemonsets", "-A", "-o", "name")
                             .stdout.count("\n")) - sum(1 for t in self.tops + self.owned
                                                        if t["kind"] in ("Pod", "Deployment", "ReplicaSet", "DaemonSet")))

    def test_forecast_is_what_audit_webhook_and_page_say_on_that_day(self):
        changes = self.audit("--forecast", "--within", "600d")["changes"]
        rows = read_table(self.audit("--forecast", "--within", "600d", output="table"))
        self.assertEqual([(r["DATE"], r["ACTION"], r["BECOMES"], r["WORKLOAD"], r["IMAGE"]) for r in rows],
                         [(c["day"], c["action"], c["phase"], short(c), c["image"])
                          for c in changes])
        page = Page(self.audit("--all", output="html"))
        days = sorted({c["day"] for c in changes})
        self.assertGreater(len(days), 2)
        self.assertIn("2027-01-16", days)  # the exception has expired
        for day in days[:12]:
            findings = self.audit("--all", at=day)["findings"]
            then = named(findings)
            self.assertEqual(page.on(day), then)
            changed = named(c for c in changes if c["day"] == day)
            self.assertEqual(changed, {key: then[key] for key in changed})
            actions = {}
            for f in findings:
                if not f["history"]:
                    actions.setdefault((f["kind"], f["namespace"], f["name"]), set()).add(f["action"])
            workloads = {(kind, namespace, name) for namespace, kind, name, _ in changed}
            for t, reply in self.verdicts([t for t in self.tops if self.identity(t) in workloads], day):
                with self.subTest(day=day, name=t["metadata"]["name"]):
                    self.assert_same_verdict(reply, actions[self.identity(t)])

    def test_formats_agree(self):
        findings = self.audit()["findings"]
        self.assertGreater(len(findings), 2000)
        rows = list(csv.DictReader(io.StringIO(self.audit(output="csv"))))
        self.assertEqual([(r["action"], r["phase"], r["namespace"], r["kind"], r["name"], r["image"]) for r in rows],
                         [(f["action"], f["phase"], f["namespace"], f["kind"], f["name"], f["image"]) for f in findings])
        rows = read_table(self.audit(output="wide"))
        self.assertEqual([(r["ACTION"], r["PHASE"], r["NAMESPACE"], r["KIND"], r["NAME"], r["IMAGE"]) for r in rows],
                         [(f["action"], f["phase"], f["namespace"], f["kind"], f["name"], f["image"]) for f in findings])
        rows = read_table(self.audit(output="table"))
        self.assertEqual([(r["ACTION"], r["PHASE"], r["WORKLOAD"], r["IMAGE"]) for r in rows],
                         [(f["action"], f["phase"], short(f), f["image"]) for f in findings])
        self.assertEqual(Page(self.audit(output="html")).on(AT, attention=True), named(findings))


if __name__ == "__main__":
    unittest.main()
