#!/usr/bin/env python3
"""policies/catalogs/dropped-tags, on a small repository with the history that a test needs."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from webhook import BINARY, ROOT

SCRIPT = ROOT / "policies/catalogs/dropped-tags"
RETIRED = ROOT / "policies/catalogs/retired.json"

# Day, file of library/ and its text (None: the file is removed).
HISTORY = [
    ("2015-03-01", "tomcat", "# maintainer: a name\n8.0: git://example/tomcat@0123 8.0\n"
                             "8.0-jre7: git://example/tomcat@0123 8.0/jre7\n"),
    ("2017-05-02", "tomcat", "Maintainers: a name\n\nTags: 9.0, 9.0.1, 9.0.1-alpine, 9.0-alpine,\n 9-alpine\n"
                             "Directory: 9.0\n\nTags: 8.0, rc-alpine\n"),
    ("2018-01-10", "tomcat", "Tags: 9.0, 9.0.2, 9.0.2-jdk8, 9.0-jdk8\n\n# Tags: 9.0-comment\nTags: 8.0\n"),
    ("2019-02-03", "gone", "Tags: 1.0, 1.0-alpine\n"),
    ("2019-02-04", "gone", "Tags: 1.0\n"),
    ("2020-02-05", "gone", None),
    ("2021-06-07", "tomcat", "Tags: 10.0.0-alpha1, 10.0-alpha1-jdk8, 9.0.3, 9.0\nSharedTags: 9.0-multi, slim-old\n"),
    ("2022-08-20", "tomcat", "Tags: 9.0, 9.0-jdk8, 9.0.4\n"),
    ("2023-01-02", "again", "Tags: 1, 1-slim\n"),
    ("2023-01-03", "again", "Tags: 1\n"),
    ("2023-01-04", "again", "Tags: 1, 1-slim\n"),
]


class DroppedTags(unittest.TestCase):
    """The table that the script makes."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        self.git("init", "--quiet", "--initial-branch=master")
        (self.path / "library").mkdir()
        for day, name, text in HISTORY:
            file = self.path / "library" / name
            if text is None:
                file.unlink()
            else:
                file.write_text(text)
            self.git("add", "--all")
            self.git("commit", "--quiet", "--message", name, day=day)

    def git(self, *arguments, day="2000-01-01"):
        environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
                       "GIT_COMMITTER_DATE": f"{day}T23:30:00Z", "GIT_AUTHOR_DATE": f"{day}T23:30:00Z"}
        for role in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{role}_NAME": "test", f"GIT_{role}_EMAIL": "test@images.example"}
        subprocess.run(["git", "-C", self.path, *arguments], env=environment, check=True, timeout=60)

    def run_script(self, *arguments):
        return subprocess.run([SCRIPT, self.path, *arguments], capture_output=True, text=True, timeout=60, check=False)

    def test_tags_of_releases_that_go_on(self):
        done = self.run_script()
        self.assertEqual((done.returncode, done.stderr), (0, "1 repositories, 4 tags\n"))
        product, = json.loads(done.stdout)
        self.assertEqual((product["name"], product["repositories"], product["wholeTag"]),
                         ("tomcat-tags", ["docker.io/library/tomcat"], True))
        self.assertEqual([(row["release"], row["endOfPatch"]) for row in product["rows"]],
                         [("9.0-multi", "2022-08-20"), ("slim-old", "2022-08-20"), ("9-alpine", "2018-01-10"),
                          ("9.0-alpine", "2018-01-10")])

    def test_only_the_repositories_named(self):
        done = self.run_script("again")
        self.assertEqual((done.returncode, json.loads(done.stdout)), (0, []))

    def test_a_catalog_takes_them_and_keeps_its_layout(self):
        catalog = self.path / "retired.json"
        shutil.copy(RETIRED, catalog)
        before = json.loads(catalog.read_text())
        done = self.run_script("--into", catalog)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        after = json.loads(catalog.read_text())
        self.assertEqual(after["serial"], before["serial"] + 1)
        self.assertEqual([p for p in before["products"] if p["name"] != "tomcat-tags"],
                         [p for p in after["products"] if p["name"] != "tomcat-tags"])
        done = subprocess.run([BINARY, "catalog", "lint", catalog], capture_output=True, text=True, timeout=60,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        text = catalog.read_text()
        self.assertEqual(self.run_script("--into", catalog).returncode, 0)
        self.assertEqual(catalog.read_text(), text)

    def test_our_own_catalog_has_this_layout(self):
        catalog = self.path / "retired.json"
        value = json.loads(RETIRED.read_text())
        value["products"] = [p for p in value["products"] if p["name"] != "tomcat-tags"]
        catalog.write_text(json.dumps(value))
        self.assertEqual(self.run_script("--into", catalog).returncode, 0)
        ours, made = RETIRED.read_text().splitlines(), catalog.read_text().splitlines()
        end = next(number for number, line in enumerate(ours) if '"tomcat-tags"' in line)
        self.assertEqual([line for line in ours[:end] if '"serial"' not in line],
                         [line for line in made[:end] if '"serial"' not in line])

    def test_other_repositories_are_refused(self):
        shutil.rmtree(self.path / ".git")
        self.git("init", "--quiet", "--initial-branch=master")
        (self.path / "other").write_text("")
        shutil.rmtree(self.path / "library")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "other")
        done = self.run_script()
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not a clone of official-images", done.stderr)


if __name__ == "__main__":
    unittest.main()
