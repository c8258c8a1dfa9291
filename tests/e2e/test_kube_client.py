"""The Kubernetes client of src/kube against a real API server (kube_client.c)."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from cluster import DEVELOPER_TOKEN, ControlPlane  # noqa: E402

CLIENT = pathlib.Path(os.environ.get("KUBE_CLIENT", HERE.parents[1] / "build/dev/tests/kube_client"))


class KubeClient(unittest.TestCase):
    def test_client(self):
        with ControlPlane(controllers=False, uncached=["namespaces"]) as cluster:
            # A list that is continued must reach etcd, whose compaction ends it: from Kubernetes 1.34 the watch cache
            # serves continued lists, too (ListFromCacheSnapshot).
            for i in range(5):
                cluster.kubectl("create", "namespace", f"page-{i}")
            pod = cluster.folder / "pod"
            pod.mkdir()
            (pod / "token").write_text(DEVELOPER_TOKEN)
            (pod / "namespace").write_text("default")
            shutil.copy(cluster.folder / "api/apiserver.crt", pod / "ca.crt")  # self-signed
            etcd = next(arg.split("=", 1)[1] for arg in map(str, cluster.processes[0].args)
                        if arg.startswith("--listen-client-urls="))
            done = subprocess.run([CLIENT, cluster.kubeconfig, "127.0.0.1", str(cluster.port), pod, etcd],
                                  capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
