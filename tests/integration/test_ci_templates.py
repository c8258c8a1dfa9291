#!/usr/bin/env python3
"""deploy/github-action and deploy/gitlab, run as their CI systems run them: inputs filled in, scripts in a shell."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import yaml
from webhook import BINARY, ROOT

DENIED = "FROM gcr.io/deeplearning-platform-release/tf2-gpu.2-11.py310:m112\n"
FINE = "FROM registry.example.com/team/app:1\n"
# Runs the program instead of a container, after checking the options of `docker run`.
DOCKER = """#!/bin/sh
[ "$1 $2 $3 $4" = "run --rm --network none" ] || exit 125
while [ "$1" != shelflife:test ]; do shift; done
shift
exec "$SHELFLIFE" "$@"
"""


class Template(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.project = self.folder / "project"
        (self.project / "app").mkdir(parents=True)
        (self.folder / "bin").mkdir()

    def program(self, name, text):
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def run_script(self, shell, script, environment):
        return subprocess.run([*shell, script], cwd=self.project, capture_output=True, text=True, timeout=120, env={
            **os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "SHELFLIFE": str(BINARY), **environment})


class GitHubAction(Template):
    action = yaml.safe_load((ROOT / "deploy/github-action/action.yml").read_text())

    def run_action(self, **inputs):
        self.program("docker", DOCKER)
        values = {name: inputs.get(name.replace("-", "_"), given.get("default")) for name, given in self.action["inputs"].items()}
        (step,) = self.action["runs"]["steps"]
        files = {name: self.folder / name.lower() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
        for file in files.values():
            file.write_text("")
        fill = lambda text: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: values[m[1]], text)
        self.assertNotIn("${{", step["run"], "an input in the script could become a command")
        done = self.run_script(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"], step["run"],
                               {key: fill(value) for key, value in step["env"].items()} | {k: str(v) for k, v in files.items()})
        outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].read_text().splitlines())
        return done, outputs, files["GITHUB_STEP_SUMMARY"].read_text()

    def test_a_denied_image_fails_the_job_and_is_in_all_reports(self):
        (self.project / "app/Dockerfile").write_text(DENIED)
        done, outputs, summary = self.run_action(image="shelflife:test")
        self.assertEqual((done.returncode, outputs["exit-code"]), (1, "1"), done.stdout + done.stderr)
        self.assertIn("tf2-gpu.2-11.py310", summary)
        (result,) = json.loads((self.project / outputs["sarif-file"]).read_text())["runs"][0]["results"]
        location = result["locations"][0]["physicalLocation"]
        self.assertEqual((location["artifactLocation"]["uri"], location["region"]["startLine"]), ("app/Dockerfile", 1))

    def test_inputs_choose_what_fails_and_what_is_read(self):
        (self.project / "app/Dockerfile").write_text(DENIED)
        (self.project / "fine").mkdir()
        (self.project / "fine/Dockerfile").write_text(FINE)
        for inputs, code in (({"fail_on": "never"}, 0), ({"paths": "fine"}, 0), ({"paths": "fine app"}, 1),
                             ({"args": "--exclude app/"}, 0), ({"paths": "missing"}, 3)):
            with self.subTest(inputs):
                done, outputs, _ = self.run_action(image="shelflife:test", **inputs)
                self.assertEqual((done.returncode, outputs["exit-code"]), (code, str(code)), done.stderr)

    def test_an_input_is_not_run_as_a_command(self):
        self.run_action(image="shelflife:test", paths="$(touch owned) `touch owned`;touch owned", args="$(touch owned)")
        self.assertFalse((self.project / "owned").exists())


class GitLabComponent(Template):
    text = (ROOT / "deploy/gitlab/audit.yml").read_text()

    def run_job(self, **inputs):
        self.program("shelflife", '#!/bin/sh\nexec "$SHELFLIFE" "$@"\n')
        head, body = self.text.split("\n---\n")
        spec = yaml.safe_load(head)["spec"]["inputs"]
        values = {name: inputs.get(name.replace("-", "_"), given.get("default")) for name, given in spec.items()}
        ((name, job),) = yaml.safe_load(re.sub(r"\$\[\[ inputs\.([\w-]+) \]\]", lambda m: values[m[1]], body)).items()
        self.assertEqual((name, job["stage"], job["image"]["name"]), ("shelflife", "test", "shelflife:0.1.0-shell"))
        return self.run_script(["busybox", "sh", "-ec"], "\n".join(job["script"]), job["variables"])

    def test_a_denied_image_fails_the_job_and_is_in_both_reports(self):
        (self.project / "app/Dockerfile").write_text(DENIED)
        done = self.run_job(image="shelflife:0.1.0-shell")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("tf2-gpu.2-11.py310", (self.project / "shelflife.html").read_text())
        cases = xml.etree.ElementTree.parse(self.project / "shelflife.xml").getroot().iter("testcase")
        self.assertEqual([case.find("failure") is not None for case in cases], [True])

    def test_a_warning_that_fails_the_job_is_a_failure_in_the_test_report(self):
        (self.project / "app/Dockerfile").write_text("FROM python:3.8-slim\n")
        for fail_on, code in (("deny", 0), ("warn", 1)):
            with self.subTest(fail_on):
                done = self.run_job(image="shelflife:0.1.0-shell", fail_on=fail_on)
                cases = xml.etree.ElementTree.parse(self.project / "shelflife.xml").getroot().iter("testcase")
                failed = [case.find("failure") is not None for case in cases]
                self.assertEqual((done.returncode, failed), (code, [code == 1]), done.stdout + done.stderr)

    def test_inputs_choose_what_fails_and_what_is_read(self):
        (self.project / "app/Dockerfile").write_text(DENIED)
        (self.project / "fine").mkdir()
        (self.project / "fine/Dockerfile").write_text(FINE)
        for inputs, code in (({"fail_on": "never"}, 0), ({"paths": "fine"}, 0), ({"paths": "fine app"}, 1),
                             ({"args": "--exclude app/"}, 0), ({"paths": "missing"}, 3)):
            with self.subTest(inputs):
                done = self.run_job(image="shelflife:0.1.0-shell", **inputs)
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
