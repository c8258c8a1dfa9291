#!/usr/bin/env python3
"""The references of tests/data/references.txt, which stand in public repositories, and what is known about them by name."""
import importlib.machinery
import importlib.util
import json
import pathlib
import subprocess
import tempfile
import unittest

from webhook import BINARY, ROOT

AT = "2026-11-23"


def load():
    """tests/corpus as a module."""
    loader = importlib.machinery.SourceFileLoader("corpus", str(ROOT / "tests/corpus"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("corpus", loader))
    loader.exec_module(module)
    return module


corpus = load()


class References(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.references = corpus.read(ROOT / "tests/data/references.txt")
        cls.verdicts = corpus.explain(BINARY, cls.references, ["--at", AT])

    def test_every_reference_has_a_verdict(self):
        self.assertEqual([verdict["image"] for verdict in self.verdicts], self.references)
        self.assertEqual(sum(corpus.count(self.verdicts).values()), len(self.references))

    def test_few_are_invalid(self):
        invalid = [verdict["image"] for verdict in self.verdicts if verdict["phase"] == "invalid"]
        self.assertLessEqual(len(invalid), 0.03 * len(self.references), invalid)

    def test_many_have_a_release(self):
        """Their own, or that of a part: twice as many as in November 2026, when 7.7 % had one."""
        self.assertGreaterEqual(sum(bool(verdict["matches"]) for verdict in self.verdicts), 2 * 88)

    def test_parameters_and_build_references_are_unresolved(self):
        for verdict in self.verdicts:
            if any(mark in verdict["image"] for mark in ("$", "{", "<", "ko://")):
                self.assertEqual((verdict["phase"], bool(verdict["needed"])), ("unresolved", True), verdict["image"])


class Script(unittest.TestCase):
    def run_script(self, *arguments):
        return subprocess.run([ROOT / "tests/corpus", "--shelflife", BINARY, "--at", AT, *arguments], capture_output=True,
                              text=True, timeout=120, check=True).stdout

    def test_it_counts_text_and_json_alike(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            references = ["python:3.8", "x.example/a:1", "x.example/a:1", "$(params.a)", ":latest"]
            (folder / "list.txt").write_text("# a comment\n\n" + "\n".join(references) + "\n")
            (folder / "list.json").write_text(json.dumps(references))
            (folder / "map.json").write_text(json.dumps({"what": "a list", "references": references}))
            outputs = {self.run_script("--list", "invalid", folder / file) for file in ("list.txt", "list.json", "map.json")}
        self.assertEqual(len(outputs), 1)
        lines = [line.split() for line in outputs.pop().splitlines()]
        self.assertEqual([line[:2] for line in lines[:5]],
                         [["resolved", "1"], ["unresolved", "1"], ["unlisted", "1"], ["invalid", "1"], ["all", "4"]])
        self.assertEqual(lines[5:], [[":latest"]])


if __name__ == "__main__":
    unittest.main()
