"""Does what kube-controller-manager does, as far as these tests need it, for sets of programs without one (a directory in
KUBEBUILDER_ASSETS often has only etcd, kube-apiserver and kubectl): service accounts, Deployments, ReplicaSets, Jobs,
garbage collection, and the deletion of namespaces. Pods are created under the user name of the real controller, so that
admission sees it."""
import hashlib
import json
import sys
import threading
import time
import traceback

from cluster import ApiError

MERGE = "application/merge-patch+json"
TOKEN_OF = "kubernetes.io/service-account.uid"
REPORTS = "/apis/wgpolicyk8s.io/v1alpha2/policyreports"


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def owners(thing):
    return [owner["uid"] for owner in thing["metadata"].get("ownerReferences", [])]


def owned_by(owner, version, kind):
    return [{"apiVersion": version, "kind": kind, "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
             "controller": True, "blockOwnerDeletion": True}]


def is_ready(pod):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions", []))


class Controllers:
    def __init__(self, cluster, certificate):
        self.cluster, self.certificate = cluster, certificate
        self.ended = threading.Event()
        self.refused = {}  # when a ReplicaSet's pod was last refused
        self.furnished = set()  # namespaces
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def end(self):
        self.ended.set()
        self.thread.join()

    def _run(self):
        tokens = [self._tokens] if self.cluster.minor < 24 else []
        while not self.ended.wait(0.3):
            try:
                # Dependents before owners: an owner that is missing after that has been deleted.
                self.pods, self.sets, self.jobs, self.deployments = map(self._list, (
                    "/api/v1/pods", "/apis/apps/v1/replicasets", "/apis/batch/v1/jobs", "/apis/apps/v1/deployments"))
                for work in (self._namespaces, *tokens, self._deployments, self._replica_sets, self._jobs, self._garbage,
                             self._reports):
                    work()
            except ApiError as error:
                if error.code not in (403, 404, 409):  # another controller was quicker: read again
                    print(error, file=sys.stderr)
            except Exception:  # the API server may be stopping
                if not self.ended.is_set():
                    traceback.print_exc(file=sys.stderr)

    def _list(self, path):
        return self.cluster.api("GET", path)["items"]

    def _patch(self, path, patch):
        self.cluster.api("PATCH", path, patch, MERGE)

    def _write_status(self, path, thing, status):
        """Writes a status if it has changed."""
        old = dict(thing.get("status", {}))
        old["conditions"] = [{key: value for key, value in condition.items() if value} for condition in old.get("conditions", [])]
        if any((old.get(key) or None) != (value or None) for key, value in status.items()):
            self._patch(f"{path}/{thing['metadata']['name']}/status", {"status": status})

    # Namespaces

    def _namespaces(self):
        for namespace in self._list("/api/v1/namespaces"):
            name, path = namespace["metadata"]["name"], "/api/v1/namespaces/" + namespace["metadata"]["name"]
            if "deletionTimestamp" in namespace["metadata"]:
                self._empty(name)
                namespace["spec"]["finalizers"] = []
                self.cluster.api("PUT", path + "/finalize", namespace)
            elif namespace["metadata"]["uid"] not in self.furnished:
                self.furnished.add(namespace["metadata"]["uid"])
                self.cluster.api("POST", path + "/configmaps", {"metadata": {"name": "kube-root-ca.crt"},
                                                                "data": {"ca.crt": self.certificate}})
                self.cluster.api("POST", path + "/serviceaccounts", {"metadata": {"name": "default"}})

    def _tokens(self):
        """Before 1.24, admission mounts the Secret of a service account and waits until there is one."""
        accounts = self._list("/api/v1/serviceaccounts")
        for secret in self._list("/api/v1/secrets?fieldSelector=type=kubernetes.io/service-account-token"):
            if secret["metadata"]["annotations"][TOKEN_OF] not in (account["metadata"]["uid"] for account in accounts):
                self._delete("/api/v1", "secrets", secret)
        for account in accounts:
            name, namespace = account["metadata"]["name"], account["metadata"]["namespace"]
            path = f"/api/v1/namespaces/{namespace}"
            if account.get("secrets"):
                continue
            token = self.cluster.api("POST", f"{path}/serviceaccounts/{name}/token", {
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})["status"]["token"]
            secret = self.cluster.api("POST", path + "/secrets", {
                "metadata": {"generateName": name + "-token-",
                             "annotations": {"kubernetes.io/service-account.name": name, TOKEN_OF: account["metadata"]["uid"]}},
                "type": "kubernetes.io/service-account-token",
                "stringData": {"token": token, "namespace": namespace, "ca.crt": self.certificate}})
            self._patch(f"{path}/serviceaccounts/{name}", {"secrets": [{"name": secret["metadata"]["name"]}]})

    def _empty(self, namespace):
        kinds = [line.split()[0] for line in self.cluster.kubectl(
            "api-resources", "--namespaced", "--verbs=list,delete", "-o", "name").stdout.splitlines()]
        self.cluster.kubectl("-n", namespace, "delete", ",".join(kinds), "--all", "--wait=false", check=False)

    # Workloads

    def _deployments(self):
        for deployment in self.deployments:
            metadata, spec = deployment["metadata"], deployment["spec"]
            path = f"/apis/apps/v1/namespaces/{metadata['namespace']}"
            digest = hashlib.sha256(json.dumps(spec["template"], sort_keys=True).encode()).hexdigest()[:10]
            mine = [s for s in self.sets if metadata["uid"] in owners(s)]
            new = next((s for s in mine if s["metadata"]["labels"]["pod-template-hash"] == digest), None)
            if not new:
                self._create_set(deployment, digest)
                continue
            ready = new["status"].get("readyReplicas", 0)
            for s in mine:
                replicas = spec["replicas"] if s is new else 0 if ready >= spec["replicas"] else s["spec"]["replicas"]
                if s["spec"]["replicas"] != replicas:
                    self._patch(f"{path}/replicasets/{s['metadata']['name']}", {"spec": {"replicas": replicas}})
            done = "NewReplicaSetAvailable" if ready >= spec["replicas"] else "ReplicaSetUpdated"
            self._write_status(path + "/deployments", deployment, {
                "observedGeneration": metadata["generation"], "replicas": sum(s["status"]["replicas"] for s in mine),
                "updatedReplicas": new["status"]["replicas"], "readyReplicas": ready, "availableReplicas": ready,
                "conditions": [{"type": "Available", "status": str(ready >= spec["replicas"])},
                               {"type": "Progressing", "status": "True", "reason": done}]})

    def _create_set(self, deployment, digest):
        metadata, spec = deployment["metadata"], deployment["spec"]
        template = json.loads(json.dumps(spec["template"]))
        template["metadata"]["labels"]["pod-template-hash"] = digest
        labels = template["metadata"]["labels"]
        self.cluster.api("POST", f"/apis/apps/v1/namespaces/{metadata['namespace']}/replicasets", {
            "metadata": {"name": f"{metadata['name']}-{digest}", "labels": labels,
                         "ownerReferences": owned_by(deployment, "apps/v1", "Deployment")},
            "spec": {"replicas": spec["replicas"], "template": template,
                     "selector": {"matchLabels": {**spec["selector"]["matchLabels"], "pod-template-hash": digest}}}},
            controller="deployment-controller")

    def _replica_sets(self):
        for s in self.sets:
            mine = [pod for pod in self.pods
                    if s["metadata"]["uid"] in owners(pod) and "deletionTimestamp" not in pod["metadata"]]
            for _ in range(s["spec"]["replicas"] - len(mine)):
                self._create_pod(s, "apps/v1", "ReplicaSet", "replicaset-controller")
            for pod in sorted(mine, key=is_ready)[:max(0, len(mine) - s["spec"]["replicas"])]:
                self._delete("/api/v1", "pods", pod)
            ready = sum(map(is_ready, mine))
            self._write_status(f"/apis/apps/v1/namespaces/{s['metadata']['namespace']}/replicasets", s, {
                "observedGeneration": s["metadata"]["generation"], "replicas": len(mine), "readyReplicas": ready,
                "availableReplicas": ready})

    def _create_pod(self, owner, version, kind, controller):
        metadata, template = owner["metadata"], owner["spec"]["template"]
        if time.monotonic() - self.refused.get(metadata["uid"], -9) < 2:
            return
        path = f"/api/v1/namespaces/{metadata['namespace']}"
        try:
            self.cluster.api("POST", path + "/pods", {
                "metadata": {**template["metadata"], "generateName": metadata["name"] + "-",
                             "ownerReferences": owned_by(owner, version, kind)}, "spec": template["spec"]}, controller=controller)
        except ApiError as error:
            self.refused[metadata["uid"]] = time.monotonic()
            self.cluster.api("POST", path + "/events", {
                "metadata": {"generateName": metadata["name"] + "."}, "type": "Warning", "reason": "FailedCreate",
                "message": str(error), "firstTimestamp": now(), "lastTimestamp": now(), "count": 1,
                "involvedObject": {"apiVersion": version, "kind": kind, "name": metadata["name"],
                                   "namespace": metadata["namespace"], "uid": metadata["uid"]}})

    def _jobs(self):
        for job in self.jobs:
            if job.get("status", {}).get("conditions"):
                continue
            mine = [pod for pod in self.pods if job["metadata"]["uid"] in owners(pod)]
            phase = mine[0]["status"].get("phase") if mine else None
            path = f"/apis/batch/v1/namespaces/{job['metadata']['namespace']}/jobs"
            if not mine:
                self._create_pod(job, "batch/v1", "Job", "job-controller")
                self._write_status(path, job, {"startTime": now()})
            elif phase in ("Succeeded", "Failed"):
                # From 1.31, another condition is set before each final one.
                ends = ["SuccessCriteriaMet", "Complete"] if phase == "Succeeded" else ["FailureTarget", "Failed"]
                self._write_status(path, job, {
                    phase.lower(): 1, **({"completionTime": now()} if phase == "Succeeded" else {}),
                    "conditions": [{"type": end, "status": "True", "lastTransitionTime": now()} for end in ends]})

    # Garbage

    def _delete(self, group, kind, thing):
        self.cluster.api("DELETE", f"{group}/namespaces/{thing['metadata']['namespace']}/{kind}/{thing['metadata']['name']}")

    def _reports(self):
        """Deletes reports whose owner, a ClusterRole, is gone: the audit that wrote them was uninstalled."""
        try:
            reports = self._list(REPORTS)
        except ApiError:  # the kind is not installed
            return
        alive = {role["metadata"]["uid"] for role in self._list("/apis/rbac.authorization.k8s.io/v1/clusterroles")}
        for report in reports:
            if owners(report) and not alive & set(owners(report)):
                self._delete(*REPORTS.rsplit("/", 1), report)

    def _garbage(self):
        alive = {thing["metadata"]["uid"] for things in (self.sets, self.jobs, self.deployments) for thing in things}
        for group, kind, things in (("/api/v1", "pods", self.pods), ("/apis/apps/v1", "replicasets", self.sets)):
            for thing in things:
                if owners(thing) and not alive & set(owners(thing)):
                    self._delete(group, kind, thing)
