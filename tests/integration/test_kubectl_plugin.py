"""The program as a kubectl plugin: under its other name, completed by what kubectl asks, packed for krew."""
import hashlib
import os
import pathlib
import subprocess
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHELFLIFE = pathlib.Path(os.environ.get("SHELFLIFE", ROOT / "build/dev/shelflife")).resolve()


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=True, **more).stdout


class Plugin(unittest.TestCase):
    def test_the_other_name_is_the_same_program(self):
        with tempfile.TemporaryDirectory() as folder:
            plugin = pathlib.Path(folder, "kubectl-shelflife")
            plugin.symlink_to(SHELFLIFE)
            self.assertEqual(run(plugin, "version"), run(SHELFLIFE, "version"))
            shown = subprocess.run([plugin, "audit", "-A", "-n", "x"], capture_output=True, text=True)
            self.assertEqual(shown.returncode, 2)
            self.assertIn("--namespace and --all-namespaces", shown.stderr)

    def test_kubectl_gets_completions(self):
        complete = ROOT / "deploy/completions/kubectl_complete-shelflife"
        for words, wanted in ((("aud",), "audit"), (("audit", "--fore"), "--forecast"), (("audit", "-o", "sar"), "sarif"),
                              (("audit", "--mode", "enf"), "enforce")):
            lines = run(complete, *words).splitlines()
            self.assertEqual(lines, [wanted, ":4"], words)

    def test_krew_takes_the_archive(self):
        with tempfile.TemporaryDirectory() as folder:
            archive = pathlib.Path(folder, "shelflife.tar.gz")
            environment = {**os.environ, "SOURCE_DATE_EPOCH": "1800000000"}
            hashes = set()
            for _ in range(2):
                run(ROOT / "deploy/krew/archive.sh", SHELFLIFE, archive, env=environment)
                hashes.add(hashlib.sha256(archive.read_bytes()).hexdigest())
            self.assertEqual(len(hashes), 1)
            with tarfile.open(archive) as members:
                self.assertEqual(members.getnames(), ["LICENSE", "shelflife"])
            manifest = run(ROOT / "deploy/krew/manifest.sh", "0.1.0", "https://example.com",
                           f"amd64={archive}=https://example.com/a.tar.gz")
            self.assertIn(f"    sha256: {hashes.pop()}\n", manifest)
            self.assertIn("    uri: https://example.com/a.tar.gz\n", manifest)
            self.assertIn("arch: amd64", manifest)


if __name__ == "__main__":
    unittest.main()
