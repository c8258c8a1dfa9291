"""Tries to bring a dead image in through the input of a controller that the policy trusts (`existingWorkloads: keep`)."""
import copy
import json
import pathlib
import re
import subprocess
import sys
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from webhook import BINARY, DAY, DEAD, FINE, ROOT, TestCase, pod_review  # noqa: E402

ACCOUNT = "system:serviceaccount:"
CONTROLLER = ACCOUNT + "kube-system:statefulset-controller"
HEAD = "apiVersion: shelflife.dev/v1\nkind: Policy\n"
PRESETS = """existingWorkloads: keep
trustedControllers:
  presets:
  - name: kubernetes
  - {name: kubeflow, namespace: kubeflow}
  - {name: argo, namespace: argo}
  - {name: knative, namespace: knative-serving}
  - {name: tekton, namespace: tekton-pipelines}
"""
INPUTS = yaml.safe_load((ROOT / "tests/data/trusted-inputs.yaml").read_text())


def places(value):
    """How many images the example has."""
    if isinstance(value, (dict, list)):
        return sum(map(places, value.values() if isinstance(value, dict) else value))
    return int(value == "IMAGE")


def with_dead(value, number):
    """A copy with a dead image at the place of that number, and a fine one at all others."""
    counter = iter(range(places(value)))

    def copied(inner):
        if isinstance(inner, dict):
            return {key: copied(child) for key, child in inner.items()}
        if isinstance(inner, list):
            return [copied(child) for child in inner]
        return inner if inner != "IMAGE" else DEAD if next(counter) == number else FINE
    return copied(value)


def review(thing, resource, user="dev", operation="CREATE", namespace="team-a", old=None):
    """A review as an API server sends it."""
    group, _, version = thing["apiVersion"].rpartition("/")
    resource, _, subresource = resource.partition("/")
    request = {"kind": {"group": group, "version": version, "kind": thing["kind"]},
               "resource": {"group": group, "version": version, "resource": resource}, "operation": operation,
               "userInfo": {"username": user}, "oldObject": old, "object": thing}
    made = pod_review(**request, **({"subResource": subresource} if subresource else {}))
    if namespace:
        made["request"]["namespace"] = namespace
    else:
        del made["request"]["namespace"]
    return made


def revision(data, controller=None):
    thing = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": "db-1", "namespace": "team-a"},
             "revision": 1, "data": data}
    if controller:
        thing["metadata"]["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": controller, "name": "db", "uid": "1",
                                                 "controller": True, "blockOwnerDeletion": True}]
    return thing


def template(image=DEAD):
    return {"spec": {"template": {"$patch": "replace", "spec": {"containers": [{"name": "main", "image": image}]}}}}


class Trust(TestCase):
    def server(self, policy=PRESETS):
        file = self.folder / f"{self._testMethodName}.yaml"
        file.write_text(HEAD + policy)
        return self.serve("--policy", file)

    def answer(self, server, made, path="/validate/enforce?timeout=10s"):
        status, reply, _ = server.post(made, path)
        self.assertEqual(status, 200)
        return reply["response"]

    def assert_denied(self, response, about=""):
        self.assertFalse(response["allowed"], about)
        self.assertEqual(response["status"]["code"], 403, about)
        self.assertIn("past end of availability", response["status"]["message"], about)

    def test_each_image_that_a_user_can_hand_to_a_trusted_controller_is_denied(self):
        server = self.server()
        for preset in INPUTS:
            for example in preset["objects"]:
                example = copy.deepcopy(example)
                resource, namespace = example.pop("resource"), None if example.pop("cluster", False) else "team-a"
                example["metadata"] = {"name": "x"}
                self.assertTrue(places(example), example["kind"])
                for number in range(places(example)):
                    about = f"{example['kind']}, image {number}"
                    thing = with_dead(example, number)
                    if "/" in resource:
                        made = review(thing, resource, operation="UPDATE", old=with_dead(example, -1))
                    else:
                        made = review(thing, resource, namespace=namespace)
                    self.assert_denied(self.answer(server, made), about)
                self.assertTrue(self.answer(server, review(with_dead(example, -1), resource, namespace=namespace))["allowed"],
                                example["kind"])

    def test_each_trusted_kind_of_owner_is_in_the_list(self):
        source = (ROOT / "src/policy/controllers.c").read_text()
        arrays = re.findall(r"struct policy_trust (\w+)\[\] = \{\n(.*?)\n\};", source, re.S)
        self.assertEqual([name for name, _ in arrays], [preset["preset"] for preset in INPUTS])
        for (name, rows), preset in zip(arrays, INPUTS):
            trusted = set(re.findall(r'TRUST\([^,]+, "([^"]*)", *\n? *"(\w+)"\)', rows))
            self.assertEqual(len(re.findall(r"TRUST\(", rows)), len(re.findall(r'TRUST\([^,]+, "[^"]*",\s*"\w+"\)', rows)))
            listed = {(thing["apiVersion"].rpartition("/")[0], thing["kind"]) for thing in preset["objects"]}
            self.assertTrue(trusted)
            self.assertEqual(trusted - listed, set(), name)

    def test_a_revision_with_a_dead_image_is_denied_to_everyone_but_its_controller(self):
        for policy in (PRESETS, "existingWorkloads: enforce\n"):
            server = self.server(policy)
            dead = revision(template(), "StatefulSet")
            for user in ("dev", "system:serviceaccount:team-a:statefulset-controller", CONTROLLER + "x"):
                self.assert_denied(self.answer(server, review(dead, "controllerrevisions", user)), user)
            for user, kind in ((CONTROLLER, "StatefulSet"), ("system:kube-controller-manager", "StatefulSet"),
                               (ACCOUNT + "kube-system:daemon-set-controller", "DaemonSet")):
                response = self.answer(server, review(revision(template(), kind), "controllerrevisions", user))
                self.assertTrue(response["allowed"], user)
                self.assertNotIn("warnings", response)
            self.assert_denied(self.answer(server, review(revision(template()), "controllerrevisions", CONTROLLER)))

    def test_a_revision_is_read_as_its_controller_reads_it(self):
        """The controller takes it for a patch, whose keys it compares without regard to case."""
        server = self.server()
        containers = [{"name": "main", "image": DEAD}]
        for data in (
            {"Spec": {"template": {"spec": {"containers": containers}}}},
            {"spec": {"Template": {"SPEC": {"Containers": [{"Name": "main", "Image": DEAD}]}}}},
            {"\u017fpec": {"template": {"\u017fpec": {"container\u017f": containers}}}},
            {"spec": {"template": {"spec": {"InitContainers": containers}}}},
            {"spec": {"template": {"spec": {"initContainers": containers}}}},
            {"spec": {"template": {"spec": {"ephemeralContainers": containers}}}},
            {"spec": {"template": {"spec": {"Volumes": [{"name": "v", "Image": {"Reference": DEAD}}]}}}},
        ):
            self.assert_denied(self.answer(server, review(revision(data), "controllerrevisions")), data)
        for data in ({"spec": {"template": {"spec": {"containers": [{"name": "main", "x": DEAD}]}}}},
                     {"other": template()}, template(FINE)):
            self.assertTrue(self.answer(server, review(revision(data), "controllerrevisions"))["allowed"], data)

    def test_all_images_of_duplicate_keys_in_a_revision_count(self):
        server = self.server()
        body = json.dumps(review(revision(template("FIRST")), "controllerrevisions"))
        for first, second in ((DEAD, FINE), (FINE, DEAD)):
            doubled = body.replace('"image": "FIRST"', f'"image": "{first}", "image": "{second}"')
            self.assertIn(f'"{first}", "image": "{second}"', doubled)
            self.assert_denied(self.answer(server, doubled.encode()), second)

    def test_an_old_revision_can_be_labelled_and_adopted(self):
        server = self.server()
        old = revision(template())
        response = self.answer(server, review(revision(template(), "StatefulSet"), "controllerrevisions", operation="UPDATE",
                                              old=old))
        self.assertTrue(response["allowed"])

    def test_an_account_in_a_namespace_that_the_policy_does_not_name_is_not_trusted(self):
        server = self.server()
        for user, group, kind in (("mpi-operator:mpi-operator", "kubeflow.org/v1", "MPIJob"),
                                  ("jobset-system:jobset-controller-manager", "jobset.x-k8s.io/v1alpha2", "JobSet"),
                                  ("kubeflow-system:kubeflow-trainer-controller-manager", "trainer.kubeflow.org/v1alpha1", "TrainJob"),
                                  ("argo-rollouts:argo-rollouts", "argoproj.io/v1alpha1", "Rollout")):
            pod = pod_review(DEAD)["request"]["object"]
            pod["metadata"]["ownerReferences"] = [{"apiVersion": group, "kind": kind, "name": "x", "uid": "1", "controller": True}]
            self.assert_denied(self.answer(server, review(pod, "pods", ACCOUNT + user)), user)
            named = ACCOUNT + ("argo:" if "argo" in user else "kubeflow:") + user.partition(":")[2]
            self.assertTrue(self.answer(server, review(pod, "pods", named))["allowed"], named)

    def test_an_object_without_a_namespace_has_the_default_mode_of_the_policy(self):
        thing = {"apiVersion": "tekton.dev/v1beta1", "kind": "ClusterTask", "metadata": {"name": "x"},
                 "spec": {"steps": [{"name": "a", "image": DEAD}]}}
        made = review(thing, "clustertasks", namespace=None)
        server = self.server(PRESETS + "mode: warn\n")
        response = self.answer(server, made, "/validate")
        self.assertTrue(response["allowed"])
        self.assertIn("past end of availability", response["warnings"][0])
        self.assert_denied(self.answer(server, made, "/validate/enforce"))


class Audit(unittest.TestCase):
    def test_old_revisions_are_no_workloads(self):
        things = [revision(template(), "StatefulSet"),
                  {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "main", "image": FINE}]}}]
        lists = {"kind": "List", "apiVersion": "v1", "items": things}, \
                {"kind": "ControllerRevisionList", "apiVersion": "apps/v1",
                 "items": [{key: value for key, value in things[0].items() if key not in ("apiVersion", "kind")}]}
        for text in map(json.dumps, lists):
            done = subprocess.run([BINARY, "audit", "-f", "-", "-o", "json", "--at", DAY], input=text, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ""), text)
            self.assertNotIn(DEAD, done.stdout)


if __name__ == "__main__":
    unittest.main()
