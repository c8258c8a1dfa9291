"""The exported ValidatingAdmissionPolicy in a real API server, without any webhook."""
import os
import pathlib
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from cluster import ControlPlane  # noqa: E402

BINARY = pathlib.Path(os.environ.get("SHELFLIFE", HERE.parents[1] / "build/dev/shelflife")).resolve()
DEAD = "gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112"
FINE = "ghcr.io/acme/app:1.2.3"


def pod(image, name="p"):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [{"name": "main", "image": image}]}}


def deployment(image):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {
        "replicas": 0, "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": pod(image)["spec"]}}}


class Exported(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = ControlPlane().__enter__()
        cls.addClassCleanup(cls.cluster.__exit__)
        if not cls.cluster.serves("admissionregistration.k8s.io/v1", "validatingadmissionpolicies"):
            raise unittest.SkipTest("ValidatingAdmissionPolicy is served from Kubernetes 1.30")
        done = subprocess.run([BINARY, "catalog", "export", "vap"], check=True, capture_output=True, text=True)
        cls.cluster.kubectl("apply", "--server-side", "-f", "-", input=done.stdout)

    def apply(self, what, *flags):
        return self.cluster.kubectl("apply", *flags, "-f", "-", input=what, check=False)

    def wait_for_denial(self):
        for _ in range(300):
            done = self.apply(pod(DEAD, "probe"), "--dry-run=server")
            if done.returncode:
                return done.stderr
            time.sleep(0.1)
        self.fail("the policy does not take effect")

    def test_a_dead_image_is_denied_by_its_name(self):
        said = self.wait_for_denial()
        self.assertIn("ValidatingAdmissionPolicy 'shelflife-dates'", said)
        self.assertIn(f"image {DEAD} is past the support dates", said)

    def test_a_workload_is_denied_and_what_is_fine_passes(self):
        self.wait_for_denial()
        self.assertNotEqual(self.apply(deployment(DEAD)).returncode, 0)
        self.assertEqual(self.apply(deployment(FINE)).returncode, 0)
        changed = self.cluster.kubectl("set", "image", "deployment/d", f"main={DEAD}", check=False)
        self.assertIn("is past the support dates", changed.stderr)
        self.assertEqual(self.apply(pod(FINE)).returncode, 0)

    def test_a_namespace_labelled_warn_is_warned(self):
        self.wait_for_denial()
        self.cluster.kubectl("label", "--overwrite", "namespace", "default", "shelflife.dev/mode=warn")
        self.addCleanup(self.cluster.kubectl, "label", "namespace", "default", "shelflife.dev/mode-")
        for _ in range(300):
            done = self.apply(pod(DEAD, "warned"), "--dry-run=server")
            if done.returncode == 0:
                break
            time.sleep(0.1)
        self.assertIn("Warning: ", done.stderr)

    def test_kubernetes_finds_no_fault_in_its_types(self):
        if self.cluster.stand_in:
            self.skipTest("types are checked by kube-controller-manager, and there is none")
        self.wait_for_denial()
        for _ in range(300):
            status = self.cluster.kubectl("get", "validatingadmissionpolicy", "shelflife-dates", "-o", "jsonpath={.status}").stdout
            if "typeChecking" in status:
                break
            time.sleep(0.1)
        self.assertIn("typeChecking", status)
        self.assertNotIn("expressionWarnings", status)


if __name__ == "__main__":
    unittest.main(verbosity=2)
