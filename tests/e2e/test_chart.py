"""Installs the chart on a real API server with real controllers and tests it with kubectl and Helm. Its replicas run with
the flags, files and token of their pods (node.py), and are reached through its Service."""
import contextlib
import http.client
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from cluster import DEVELOPER_TOKEN, ControlPlane, free_port  # noqa: E402
from node import Node  # noqa: E402
from release import (BINARY, CHART, DATED, DAY_AFTER, DEAD, DEAD_TOO, FINE, NAME_LABEL, PYTORCH_JOBS, ROOT,  # noqa: E402
                     Release, await_accounts, definition_of, eventually, everything, new_namespace, pod, workload)
from test_publish import KINDS, definition  # noqa: E402

TOLD_DEAD = DEAD + ": TensorFlow 2.11 (Google Deep Learning Containers) is past end of availability since 2024-11-15"
TOLD_DATED = DATED + ": TensorFlow 2.17 (Google Deep Learning Containers) is past end of patch since 2025-07-11"
BUILT_IN = ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "PodTemplate", "Job",
            "CronJob"]


MADE = [("Secret", "shelflife-tls"), ("CronJob", "shelflife-audit"), ("ResourceQuota", "shelflife"),
        ("HorizontalPodAutoscaler", "shelflife"), ("ConfigMap", "shelflife-dashboard"), ("ConfigMap", "shelflife-catalogs")]
CATALOG = json.dumps({
    "apiVersion": "shelflife.dev/v1", "kind": "Catalog", "name": "own", "source": "https://acme.example/releases",
    "license": "Apache-2.0", "asOf": "2026-07-01", "serial": 1, "covers": ["registry.acme.example/base"],
    "products": [{"name": "base", "repositories": ["registry.acme.example/base"],
                  "rows": [{"release": "1", "endOfPatch": "2026-01-01"}]}]})


def setUpModule():
    global cluster
    cluster = ControlPlane(egress=True)
    unittest.enterModuleContext(cluster)
    cluster.kubectl("apply", "-f", "-", input=PYTORCH_JOBS)
    cluster.kubectl("create", "clusterrole", "developer", "--verb=get,create,patch", "--resource=pods")
    cluster.kubectl("create", "clusterrolebinding", "developer", "--clusterrole=developer", "--user=developer")
    cluster.kubectl("wait", "--for=condition=Established", "crd/pytorchjobs.kubeflow.org")


def install_reports(test):
    version, kind = KINDS["wgpolicyk8s.io"]
    cluster.kubectl("apply", "-f", "-", input=definition("wgpolicyk8s.io", version, kind, "Namespaced"))
    cluster.kubectl("wait", "--for=condition=Established", "crd/policyreports.wgpolicyk8s.io")
    test.addCleanup(cluster.kubectl, "delete", "crd", "policyreports.wgpolicyk8s.io")


def audit_now(test, release):
    """Runs the Job that the CronJob would create."""
    cron = json.loads(cluster.kubectl("-n", release.namespace, "get", "cronjob", "shelflife-audit", "-o", "json").stdout)
    cluster.kubectl("-n", release.namespace, "create", "-f", "-", input={
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "audit-now"}, "spec": cron["spec"]["jobTemplate"]["spec"]})
    test.addCleanup(cluster.kubectl, "-n", release.namespace, "delete", "job", "audit-now")
    done = cluster.kubectl("-n", release.namespace, "wait", "--for=condition=complete", "--timeout=60s", "job/audit-now", check=False)
    test.assertEqual(done.returncode, 0, done.stderr + release.node.logs())


class Case(unittest.TestCase):
    """Each test has a namespace of its own, in mode enforce."""

    values = {}

    @classmethod
    def setUpClass(cls):
        cls.release = cls.enterClassContext(Release(cluster, f"shelflife-{cls.__name__.lower()}", cls.values))

    def setUp(self):
        self.name = re.sub(r"[^a-z0-9]+", "-", self._testMethodName.removeprefix("test_"))[:60].strip("-")
        new_namespace(cluster, self.name)

    def run_in(self, *args, check=True, **options):
        return cluster.kubectl("-n", self.name, *args, check=check, **options)

    def apply(self, what, *flags, check=True, **options):
        return self.run_in("apply", *flags, "-f", "-", check=check, input=what, **options)

    def label(self, mode):
        cluster.kubectl("label", "--overwrite", "namespace", self.name, f"shelflife.dev/mode={mode}")

    def object(self, kind, image, name="w"):
        what = pod(name, image) if kind == "Pod" else workload(kind, name, image)
        if kind == "CronJob":
            what["apiVersion"] = cluster.cron_jobs
        return what

    def assert_denied(self, done, text='container "main": ' + TOLD_DEAD, mode="enforce"):
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn(f'admission webhook "{mode}.shelflife.dev" denied the request: {text}', done.stderr)

    def assert_warned(self, done, text='container "main": ' + TOLD_DATED):
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Warning: shelflife: " + text, done.stderr)

    def wait_for_pods(self, count, selector):
        def alive():
            pods = json.loads(self.run_in("get", "pods", "-l", selector, "-o", "json").stdout)["items"]
            names = [p["metadata"]["name"] for p in pods if "deletionTimestamp" not in p["metadata"]]
            return (names,) if len(names) == count else None
        return eventually(alive, f"there are {count} pods of {selector}")[0]


class Admission(Case):
    values = {"policy": {"namespaces": [{"names": ["kube-system"], "mode": "off"}, {"names": ["floored"], "floor": "enforce"}]}}

    def test_every_kind_that_runs_an_image_is_warned_about_and_denied(self):
        for kind in BUILT_IN + ["PyTorchJob"]:
            with self.subTest(kind):
                self.assert_warned(self.apply(self.object(kind, DATED, "warned")))
                self.assert_denied(self.apply(self.object(kind, DEAD, "denied"), check=False))
                self.assertIn("NotFound", self.run_in("get", kind, "denied", check=False).stderr)

    def test_a_dry_run_on_the_server_and_server_side_apply_are_judged(self):
        for flag in ("--dry-run=server", "--server-side"):
            with self.subTest(flag):
                self.assert_denied(self.apply(pod("p", DEAD), flag, check=False))
                self.assert_warned(self.apply(pod("p", DATED), flag))

    def test_set_image_is_judged(self):
        self.apply(workload("Deployment", "d", FINE, replicas=0))
        self.assert_denied(self.run_in("set", "image", "deployment/d", f"main={DEAD}", check=False))
        self.assert_warned(self.run_in("set", "image", "deployment/d", f"main={DATED}"))

    def test_an_ephemeral_container_is_judged(self):
        if cluster.minor < 23:
            self.skipTest(f"kubectl debug needs ephemeral containers, which are on from Kubernetes 1.23; this is 1.{cluster.minor}")
        self.apply(pod("p", FINE))
        debug = ("debug", "p", "--attach=false", "-c")
        self.assert_denied(self.run_in(*debug, "dead", f"--image={DEAD}", check=False), text='container "dead": ' + TOLD_DEAD)
        self.assert_warned(self.run_in(*debug, "dated", f"--image={DATED}"), text='container "dated": ' + TOLD_DATED)

    def test_an_unlisted_image_passes_in_silence(self):
        self.assertEqual(self.apply(pod("p", FINE)).stderr, "")

    def test_an_update_is_judged_on_what_it_introduces(self):
        self.label("warn")
        eventually(lambda: self.apply(pod("p", DEAD), check=False).returncode == 0, "the mode is warn")
        self.apply(workload("Deployment", "d", DEAD, replicas=0))
        self.apply(self.object("PyTorchJob", DEAD))
        self.label("enforce")
        eventually(lambda: self.apply(pod("q", DEAD), check=False).returncode, "the mode is enforce")
        self.run_in("label", "pod/p", "deployment/d", "pytorchjob/w", "team=ml")
        self.run_in("annotate", "deployment", "d", "note=x")
        self.run_in("scale", "deployment", "d", "--replicas=1")
        self.run_in("rollout", "restart", "deployment/d")
        self.run_in("patch", "pod", "p", "-p", '{"metadata":{"finalizers":["example.com/wait"]}}')
        self.assert_denied(self.run_in("set", "image", "deployment/d", f"main={DEAD_TOO}", check=False),
                           text=f'container "main": {DEAD_TOO}')
        self.assert_denied(self.apply(self.object("PyTorchJob", DEAD_TOO), check=False), text=f'container "main": {DEAD_TOO}')
        self.run_in("set", "image", "deployment/d", f"main={FINE}")
        self.run_in("delete", "pod", "p", "--wait=false")
        self.run_in("patch", "pod", "p", "-p", '{"metadata":{"finalizers":null}}')
        self.run_in("delete", "deployment/d", "pytorchjob/w")

    def test_a_label_changes_the_mode_at_once(self):
        dead = pod("p", DEAD)

        def create():
            return self.run_in("create", "--dry-run=server", "-f", "-", check=False, input=dead)

        def becomes(mode, check):
            self.label(mode)
            eventually(lambda: check(create()), f"a pod is judged as in mode {mode}", 10)

        self.assert_denied(create())
        becomes("audit", lambda done: done.returncode == 0 and not done.stderr)
        counted = {name: count for name, count in self.release.metrics().items() if 'mode="audit"' in name}
        self.assertTrue(sum(counted.values()), f"no review of mode audit in {counted}")
        becomes("warn", lambda done: done.returncode == 0 and f'Warning: shelflife: container "main": {TOLD_DEAD}' in done.stderr)
        becomes("enforce", lambda done: done.returncode and 'webhook "enforce.shelflife.dev" denied' in done.stderr)
        becomes("off", lambda done: done.returncode == 0 and not done.stderr)
        cluster.kubectl("label", "namespace", self.name, "shelflife.dev/mode-")
        eventually(lambda: create().returncode, "a pod is judged by default again", 10)

    def test_an_unknown_value_of_the_label_is_the_default_mode(self):
        if cluster.minor >= 30:
            self.skipTest("from Kubernetes 1.30 the label guard refuses unknown values")
        self.label("sometimes")
        self.assert_denied(self.apply(pod("p", DEAD), check=False))

    def test_the_label_guard(self):
        if cluster.minor < 30:
            self.skipTest(f"ValidatingAdmissionPolicy is served from Kubernetes 1.30; this is 1.{cluster.minor}")
        cluster.kubectl("create", "clusterrole", "labeller", "--verb=get,patch,update", "--resource=namespaces")
        self.addCleanup(cluster.kubectl, "delete", "clusterrole", "labeller")
        cluster.kubectl("create", "clusterrolebinding", "labeller", "--clusterrole=labeller", "--user=developer")
        self.addCleanup(cluster.kubectl, "delete", "clusterrolebinding", "labeller")

        def label(mode, token=None):
            return cluster.kubectl("label", "--overwrite", "namespace", self.name, f"shelflife.dev/mode={mode}", check=False,
                                   token=token)
        eventually(lambda: "is one of enforce, warn, audit, off" in label("sometimes").stderr, "an unknown value is refused")
        eventually(lambda: label("warn", DEVELOPER_TOKEN).returncode == 0, "the developer may label")
        self.assertIn("only named users may set the label", label("off", DEVELOPER_TOKEN).stderr)
        self.assertEqual(label("off").returncode, 0)
        self.assertEqual(cluster.kubectl("label", "namespace", self.name, "team=a", token=DEVELOPER_TOKEN).returncode, 0)

    def test_a_policy_floor_holds_whatever_the_label_says(self):
        new_namespace(cluster, "floored", mode="warn")
        eventually(lambda: 'webhook "warn.shelflife.dev"' in cluster.kubectl(
            "-n", "floored", "create", "-f", "-", input=pod("p", DEAD), check=False).stderr, "the floor holds")

    def test_owner_references_that_a_user_wrote_soften_nothing(self):
        forged = pod("p", DEAD, ownerReferences=[{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "d",
                                                  "uid": "1", "controller": True}])
        self.assert_denied(self.apply(forged, check=False, token=DEVELOPER_TOKEN))

    def in_update(self, image):
        """Creates a StatefulSet of which pod 0 stays at the earlier version, and returns the name of that revision."""
        held = {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}
        self.apply(workload("StatefulSet", "db", image, replicas=1, updateStrategy=held))
        self.wait_for_pods(1, "app=db")
        self.run_in("patch", "statefulset", "db", "-p", '{"spec":{"template":{"metadata":{"annotations":{"v":"2"}}}}}')

        def updating():
            status = json.loads(self.run_in("get", "statefulset", "db", "-o", "json").stdout)["status"]
            return status.get("updateRevision") != status.get("currentRevision") and status["currentRevision"]
        return eventually(updating, "the StatefulSet has two revisions")

    def forge(self, name, spec):
        """Replaces a revision by one with another pod template."""
        revision = json.loads(self.run_in("get", "controllerrevision", name, "-o", "json").stdout)
        revision["data"]["spec"]["template"].pop("spec")
        revision["data"]["spec"]["template"].update(spec)
        for key in ("resourceVersion", "uid", "creationTimestamp"):
            revision["metadata"].pop(key)
        self.run_in("delete", "controllerrevision", name)
        return self.run_in("create", "-f", "-", check=False, input=revision)

    def test_a_forged_revision_of_a_statefulset_brings_no_image_in(self):
        capitals = {"Spec": {"Containers": [{"name": "main", "Image": DEAD}]}}
        revision = self.in_update(FINE)
        for spec in ({"spec": {"containers": [{"name": "main", "image": DEAD}]}}, capitals):
            done = self.forge(revision, spec)
            self.assert_denied(done)
            self.assertIn("NotFound", self.run_in("get", "controllerrevision", revision, check=False).stderr)
            self.run_in("delete", "statefulset", "db")
            eventually(lambda: not self.run_in("get", "pods", "-l", "app=db", "-o", "name").stdout, "the pods are gone")
            revision = self.in_update(FINE)

        # Where revisions are only warned about, the controller really takes the image.
        self.label("warn")
        eventually(lambda: self.run_in("create", "--dry-run=server", "-f", "-", input=pod("p", DEAD), check=False).returncode == 0,
                   "the mode is warn")
        self.assert_warned(self.forge(revision, capitals), text='container "main": ' + TOLD_DEAD)
        self.run_in("delete", "pod", "--now", "db-0")
        eventually(lambda: self.run_in("get", "pod", "db-0", "-o", "jsonpath={.spec.containers[0].image}",
                                       check=False).stdout == DEAD, "the controller uses the forged revision")

    def test_a_controller_writes_revisions_of_an_aged_workload(self):
        self.label("warn")
        eventually(lambda: self.apply(pod("p", DEAD), check=False).returncode == 0, "the mode is warn")
        for kind in ("StatefulSet", "DaemonSet"):
            self.apply(workload(kind, "aged-" + kind.lower(), DEAD))
        count = 2

        def revisions():
            return len(self.run_in("get", "controllerrevisions", "-o", "name").stdout.split())
        eventually(lambda: revisions() == count, "each workload has a revision")
        self.label("enforce")
        eventually(lambda: self.apply(pod("q", DEAD), check=False).returncode, "the mode is enforce")
        self.run_in("rollout", "restart", "statefulset/aged-statefulset", "daemonset/aged-daemonset")
        eventually(lambda: revisions() == 2 * count, "each workload has another revision")

    def test_templates_without_a_namespace_are_judged(self):
        cluster.kubectl("apply", "-f", "-", input=definition_of("argoproj.io", "v1alpha1", "ClusterWorkflowTemplate", "Cluster"))
        self.addCleanup(cluster.kubectl, "delete", "crd", "clusterworkflowtemplates.argoproj.io")
        cluster.kubectl("wait", "--for=condition=Established", "crd/clusterworkflowtemplates.argoproj.io")
        template = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ClusterWorkflowTemplate", "metadata": {"name": "w"},
                    "spec": {"templates": [{"name": "main", "container": {"name": "main", "image": DEAD}}]}}

        def create():
            return cluster.kubectl("create", "-f", "-", input=template, check=False)
        self.assert_denied(eventually(lambda: done if "no matches for kind" not in (done := create()).stderr else None,
                                      "the kind is served"), mode="cluster")
        template["spec"]["templates"][0]["container"]["image"] = DATED
        self.assert_warned(create())

    def test_excluded_namespaces_are_not_asked_about(self):
        done = cluster.kubectl("-n", "kube-system", "create", "--dry-run=server", "-f", "-", input=pod("p", DEAD))
        self.assertEqual(done.stderr, "")

    def test_an_upgrade_creates_a_deleted_secret_again(self):
        before = self.release.certificate()
        cluster.kubectl("-n", self.release.namespace, "delete", "secret", "shelflife-tls")
        eventually(lambda: all("the Secret does not exist" in replica.get("/readyz?verbose")[1] for replica in self.release.node.running()),
                   "it is reported")
        self.assert_denied(self.apply(pod("p", DEAD), check=False))
        self.release.upgrade()
        eventually(lambda: (self.release.certificate()[0] or {}).get("tls.crt", before[0]["tls.crt"]) != before[0]["tls.crt"],
                   "there is another certificate", 120)
        self.assert_denied(self.apply(pod("p", DEAD), check=False))

    def test_the_notes_name_the_rights_that_no_policy_limits(self):
        notes = self.release.helm("get", "notes", "shelflife").stdout
        self.assertEqual("has no ValidatingAdmissionPolicy, so only RBAC limits the service account" in notes, cluster.minor < 30)

    def test_helm_test_passes(self):
        self.assertIn("Succeeded", self.release.helm("test", "shelflife").stdout)

    def test_prometheus_scrapes_the_replicas_and_evaluates_the_rules(self):
        if not shutil.which("prometheus") or not shutil.which("promtool"):
            self.skipTest("there is no prometheus; deploy/packages.sh e2e installs it")
        rules = CHART / "files/rules.yaml"
        subprocess.run(["promtool", "check", "rules", rules], check=True, capture_output=True)
        replicas = self.release.node.running()
        self.assertEqual(len(replicas), 2)
        for replica in replicas:
            checked = subprocess.run(["promtool", "check", "metrics"], input=replica.get("/metrics")[1], capture_output=True, text=True)
            self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))
        folder = self.release.node.folder / "prometheus"
        folder.mkdir()
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(rules)],
            "scrape_configs": [{"job_name": "shelflife", "static_configs": [
                {"targets": [f"127.0.0.1:{replica.ports[8080]}" for replica in replicas]}]}]}))
        port = free_port()
        with open(folder / "log", "wb") as log:
            prometheus = subprocess.Popen(
                ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.addCleanup(prometheus.wait)
        self.addCleanup(prometheus.kill)

        def ask(path, **query):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(query)}") as reply:
                    return json.load(reply)["data"]
            except OSError:
                return None

        def samples(expression):
            found = ask("query", query=expression)
            return found and found["result"]
        eventually(lambda: len(samples("up == 1") or []) == 2, "both replicas are scraped")
        for metric in ("shelflife_build_info", "shelflife_certificate_expiry_timestamp_seconds", "shelflife_catalog_age_seconds",
                       "shelflife_reviews_total", "shelflife_review_duration_seconds_bucket"):
            self.assertTrue(samples(metric), metric)

        def evaluated():
            groups = (ask("rules") or {"groups": []})["groups"]
            found = [rule for group in groups for rule in group["rules"]]
            return found if found and all(rule["health"] != "unknown" for rule in found) else None
        for rule in eventually(evaluated, "the rules are evaluated"):
            self.assertEqual((rule["health"], rule["state"] == "firing"), ("ok", False), rule)


class Life(Case):
    """The life of a release: days pass, and it is upgraded, rolled back and audited."""

    values = {"audit": {"enabled": True}}

    def setUp(self):
        self.release.upgrade()
        super().setUp()

    def new_day(self, policy):
        self.release.upgrade({"extraArgs": [f"--at={DAY_AFTER}"], "policy": {"existingWorkloads": policy}})

    def test_a_controller_replaces_the_pod_of_an_aged_deployment_with_keep_but_not_with_enforce(self):
        self.apply(workload("Deployment", "d", DATED, replicas=1))
        before = self.wait_for_pods(1, "app=d")

        self.new_day("keep")
        self.run_in("delete", "pod", "--now", *before)
        after = self.wait_for_pods(1, "app=d")
        self.assertNotEqual(after, before)
        self.run_in("rollout", "restart", "deployment/d")
        self.assert_denied(self.apply(workload("Deployment", "new", DATED), check=False), text=f'container "main": {DATED}')

        replicas = self.release.node.running()
        self.new_day("enforce")  # only the policy changes: the running replicas reload it
        self.assertEqual(self.release.node.running(), replicas)
        eventually(lambda: self.release.metrics()['shelflife_reloads_total{what="snapshot",outcome="success"}'] >= len(replicas),
                   "the replicas have read the policy again")
        self.run_in("delete", "pod", "--now", "-l", "app=d")
        eventually(lambda: "enforce.shelflife.dev" in self.run_in("get", "events").stdout, "an event reports the denial")
        self.wait_for_pods(0, "app=d")
        self.assert_denied(self.apply(workload("Deployment", "new", DATED), check=False), text=f'container "main": {DATED}')

    def test_upgrade_and_rollback_leave_certificate_and_caBundle_alone(self):
        before = self.release.certificate()
        self.assertTrue(before[0]["tls.crt"] and all(before[1]), before)
        for flags in (["--server-side=true"], ["--server-side=false"]):  # Helm 3 does the latter
            with self.subTest(flags):
                self.release.upgrade({"replicaCount": 3, "policy": {"notice": "30d"}}, *flags)
                self.assertEqual(len(self.release.node.running()), 3)
                self.assertEqual(self.release.certificate(), before)
        self.release.helm("rollback", "shelflife", "--wait", "--timeout=90s")
        self.release.helm("rollback", "shelflife", "1", "--wait", "--timeout=90s")
        self.release.await_settled()
        self.assertEqual(len(self.release.node.running()), 2)
        self.assertEqual(self.release.certificate(), before)
        self.assert_denied(self.apply(pod("p", DEAD), check=False))

    def test_tools_that_keep_what_a_folder_says_see_no_difference(self):
        manifest = self.release.helm("get", "manifest", "shelflife").stdout
        for flags in ((), ("--server-side", "--field-manager=folder", "--force-conflicts")):
            with self.subTest(flags):
                done = cluster.kubectl("diff", *flags, "-f", "-", input=manifest, check=False)
                self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_the_audit_writes_policy_reports_that_kubectl_shows(self):
        install_reports(self)
        self.apply(workload("Deployment", "aged", DATED, replicas=0))
        audit_now(self, self.release)
        shown = self.run_in("get", "policyreports").stdout
        self.assertIn("shelflife", shown)
        reports = json.loads(self.run_in("get", "policyreports", "-o", "json").stdout)["items"]
        self.assertEqual([(result["resources"][0]["name"], result["result"]) for report in reports for result in report["results"]],
                         [("aged", "fail")])


class OnlyApiServers(unittest.TestCase):
    """webhook.clientCA, with an API server that is configured as docs/operations.md says."""

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="shelflife-client.")))
        for name in ("front-proxy", "other"):
            self.certify(name)
        page = (ROOT / "docs/operations.md").read_text()
        for name in ("admission", "kubeconfig"):
            text = re.search(rf"^```yaml\n# {name}.yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)[1]
            (self.folder / f"{name}.yaml").write_text(re.sub("/etc/kubernetes/(webhooks|pki)", str(self.folder), text))
        self.cluster = self.enterContext(
            ControlPlane(egress=True, flags=[f"--admission-control-config-file={self.folder}/admission.yaml"]))

    def certify(self, name):
        """A CA and a client certificate, named as kubeadm names those of its front proxy."""
        def openssl(*args):
            subprocess.run(["openssl", *args], cwd=self.folder, check=True, capture_output=True)
        new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        (self.folder / "client.ext").write_text("extendedKeyUsage=clientAuth\n")
        openssl(*new, "-x509", "-subj", f"/CN={name}-ca", "-keyout", f"{name}-ca.key", "-out", f"{name}-ca.crt")
        openssl(*new, "-subj", f"/CN={name}-client", "-keyout", f"{name}-client.key", "-out", f"{name}-client.csr")
        openssl("x509", "-req", "-in", f"{name}-client.csr", "-CA", f"{name}-ca.crt", "-CAkey", f"{name}-ca.key", "-CAcreateserial",
                "-extfile", "client.ext", "-out", f"{name}-client.crt")

    def ask(self, replica, client=None):
        """The status that a client gets for a review that is not one; an error for a client that is refused."""
        context = ssl._create_unverified_context()
        if client:
            context.load_cert_chain(self.folder / f"{client}-client.crt", self.folder / f"{client}-client.key")
        connection = http.client.HTTPSConnection("127.0.0.1", replica.ports[8443], timeout=20, context=context)
        with contextlib.closing(connection):
            connection.request("POST", "/validate", "{}", {"Content-Type": "application/json"})
            return connection.getresponse().status

    def test_api_servers_are_served_and_others_are_not(self):
        values = {"webhook": {"clientCA": (self.folder / "front-proxy-ca.crt").read_text()}}
        with Release(self.cluster, "shelflife-system", values) as release:  # which waits until a pod is denied
            for replica in release.node.running():
                self.assertEqual(self.ask(replica, "front-proxy"), 400)
                for client in (None, "other"):
                    with self.assertRaises(OSError):
                        self.ask(replica, client)


class QuickStart(unittest.TestCase):
    def commands(self):
        """The commands in docs/quickstart.md, each with its output."""
        page = (ROOT / "docs/quickstart.md").read_text()
        for block in re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
            for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command = re.match(r"(?:.*\\\n)*.*\n", step)[0]
                yield command.strip(), step[len(command):].strip()

    def test_the_page_does_what_it_says_and_leaves_nothing(self):
        before = everything(cluster)
        self.enterContext(Node(cluster, "shelflife-system", BINARY))
        for command, shown in self.commands():
            with self.subTest(command):
                def run():
                    done = subprocess.run(["sh", "-c", command], cwd=ROOT, env=cluster.environment(), capture_output=True,
                                          text=True, timeout=180)
                    return done.stderr + done.stdout
                printed = run()
                pattern = ".*".join(re.escape(part) for part in shown.split("..."))
                self.assertRegex(printed, re.compile(pattern, re.DOTALL))
            if command.startswith("kubectl create namespace"):
                await_accounts(cluster, command.split()[-1])
        eventually(lambda: everything(cluster) <= before, lambda: f"nothing is left: {everything(cluster) - before}")


class Uninstall(unittest.TestCase):
    def test_reports_of_the_audit_go_with_it(self):
        install_reports(self)
        new_namespace(cluster, "shelflife-reports", "audit")
        self.addCleanup(cluster.kubectl, "delete", "namespace", "shelflife-reports", "--wait=false")
        cluster.kubectl("-n", "shelflife-reports", "create", "-f", "-", input=workload("Deployment", "aged", DATED, replicas=0))
        cluster.kubectl("-n", "shelflife-reports", "create", "-f", "-", input={
            "apiVersion": "wgpolicyk8s.io/v1alpha2", "kind": "PolicyReport", "metadata": {"name": "of-others"}})

        def reports():
            return cluster.kubectl("-n", "shelflife-reports", "get", "policyreports", "-o", "name").stdout.split()
        with Release(cluster, "shelflife-audited", {"audit": {"enabled": True}}) as release:
            audit_now(self, release)
            self.assertEqual([name.partition("/")[2] for name in reports()], ["of-others", "shelflife"])
            release.helm("uninstall", "shelflife")
            # The garbage collector looks for new kinds every 30 seconds.
            eventually(lambda: [name.partition("/")[2] for name in reports()] == ["of-others"], "the report is gone", 90)

    def test_nothing_that_the_chart_can_make_is_left(self):
        new_namespace(cluster, "shelflife-uninstall")
        before = everything(cluster)
        more = {"audit": {"enabled": True}, "autoscaling": {"enabled": True}, "priorityClassQuota": True,
                "metrics": {"dashboard": {"enabled": True}}, "catalogs": {"files": {"own.json": CATALOG}}}
        with Release(cluster, "shelflife-uninstall", more) as release:
            self.assertEqual({f"{kind} shelflife-uninstall {name}" for kind, name in MADE} - everything(cluster), set())
            release.helm("uninstall", "shelflife")
            eventually(lambda: not release.node.pods, "the replicas stop")
            release.node.settle()
            eventually(lambda: everything(cluster) <= before, lambda: f"nothing is left: {everything(cluster) - before}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
