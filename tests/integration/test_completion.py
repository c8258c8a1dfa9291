#!/usr/bin/env python3
"""What shells and kubectl complete: the program's own answer, and real shells in a terminal."""
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import tempfile
import time
import unittest

import api_server  # noqa: E402

SHELFLIFE = pathlib.Path(os.environ["SHELFLIFE"]).resolve()
FILES, WORDS, FOLDERS = ":0", ":4", ":16"
KILL_LINE = "\x15"
PATIENCE = 60  # seconds; only a failure takes so long

KUBECONFIG = {"kind": "Config", "current-context": "arn:aws:eks:eu-1:1:cluster/prod",
              "contexts": [{"name": name, "context": {"cluster": "c", "user": "u"}}
                           for name in ("arn:aws:eks:eu-1:1:cluster/prod", "staging")],
              "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
              "users": [{"name": "u", "user": {}}]}


def complete(*words, **more):
    """The candidates without what they mean, and what the shell may add."""
    text = subprocess.run([SHELFLIFE, "__complete", *words], capture_output=True, text=True, check=True, timeout=60, **more).stdout
    *lines, directive = text.splitlines()
    return [line.split("\t")[0] for line in lines], directive


class Answers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.kubeconfig = self.folder / "config"
        self.kubeconfig.write_text(json.dumps(KUBECONFIG))

    def test_commands_options_and_their_values(self):
        for words, wanted in [
            ("aud", ["audit"]), ("catalog s", ["show", "sign"]), ("help cat", ["catalog"]), ("help audit --f", []),
            ("catalog import o", ["openeox"]), ("audit --forec", ["--forecast"]), ("audit --fail-on d", ["deny"]),
            ("audit --fail-on=d", ["deny"]), ("audit -o sar", ["sarif"]), ("audit -osar", ["sarif"]),
            ("audit x.yaml --at 2026-01-01 --mode en", ["enforce"]), ("completion f", ["fish"]), ("nothing x", []),
            ("audit --all -- --fo", []), ("version x", []), ("explain --he", ["--help"]), ("__comp", []),
        ]:
            self.assertEqual(complete(*words.split())[0], wanted, words)

    def test_every_command_and_option_of_the_help(self):
        """Nothing that a help shows is missing: both are made from the same tables."""
        def walk(*command):
            shown = subprocess.run([SHELFLIFE, *command, "--help"], capture_output=True, text=True, check=True).stdout
            options = re.findall(r"(?m)^  (?:-\w,|   ) (--[\w-]+)", shown)
            if options:
                self.assertEqual(sorted(complete(*command, "--")[0]), sorted(options), command)
                return 1
            commands = re.findall(r"(?m)^  ([\w-]+) +\S", shown)
            self.assertEqual(complete(*command, "")[0], commands, command)
            return sum(walk(*command, name) for name in commands)
        self.assertGreater(walk(), 30)

    def test_files_and_folders(self):
        for words, wanted in [(["audit", ""], FILES), (["audit", "--policy", "x"], FILES), (["audit", "--policy=x"], FILES),
                              (["serve", "--cache-dir", ""], FOLDERS), (["explain", ""], WORDS), (["audit", "--at", ""], WORDS)]:
            self.assertEqual(complete(*words)[1], wanted, words)

    def test_products_and_catalogs(self):
        self.assertIn("tensorflow", complete("catalog", "show", "tensorf")[0])
        self.assertEqual(complete("catalog", "show", "google-dlc/tensorf")[0], ["google-dlc/tensorflow"])
        self.assertEqual(complete("catalog", "list", "g")[0], ["google-dlc"])
        self.assertEqual(complete("catalog", "export", "cle", "--product", "debi")[0], ["debian"])
        own = self.folder / "own.json"
        own.write_text(json.dumps({"apiVersion": "shelflife.dev/v1", "kind": "Catalog", "name": "own", "asOf": "2026-01-01",
                                   "products": [{"name": "shopfront", "repositories": ["example.com/app"],
                                                 "rows": [{"release": "1", "endOfPatch": "2020-01-01"}]}]}))
        self.assertEqual(complete("catalog", "show", "--catalog", own, "shopf")[0], ["shopfront"])

    def test_what_a_kubeconfig_has(self):
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        self.assertEqual(complete("audit", "--context", "", env=environment)[0], ["arn:aws:eks:eu-1:1:cluster/prod", "staging"])
        self.assertEqual(complete("audit", "--context=st", env=environment)[0], ["staging"])
        self.assertEqual(complete("audit", "--kubeconfig", self.kubeconfig, "--cluster", "")[0], ["c"])
        self.assertEqual(complete("audit", "--kubeconfig", self.kubeconfig, "--user", "")[0], ["u"])
        # A cluster that cannot be reached and a file that is missing: nothing, and no message.
        self.assertEqual(complete("audit", "-n", "", env=environment), ([], WORDS))
        self.assertEqual(complete("audit", "--kubeconfig", self.folder / "none", "--context", ""), ([], WORDS))

    def test_the_namespaces_of_a_cluster(self):
        objects = {"namespaces": [{"metadata": {"name": name}} for name in ("shop", "shipping", "team-a")]}
        with api_server.Server(objects) as server:
            kubeconfig = server.kubeconfig(self.folder)
            self.assertEqual(complete("audit", "--kubeconfig", kubeconfig, "-n", "sh"), (["shop", "shipping"], WORDS))
            self.assertEqual(complete("audit", "--namespace=te", env={**os.environ, "KUBECONFIG": str(kubeconfig)})[0], ["team-a"])


class Shells(unittest.TestCase):
    """Real shells in a terminal: a line and a tab."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "bin").mkdir()
        (self.folder / "bin/shelflife").symlink_to(SHELFLIFE)
        (self.folder / "only manifest.yaml").write_text("")
        (self.folder / "folder").mkdir()
        (self.folder / "config").write_text(json.dumps(KUBECONFIG))
        self.environment = {"PATH": f"{self.folder}/bin:{os.environ['PATH']}", "HOME": str(self.folder), "TERM": "xterm",
                            "KUBECONFIG": str(self.folder / "config"), "LC_ALL": "C.UTF-8"}

    def type_lines(self, argv, setup, lines):
        """Each line of a terminal becomes what is wanted after a tab."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execvpe(argv[0], argv, self.environment)
        try:
            for sent, wanted in [(setup + "\n", "ready> "), *((f"{KILL_LINE}{line}\t", wanted) for line, wanted in lines)]:
                os.write(terminal, sent.encode())
                text, deadline = "", time.monotonic() + PATIENCE
                while wanted not in text and time.monotonic() < deadline:
                    if select.select([terminal], [], [], 1)[0]:
                        text += re.sub(r"\x1b\[[\d;?]*[A-Za-z]|\x1b[=>]", "", os.read(terminal, 65536).decode(errors="replace"))
                self.assertIn(wanted, text, sent)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(terminal)

    LINES = [
        ("shelflife aud", "shelflife audit "),
        ("shelflife audit --forec", "--forecast "),
        ("shelflife audit --output=sar", "--output=sarif"),
        ("shelflife audit -o sar", "-o sarif "),
        ("shelflife catalog show google-dlc/tensorf", "google-dlc/tensorflow"),
        ("shelflife audit on", "only\\ manifest.yaml"),
        ("shelflife serve --cache-dir fo", "--cache-dir folder/"),
        ("shelflife audit --context arn:aws:eks:eu-1:1:cl", "uster/prod"),
        ("shelflife audit --context=stag", "--context=staging"),
    ]

    def test_bash(self):
        for setup in ("", "source /usr/share/bash-completion/bash_completion; "):
            setup += "source <(shelflife completion bash); PS1='ready''> '"
            with self.subTest(setup):
                self.type_lines(["bash", "--norc", "--noprofile", "-i"], setup, self.LINES)

    def test_zsh(self):
        self.type_lines(["zsh", "-f", "-i"], "autoload -U compinit; compinit -u -D; source <(shelflife completion zsh); "
                        "unsetopt prompt_cr prompt_sp; PS1='ready''> '", self.LINES)

    def test_fish(self):
        for line, wanted in [("shelflife aud", "audit"), ("shelflife audit --forec", "--forecast"),
                             ("shelflife audit --output=sar", "--output=sarif"), ("shelflife audit -o sar", "sarif"),
                             ("shelflife catalog show google-dlc/tensorf", "google-dlc/tensorflow"),
                             ("shelflife audit on", "only manifest.yaml"), ("shelflife serve --cache-dir fo", "folder/"),
                             ("shelflife audit --context st", "staging")]:
            shown = subprocess.run(["fish", "--no-config", "-c", f"shelflife completion fish | source; complete -C '{line}'"],
                                   cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60, check=True)
            self.assertEqual([each.split("\t")[0] for each in shown.stdout.splitlines()], [wanted], (line, shown.stderr))


if __name__ == "__main__":
    unittest.main()
