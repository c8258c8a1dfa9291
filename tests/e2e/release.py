"""A release of the chart, in a cluster whose pods node.py runs, and helpers for tests of it."""
import contextlib
import json
import os
import pathlib
import re
import subprocess
import time

from node import Node

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "charts/shelflife"
BINARY = pathlib.Path(os.environ.get("SHELFLIFE", ROOT / "build/dev/shelflife")).resolve()
NAME_LABEL = "kubernetes.io/metadata.name"
DEAD = "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"
DEAD_TOO = "gcr.io/deeplearning-platform-release/pytorch-gpu.1-12.py37:latest"
DATED = "us-docker.pkg.dev/deeplearning-platform-release/gcr.io/tf2-cpu.2-17.py310"  # until 2026-07-11
FINE = "ghcr.io/acme/app:1.2.3"
LAST_DAY, DAY_AFTER = "2026-07-11", "2026-07-12"


def eventually(check, what, seconds=30):
    """Waits for a true value of `check()` and returns it. `what` describes the failure: a text, or a function that returns it."""
    deadline = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s still not: {what() if callable(what) else what}")
        time.sleep(0.1)


def merged(values, more):
    return {**values, **{key: merged(values[key], value) if isinstance(value, dict) and isinstance(values.get(key), dict)
                         else value for key, value in more.items()}}


def everything(cluster):
    """The names of all objects in the cluster, except those that controllers make for every namespace and node."""
    kinds = [kind for kind in cluster.kubectl("api-resources", "--verbs=list", "-o", "name").stdout.split()
             if kind.partition(".")[0] not in ("events", "leases", "componentstatuses")]
    listed = cluster.kubectl("get", ",".join(kinds), "-A", "--no-headers", "-o",
                             "custom-columns=:kind,:metadata.namespace,:metadata.name", check=False).stdout
    return {" ".join(line.split()) for line in listed.splitlines()}


def new_namespace(cluster, name, mode=None):
    """Creates a namespace and waits until pods can be created in it."""
    cluster.kubectl("create", "namespace", name)
    if mode:
        cluster.kubectl("label", "namespace", name, f"shelflife.dev/mode={mode}")
    await_accounts(cluster, name)


def await_accounts(cluster, name):
    def there():
        account = cluster.kubectl("-n", name, "get", "serviceaccount", "default", "-o", "json", check=False)
        # Before 1.24, the account can be used once the controller manager has created its Secret.
        return account.returncode == 0 and (cluster.minor >= 24 or cluster.stand_in or json.loads(account.stdout).get("secrets"))
    eventually(there, f"namespace {name} has its service account")


class Release:
    """A release in a namespace of its own, inside a `with` statement: its replicas run and receive reviews."""

    # A fixed day, no wait of 90 seconds for idle connections, and no object admitted without a verdict.
    values = {"extraArgs": [f"--at={LAST_DAY}"], "terminationGracePeriodSeconds": 12,
              "webhook": {"failurePolicy": "Fail", "timeoutSeconds": 10, "defaultMode": "enforce"}}

    def __init__(self, cluster, namespace, values=None):
        self.cluster, self.namespace = cluster, namespace
        self.values = merged(self.values, values or {})
        self.node = Node(cluster, namespace, BINARY)

    def __enter__(self):
        if self.cluster.kubectl("get", "namespace", self.namespace, check=False).returncode:
            new_namespace(self.cluster, self.namespace)
        # API servers before 1.21 do not set this label; the chart's notes ask the user to set it.
        for name in (self.namespace, "kube-system"):
            self.cluster.kubectl("label", "--overwrite", "namespace", name, f"{NAME_LABEL}={name}")
        self.node.__enter__()
        try:
            self.helm("install", "shelflife", CHART, "--wait", "--timeout=90s")
            self.await_asked()
        except BaseException:
            print(self.node.logs())
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.helm("uninstall", "shelflife", "--ignore-not-found")
        self.cluster.kubectl("delete", "namespace", self.namespace, "--wait=false")
        self.node.__exit__()

    def helm(self, command, *args, values=None, check=True):
        command = ["helm", command, *map(str, args), "--namespace", self.namespace]
        if command[1] in ("install", "upgrade", "template"):
            file = self.node.folder / "values.json"
            file.write_text(json.dumps(merged(self.values, values or {})))
            command += ["--values", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, env=self.cluster.environment(), timeout=180)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        return done

    def upgrade(self, values=None, *flags):
        """Upgrades with other values. Afterwards only replicas of the new revision answer."""
        self.helm("upgrade", "shelflife", CHART, "--wait", "--timeout=90s", *flags, values=values)
        self.await_settled()

    def await_settled(self):
        def is_settled():
            scale = json.loads(self.cluster.kubectl("-n", self.namespace, "get", "deployment", "shelflife", "-o", "json").stdout)
            return len(self.node.pods) == len(self.node.running()) == scale["spec"]["replicas"]
        eventually(is_settled, lambda: "all replicas are ready:\n" + self.node.logs())
        self.node.settle()

    def await_asked(self):
        probe = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe"},
                 "spec": {"containers": [{"name": "main", "image": DEAD}]}}
        eventually(lambda: "past end of availability" in self.cluster.kubectl(
            "-n", "default", "create", "--dry-run=server", "-f", "-", check=False, input=probe).stderr,
            "the API server asks the webhook")

    def webhooks(self):
        return json.loads(self.cluster.kubectl("get", "validatingwebhookconfiguration", "shelflife", "-o", "json").stdout)

    def certificate(self):
        """What the replicas manage: the data of the Secret, and the caBundles."""
        secret = self.cluster.kubectl("-n", self.namespace, "get", "secret", "shelflife-tls", "-o", "json", check=False)
        return (json.loads(secret.stdout).get("data") if secret.returncode == 0 else None,
                [webhook["clientConfig"].get("caBundle") for webhook in self.webhooks()["webhooks"]])

    def metrics(self):
        """The metrics of all replicas, summed: each sample's name with its labels, and its value."""
        sums = {}
        for pod in self.node.running():
            for name, value in re.findall(r"^([a-z][^#\n]*) (\S+)$", pod.get("/metrics")[1], re.MULTILINE):
                sums[name] = sums.get(name, 0) + float(value)
        return sums


def pod_spec(image, container="main", **more):
    return {"containers": [{"name": container, "image": image}], **more}


def pod(name, image, **metadata):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata}, "spec": pod_spec(image)}


def workload(kind, name, image, **spec):
    """An object of any kind that runs pods."""
    template = {"metadata": {"labels": {"app": name}}, "spec": pod_spec(image)}
    group, spec = "apps/v1", {"selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    if kind in ("Job", "CronJob"):
        template["spec"]["restartPolicy"] = "Never"
        group, spec = "batch/v1", {"template": template}
    if kind == "CronJob":
        spec = {"schedule": "0 0 1 1 *", "jobTemplate": {"spec": spec}}
    if kind == "StatefulSet":
        spec["serviceName"] = name
    if kind == "ReplicationController":
        group, spec["selector"] = "v1", {"app": name}
    if kind == "PyTorchJob":
        group, spec = "kubeflow.org/v1", {"pytorchReplicaSpecs": {"Master": {"replicas": 1, "template": template}}}
    thing = {"apiVersion": group, "kind": kind, "metadata": {"name": name}, "spec": spec}
    if kind == "PodTemplate":
        return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "template": template}
    return thing


def definition_of(group, version, kind, scope="Namespaced"):
    """A CustomResourceDefinition, reduced to what the tests need."""
    plural = kind.lower() + "s"
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {"group": group, "scope": scope, "names": {"kind": kind, "plural": plural},
                     "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                         "type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]}}


PYTORCH_JOBS = definition_of("kubeflow.org", "v1", "PyTorchJob")
