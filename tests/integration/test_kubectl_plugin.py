"""The program as a kubectl plugin: under its other name, completed by what kubectl asks, packed for krew."""
import hashlib
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHELFLIFE = pathlib.Path(os.environ.get("SHELFLIFE", ROOT / "build/dev/shelflife")).resolve()


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=True, **more).stdout


def kubectl():
    """A real kubectl, if the control plane of tests/e2e was fetched."""
    cache = pathlib.Path(os.environ.get("SHELFLIFE_CACHE", pathlib.Path.home() / ".cache/shelflife"))
    return next(iter(sorted(cache.glob("control-plane-*/kubectl"))), None) or shutil.which("kubectl")


class Plugin(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.plugin, self.completer = self.folder / "kubectl-shelflife", self.folder / "kubectl_complete-shelflife"
        self.plugin.symlink_to(SHELFLIFE)
        self.completer.symlink_to(SHELFLIFE)

    def test_the_other_name_is_the_same_program(self):
        self.assertEqual(run(self.plugin, "version"), run(SHELFLIFE, "version"))
        shown = subprocess.run([self.plugin, "audit", "-A", "-n", "x"], capture_output=True, text=True)
        self.assertEqual(shown.returncode, 2)
        self.assertIn("--namespace and --all-namespaces", shown.stderr)

    def test_it_calls_itself_what_the_user_wrote(self):
        for words in ("--help", "audit --help", "help catalog show", "catalog --help"):
            shown = run(self.plugin, *words.split())
            self.assertTrue(shown.startswith("usage: kubectl shelflife "), words)
            self.assertNotRegex(shown, r"(?m)(?<!kubectl )(?<![/_])\bshelflife (audit|catalog|explain|COMMAND)", words)
        for words, wanted in ((["adit"], 'did you mean "kubectl shelflife audit"? See "kubectl shelflife --help"'),
                              (["audit", "--al"], 'see "kubectl shelflife audit --help"'),
                              (["catalog", "show", "x" * 40], '"kubectl shelflife catalog list CATALOG" lists')):
            shown = subprocess.run([self.plugin, *words], capture_output=True, text=True)
            self.assertEqual(shown.returncode, 2, words)
            self.assertIn(wanted, shown.stderr)
        self.assertNotIn("kubectl", run(SHELFLIFE, "audit", "--help").splitlines()[0])

    def test_kubectl_gets_completions(self):
        for words, wanted in ((("aud",), "audit"), (("audit", "--fore"), "--forecast"), (("audit", "-o", "sar"), "sarif"),
                              (("audit", "--mode", "enf"), "enforce")):
            lines = run(self.completer, *words).splitlines()
            self.assertEqual([line.split("\t")[0] for line in lines], [wanted, ":4"], words)
            if kubectl():
                asked = run(kubectl(), "__complete", "shelflife", *words,
                            env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"}).splitlines()
                self.assertEqual(asked, lines)

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
