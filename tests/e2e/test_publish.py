"""What an audit writes to a real API server: reports by namespace, which are applied under our field manager, removed when
they are no longer needed, and not written twice; and Events, which `kubectl describe` shows once."""
import json
import os
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from cluster import ControlPlane  # noqa: E402

BINARY = pathlib.Path(os.environ.get("SHELFLIFE", HERE.parents[1] / "build/dev/shelflife")).resolve()
AT = "2026-11-23"
DENIED = "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"
WARNED = "python:3.8-slim"
FINE = "ghcr.io/acme/app:1"
STRING, INTEGER = {"type": "string"}, {"type": "integer"}
# The fields of both kinds of reports that the tests need. The API server drops fields that a schema does not name.
RESULT = {"type": "object", "required": ["policy"], "properties": {
    **{key: STRING for key in ("source", "policy", "rule", "category", "message")}, "scored": {"type": "boolean"},
    "severity": {"type": "string", "enum": ["critical", "high", "low", "medium", "info"]},
    "result": {"type": "string", "enum": ["pass", "fail", "warn", "error", "skip"]},
    "timestamp": {"type": "object", "required": ["nanos", "seconds"],
                  "properties": {"nanos": {"type": "integer", "format": "int32"}, "seconds": {"type": "integer", "format": "int64"}}},
    "properties": {"type": "object", "additionalProperties": STRING},
    "resources": {"type": "array", "items": {"type": "object", "properties": {
        key: STRING for key in ("apiVersion", "kind", "name", "namespace", "uid")}}}}}
REPORT = {"type": "object", "properties": {
    "source": STRING, "scope": {"type": "object", "properties": {key: STRING for key in ("apiVersion", "kind", "name")}},
    "summary": {"type": "object", "properties": {key: INTEGER for key in ("pass", "fail", "warn", "error", "skip")}},
    "results": {"type": "array", "items": RESULT}}}


def definition(group, version, kind, scope):
    plural = kind.lower() + "s"
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}",
                         "annotations": {"api-approved.kubernetes.io": "https://github.com/kubernetes/enhancements/pull/1111"}},
            "spec": {"group": group, "scope": scope, "names": {"kind": kind, "plural": plural},
                     "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": REPORT}}]}}


KINDS = {"wgpolicyk8s.io": ("v1alpha2", "PolicyReport"), "openreports.io": ("v1alpha1", "Report")}


class WriteBack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = cls.enterClassContext(ControlPlane(controllers=False))

    def install(self, group):
        version, kind = KINDS[group]
        for name, scope in ((kind, "Namespaced"), ("Cluster" + kind, "Cluster")):
            crd = definition(group, version, name, scope)
            self.cluster.kubectl("apply", "-f", "-", input=crd)
            self.cluster.kubectl("wait", "--for=condition=Established", "crd/" + crd["metadata"]["name"])
            self.addCleanup(self.cluster.kubectl, "delete", "crd", crd["metadata"]["name"])
        return f"/apis/{group}/{version}/{kind.lower()}s"

    def deploy(self, namespace, name, *images):
        self.cluster.kubectl("create", "namespace", namespace, check=False)
        self.addCleanup(self.cluster.kubectl, "delete", "deployment", name, "-n", namespace, "--ignore-not-found")
        containers = [{"name": f"c{i}", "image": image} for i, image in enumerate(images)]
        self.cluster.kubectl("apply", "-f", "-", input={
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace},
            "spec": {"selector": {"matchLabels": {"app": name}}, "template": {
                "metadata": {"labels": {"app": name}}, "spec": {"containers": containers}}}})

    def audit(self, *args, code=1):
        done = subprocess.run([BINARY, "audit", f"--kubeconfig={self.cluster.kubeconfig}", "--at", AT, *args],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def reports(self, path):
        """The reports with their managed fields, which only some versions of kubectl show by default."""
        items = self.cluster.api("GET", path)["items"]
        return {(item["metadata"]["namespace"], item["metadata"]["name"]): item for item in items}

    def test_reports_come_stay_and_go(self):
        path = self.install("wgpolicyk8s.io")
        self.deploy("team-a", "train", DENIED, WARNED)
        self.deploy("team-b", "web", WARNED)
        self.deploy("team-c", "fine", FINE)
        self.cluster.kubectl("apply", "-f", "-", input={
            "apiVersion": "wgpolicyk8s.io/v1alpha2", "kind": "PolicyReport", "metadata": {"name": "shelflife-of-others", "namespace": "team-c"}})

        self.assertIn("2 reports written, 0 unchanged, 0 removed", self.audit("--write-reports"))
        reports = self.reports(path)
        self.assertEqual(set(reports), {("team-a", "shelflife"), ("team-b", "shelflife"), ("team-c", "shelflife-of-others")})
        report = reports["team-a", "shelflife"]
        self.assertEqual({key: n for key, n in report["summary"].items() if n}, {"fail": 1, "warn": 1})
        self.assertEqual(report["results"][0]["result"], "fail")
        self.assertEqual(report["results"][0]["properties"]["image"], DENIED)
        self.assertEqual(report["results"][0]["resources"],
                         [{"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "team-a", "name": "train"}])
        self.assertEqual([(m["manager"], m["operation"]) for m in report["metadata"]["managedFields"]], [("shelflife", "Apply")])

        self.assertIn("0 reports written, 2 unchanged, 0 removed", self.audit("--write-reports"))
        self.assertEqual(self.reports(path), reports)

        self.deploy("team-a", "train", WARNED)
        self.cluster.kubectl("delete", "deployment", "web", "-n", "team-b")
        self.assertIn("1 reports written, 0 unchanged, 1 removed", self.audit("--write-reports", code=0))
        reports = self.reports(path)
        self.assertEqual(set(reports), {("team-a", "shelflife"), ("team-c", "shelflife-of-others")})
        self.assertEqual(len(reports["team-a", "shelflife"]["results"]), 1)

    def test_an_audit_of_one_namespace_leaves_the_others_alone(self):
        path = self.install("openreports.io")
        self.deploy("team-a", "train", DENIED)
        self.deploy("team-b", "web", WARNED)
        self.audit("--write-reports")
        self.assertEqual(set(self.reports(path)), {("team-a", "shelflife"), ("team-b", "shelflife")})
        self.assertEqual(self.reports(path)["team-a", "shelflife"]["source"], "shelflife")
        self.deploy("team-b", "web", FINE)
        self.deploy("team-a", "train", FINE)
        self.assertIn("0 reports written, 0 unchanged, 1 removed", self.audit("--write-reports", "-n", "team-b", code=0))
        self.assertEqual(set(self.reports(path)), {("team-a", "shelflife")})

    def test_a_cluster_role_owns_the_reports(self):
        path = self.install("wgpolicyk8s.io")
        self.deploy("team-a", "train", DENIED)
        self.audit("--write-reports")
        self.cluster.kubectl("create", "clusterrole", "owner", "--verb=get", "--resource=pods")
        self.addCleanup(self.cluster.kubectl, "delete", "clusterrole", "owner")
        self.assertIn("1 reports written, 0 unchanged", self.audit("--write-reports", "--reports-owner=owner"))
        self.assertIn("0 reports written, 1 unchanged", self.audit("--write-reports", "--reports-owner=owner"))
        role = json.loads(self.cluster.kubectl("get", "clusterrole", "owner", "-o", "json").stdout)
        self.assertEqual(self.reports(path)["team-a", "shelflife"]["metadata"]["ownerReferences"], [{
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "name": "owner", "uid": role["metadata"]["uid"]}])

        self.assertIn("the owner of the reports: ", self.audit("--write-reports", "--reports-owner=no-such-role", code=3))
        self.assertIn("no metadata.uid", self.audit("--write-reports", "--reports-owner=", code=2))
        self.assertIn("--write-reports", self.audit("--reports-owner=owner", code=2))

    def test_many_findings_are_several_reports(self):
        path = self.install("wgpolicyk8s.io")
        items = [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": f"d{i}", "namespace": "team-many"},
                  "spec": {"selector": {"matchLabels": {"app": "d"}}, "template": {
                      "metadata": {"labels": {"app": "d"}}, "spec": {"containers": [{"name": "c", "image": WARNED}]}}}}
                 for i in range(450)]
        self.cluster.kubectl("create", "namespace", "team-many")
        self.cluster.kubectl("create", "-f", "-", input={"apiVersion": "v1", "kind": "List", "items": items})
        self.addCleanup(self.cluster.kubectl, "delete", "deployment", "--all", "-n", "team-many")
        self.audit("--write-reports", code=0)
        self.assertEqual({name: len(report["results"]) for (namespace, name), report in self.reports(path).items()
                          if namespace == "team-many"}, {"shelflife": 400, "shelflife-2": 50})

    def test_events_are_shown_once(self):
        self.deploy("team-a", "train", DENIED, WARNED)
        self.assertIn("2 events written, 0 unchanged", self.audit("--write-events"))
        self.assertIn("0 events written, 2 unchanged", self.audit("--write-events"))
        described = self.cluster.kubectl("describe", "deployment", "train", "-n", "team-a").stdout
        self.assertIn("ImageUnavailable", described)
        self.assertIn("TensorFlow 2.11", described)
        self.assertEqual({event["reason"] for event in self.cluster.api("GET", "/api/v1/namespaces/team-a/events")["items"]}, {"ImageUnavailable", "ImageUnpatched"})

    def test_says_what_is_missing(self):
        self.assertIn("has neither policyreports.wgpolicyk8s.io nor reports.openreports.io", self.audit("--write-reports", code=2))
        self.assertIn("cannot be used with a selector", self.audit("--write-reports", "-l", "app=a", code=2))
        done = subprocess.run([BINARY, "audit", "--write-reports", "-"], capture_output=True, text=True, input="")
        self.assertEqual(done.returncode, 2, done.stderr)

    def test_who_may_not_write_is_told(self):
        self.install("wgpolicyk8s.io")
        self.deploy("team-a", "train", DENIED)
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "viewer"},
                "subjects": [{"kind": "User", "name": "developer", "apiGroup": "rbac.authorization.k8s.io"}],
                "roleRef": {"kind": "ClusterRole", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"}}
        reader = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "reader"},
                  "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list"]}]}
        self.cluster.kubectl("apply", "-f", "-", input={"apiVersion": "v1", "kind": "List", "items": [reader, role]})
        config = json.loads(self.cluster.kubeconfig.read_text())
        config["users"][0]["user"] = {"token": "developer-of-this-test"}
        other = self.cluster.folder / "developer"
        other.write_text(json.dumps(config))
        done = subprocess.run([BINARY, "audit", f"--kubeconfig={other}", "--at", AT, "--write-reports"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("403", done.stderr)


if __name__ == "__main__":
    unittest.main()
