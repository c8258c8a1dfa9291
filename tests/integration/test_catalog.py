#!/usr/bin/env python3
"""Catalogs on the command line: list, show, lint, import, diff, sign, verify, fetch, and those that a server and
other commands take from a URL."""
import difflib
import fcntl
import gzip
import http.server
import json
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import tempfile
import termios
import time
import unittest

import webhook
from webhook import BINARY, ROOT, TestCase, eventually, openssl, pod_review

DJANGO = ROOT / "tests/data/endoflife/django.json"
CATALOGS = ROOT / "policies/catalogs"
BUILT_IN = sorted(CATALOGS.glob("*.json"))
FEEDS = ROOT / "tests/data/feeds"


def run(*arguments, stdin=None):
    """Exit code, standard output, standard error."""
    done = subprocess.run([BINARY, "catalog", *map(str, arguments)], input=stdin, capture_output=True, timeout=120,
                          text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def catalog(day="2026-01-01", serial=1, name="own", rows=None, **more):
    product = {"name": "app", "title": "App", "repositories": ["images.example/app"],
               "rows": rows or [{"release": "1.0", "endOfPatch": day, "endOfAvailability": day}], **more}
    return {"apiVersion": "shelflife.dev/v1", "kind": "Catalog", "name": name, "asOf": "2026-11-01",
            "serial": serial, "products": [product]}


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, content, name="own.json"):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path


class Lists(Files):
    def test_list_tells_age_and_next_date_and_marks_what_is_stale(self):
        code, out, err = run("list", "--at", "2026-11-23")
        self.assertEqual((code, err), (0, ""))
        lines = {line.split()[0]: line for line in out.splitlines() if line}
        self.assertIn("227d!", lines["google-dlc"])
        self.assertIn("93d ", lines["endoflife"])
        self.assertIn("2027-01-14 tensorflow 2.15 end of availability", lines["vertex-ai"])
        self.assertIn("180 days", out)
        self.assertNotIn("\x1b", out)
        self.assertNotIn("!", run("list", "--at", "2026-08-24")[1].replace("227d!", ""))

    def test_list_of_a_catalog_tells_its_products(self):
        code, out, _ = run("list", "vertex-ai", "--at", "2026-11-23")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"(?m)^tensorflow +\d+ +\d+  2027-01-14 2.15 end of availability$")
        self.assertEqual(run("list", "vertex")[0], 2)

    def test_list_as_json(self):
        shown = {c["name"]: c for c in json.loads(run("list", "-o", "json", "--at", "2026-11-23")[1])}
        self.assertEqual(set(shown), {"google-dlc", "vertex-ai", "aws-dlc", "endoflife", "retired"})
        self.assertTrue(shown["google-dlc"]["stale"])
        self.assertFalse(shown["endoflife"]["stale"])
        self.assertEqual(shown["google-dlc"]["ageDays"], 227)
        self.assertEqual(shown["vertex-ai"]["next"]["date"], "2027-01-14")
        self.assertIn("python", [p["name"] for p in shown["endoflife"]["products"]])

    def test_show_draws_within_80_columns(self):
        code, out, _ = run("show", "python", "google-dlc/pytorch", "--at", "2026-11-23")
        self.assertEqual(code, 0)
        lines = out.splitlines()
        drawn = [line for line in lines if "/" not in line]  # the names of repositories are never broken
        self.assertLessEqual(max(map(len, drawn)), 80)
        [line] = [line for line in lines if line.startswith("3.12 ")]
        self.assertRegex(line, r"^3\.12 +=+\|=+ +2028-10-31  3\.12\.14$")
        [dead] = [line for line in lines if line.startswith("2.4 py: py310")]
        self.assertRegex(dead, r"^2\.4 py: py310 +=+-+ +\| +2026-07-24 ")

    def test_show_fills_a_wider_terminal(self):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
        with subprocess.Popen([BINARY, "catalog", "show", "debian", "--at", "2026-11-23"], stdout=theirs,
                              env={**os.environ, "TERM": "xterm", "NO_COLOR": "1"}) as process:
            os.close(theirs)
            text = b""
            try:
                while chunk := os.read(ours, 4096):
                    text += chunk
            except OSError:
                pass
            os.close(ours)
            process.wait()
        widest = max(map(len, text.decode().replace("\r", "").splitlines()))
        self.assertTrue(120 < widest <= 140, widest)

    def test_show_tells_what_is_like_an_unknown_product(self):
        code, _, err = run("show", "pyhton")
        self.assertEqual(code, 2)
        self.assertIn('did you mean "python"?', err)

    def test_show_as_json(self):
        [shown] = json.loads(run("show", "endoflife/debian", "-o", "json", "--at", "2026-11-23")[1])
        rows = {row["release"]: row for row in shown["rows"]}
        self.assertEqual((rows["12"]["codename"], rows["12"]["endOfPatch"], rows["12"]["phase"]),
                         ("bookworm", "2028-06-30", "supported"))
        self.assertEqual(rows["12"]["endOfExtendedPatch"], "2033-06-30")


class Lint(Files):
    def lint(self, content, *arguments):
        path = self.write(content)
        code, out, _ = run("lint", "-o", "json", path, *arguments)
        findings = json.loads(out)
        self.assertEqual(code, 1 if findings else 0)
        for finding in findings:
            self.assertEqual(finding["file"], str(path))
        return findings

    def assert_found(self, content, path, problem):
        findings = self.lint(content)
        self.assertTrue([f for f in findings if f["path"] == path and problem in f["problem"]], findings)

    def test_examples_have_the_words_numbers_and_tags_that_conditions_want(self):
        content = catalog()
        content["parts"] = ["java"]
        content["products"] = [
            {"name": "paid", "repositories": ["images.example/a"], "rows": [{"release": "1"}],
             "tags": [{"pattern": "{version}", "with": ["data", "meta"]}]},
            {"name": "free", "repositories": ["images.example/a"], "rows": [{"release": "1"}],
             "tags": [{"pattern": "{version}", "without": ["data", "meta"]}]},
            {"name": "weekly", "repositories": ["images.example/b"],
             "rows": [{"release": "2", "numbers": 2}, {"release": "2.5"}]},
            {"name": "old", "repositories": [{"pattern": "images.example/c", "before": "3"}],
             "rows": [{"release": "3"}, {"release": "2"}]},
            {"name": "gone", "repositories": ["images.example/gone/{name}"], "exceptTags": ["latest"],
             "rows": [{"ended": True}]},
            {"name": "java", "part": [{"pattern": "jdk{version}", "with": ["own"]}], "rows": [{"release": "8"}]},
            {"name": "app", "repositories": [{"pattern": "images.example/d", "reason": "Both are in it."}],
             "rows": [{"release": "1"}]},
            {"name": "runtime", "repositories": [{"pattern": "images.example/d", "reason": "Both are in it."}],
             "rows": [{"release": "1"}]},
        ]
        self.assertEqual(self.lint(content), [])
        del content["products"][6]["repositories"][0]["reason"]
        self.assert_found(content, "products[6].repositories[0]", "overlaps")

    def test_our_own_are_clean(self):
        code, out, err = run("lint", ROOT / "policies/catalogs")
        self.assertEqual((code, out), (0, ""), err)
        self.assertIn("5 files, 0 findings", err)

    def test_the_tutorial_is_clean_and_says_what_comes_of_it(self):
        page = (ROOT / "docs/catalogs.md").read_text()
        text = re.search(r"```json\n(.*?)```", page, re.S).group(1)
        self.assertEqual(self.lint(text), [])
        findings = self.lint(text.replace("python.{version}[.{flavour}]", "python-{version}[-{flavour}]"))
        self.assertEqual([one["path"] for one in findings],
                         ["products[1].rows[0]", "products[1].rows[1]", "products[1].rows[2]", "products[1].repositories[0]"])
        self.assertIn(f"{findings[0]['path']}: {findings[0]['problem']}; {findings[0]['suggestion']}", " ".join(page.split()))
        path = self.write(text)
        for image, phase in [("registry-eu.corp.example/base/java:17.8.0-jre", "ending"),
                             ("registry.corp.example/base/java:latest", "unresolved"),
                             ("registry.corp.example/base/ruby:3", "unresolved"),
                             ("registry.corp.example/base/python.3-11.gpu:b1", "unpatched"),
                             ("registry.corp.example/base/python.3-11:b1", "supported"),
                             ("registry.corp.example/base/java:11", "unavailable")]:
            done = subprocess.run([BINARY, "explain", "-o", "json", "--at", "2026-11-23", "--catalog", path, image],
                                  capture_output=True, check=True)
            self.assertEqual(json.loads(done.stdout)[0]["phase"], phase, image)

    def test_the_example_of_evidence_is_clean_and_finds_releases(self):
        page = (ROOT / "docs/catalogs.md").read_text()
        text = re.search(r"## Evidence.*?```json\n(.*?)```", page, re.S).group(1)
        self.assertEqual(self.lint(text), [])
        image = {"digest": "sha256:" + "1" * 64, "platform": "linux/amd64", "inspected": "2026-11-20",
                 "references": [{"name": "registry.corp.example/team/app:1", "lastSeen": "2026-11-20"}],
                 "evidence": {"env": {"PLATFORM_JAVA": "jdk8u502-b08", "PLATFORM_LINUX": "10"},
                              "history": ["ADD platform-linux-9.1-20260803.tar.xz /"]}}
        inventory = self.write(json.dumps({"apiVersion": "shelflife.dev/v1", "kind": "Inventory", "asOf": "2026-11-20",
                                           "images": [image]}), "inventory.json")
        done = subprocess.run([BINARY, "explain", "-o", "json", "--at", "2027-01-01", "--catalog", self.write(text),
                               "--inventory", inventory, "registry.corp.example/team/app:1"],
                              capture_output=True, check=True)
        explained = json.loads(done.stdout)[0]
        self.assertEqual([(one["product"], one["release"], one["phase"], one["by"]) for one in explained["matches"]],
                         [("platform-java", "8", "unpatched", "env"), ("platform-linux", "9.1", "supported", "history")])
        self.assertEqual(explained["inspected"]["snapshot"], "2026-08-03")

    def test_what_the_format_does_not_allow(self):
        broken = catalog()
        broken["products"][0]["rows"][0]["endOfPatch"] = "2026-02-30"
        self.assert_found(broken, "products[0].rows[0].endOfPatch", "2026-02-30")
        self.assert_found(catalog(colour="blue"), "products[0].colour", "")
        self.assert_found("{", "1:1", "")

    def test_dates_out_of_order_unless_a_note_says_that_they_were_published_so(self):
        row = {"release": "1.0", "endOfPatch": "2026-06-01", "endOfAvailability": "2026-01-01"}
        self.assert_found(catalog(rows=[row]), "products[0].rows[0].endOfAvailability", "is before endOfPatch")
        self.assertEqual(self.lint(catalog(rows=[{**row, "note": "As published."}])), [])
        self.assert_found(catalog(rows=[{"release": "1.0", "latest": "2.0.1"}]), "products[0].rows[0].latest",
                          "is not a patch of release")

    def test_overlapping_patterns(self):
        content = catalog()
        content["products"].append({"name": "other", "repositories": ["images.example/app"],
                                    "rows": [{"release": "1.0"}, {"release": "7"}]})
        self.assert_found(content, "products[0].repositories[0]",
                          "overlaps with another product's: images.example/app:1.0 is app 1.0 and other 1.0")

    def test_shadowed_release(self):
        rows = [{"release": "1.0"}, {"release": "2.0", "is": ["1.0"]}]
        self.assert_found(catalog(rows=rows), "products[0].rows[1].is[0]", "identifies neither of the two")
        self.assert_found(catalog(rows=rows), "products[0].rows[0]", "no reference matches this row")

    def test_row_whose_variant_nothing_tells(self):
        content = catalog(rows=[{"release": "1.0", "when": {"acc": "tpu"}}, {"release": "1.0", "when": {"acc": "gpu"}}])
        content["products"][0]["repositories"] = [{"pattern": "images.example/app", "fields": {"acc": "gpu"}}]
        self.assert_found(content, "products[0].rows[0]", "no reference matches this row")

    def test_pattern_that_a_longer_one_takes_everything_from(self):
        content = catalog()
        content["products"][0]["repositories"] = ["images.example/x-{acc}-{version}"]
        content["products"][0]["rows"] = [{"release": "1.0", "when": {"acc": "gpu"}}, {"release": "2.0"}]
        content["products"].append({"name": "longer", "repositories": ["images.example/x-gpu-{version}"],
                                    "rows": [{"release": "1.0"}]})
        self.assert_found(content, "products[0].rows[0]", "no reference matches this row")

    def test_a_patch_after_the_end_is_a_remark_that_a_note_confirms(self):
        row = {"release": "1.0", "endOfPatch": "2026-01-01", "latest": "1.0.1", "latestDate": "2026-06-01"}
        path = self.write(catalog(rows=[row]))
        code, out, err = run("lint", path)
        self.assertEqual((code, out), (0, ""))
        self.assertIn("products[0].rows[0].latestDate: remark: app 1.0 was patched on 2026-06-01, although it ended on "
                      "2026-01-01", err)
        self.assertIn("1 file, 0 findings, 1 remark", err)
        for confirmed in ({"note": "As published."}, {"latestDate": "2026-01-20"}, {"endOfExtendedPatch": "2027-01-01"}):
            self.write(catalog(rows=[{**row, **confirmed}]))
            self.assertEqual(run("lint", path)[:2], (0, ""))

    def test_catalogs_that_disagree(self):
        first, second = self.write(catalog("2026-01-01"), "first.json"), self.write(catalog("2026-02-01"), "second.json")
        code, out, _ = run("lint", "-o", "json", first, second)
        self.assertEqual(code, 0)
        found = json.loads(out)
        self.assertEqual([(f["file"], f["path"], f["remark"]) for f in found],
                         [(str(first), "products[0].rows[0]", True)] * 2)
        self.assertIn(f"endOfPatch is 2026-01-01 here, and 2026-02-01 in {second}", found[0]["problem"])

    def test_a_repository_whose_tags_name_few_releases_needs_a_reason(self):
        tags = self.write("".join(f"images.example/app:{tag}\n" for tag in ("1.2", "1.3", "1.4", "1.5", "1.6", "latest")),
                          "tags.txt")
        content = catalog(rows=[{"release": "1.1"}, {"release": "2.0"}])
        [found] = self.lint(content, "--tags", tags)
        self.assertEqual(found["path"], "products[0].repositories[0]")
        self.assertIn("of 5 tags of images.example/app with a version, 0 name a release of app", found["problem"])
        content["products"][0]["repositories"] = [{"pattern": "images.example/app", "reason": "Numbers of builds."}]
        self.assertEqual(self.lint(content, "--tags", tags), [])

    def test_patterns_that_lead_nowhere(self):
        content = catalog(rows=[{"release": "1.0", "when": {"acc": "gpu"}}])
        content["products"][0]["repositories"] = [{"pattern": "images.example/gpu", "fields": {"acc": "gpu"}},
                                                  {"pattern": "images.example/cpu", "fields": {"acc": "cpu"}}]
        self.assert_found(content, "products[0].repositories[1]", "the pattern matches no row")
        content = catalog(part=["app{version}"])
        self.assert_found(content, "products[0].part", "never searched for")
        content = catalog()
        content["products"][0]["repositories"] *= 2
        self.assert_found(content, "products[0].repositories[1]", "the same pattern")
        content = {**catalog(), "mirrors": {"elsewhere.example": ["mirror.example"]}}
        self.assert_found(content, 'mirrors["elsewhere.example"]', "no repository of the catalog begins with")

    def test_for_people_it_is_a_line_with_file_path_and_suggestion(self):
        path = self.write(catalog(rows=[{"release": "1.0", "latest": "2.0.1"}]))
        code, out, err = run("lint", path)
        self.assertEqual(code, 1)
        self.assertRegex(out, rf'^{path}: products\[0\]\.rows\[0\]\.latest: .*; .*`note`')
        self.assertIn("1 file, 1 finding", err)
        self.assertEqual(run("lint", self.folder / "missing.json")[0], 3)
        self.assertEqual(run("lint", path, self.folder / "missing.json")[0], 4)


class Import(Files):
    def test_one_product(self):
        code, out, err = run("import", "endoflife", DJANGO, "--repository", "registry.example/django", "--name", "web")
        self.assertEqual(code, 0, err)
        made = json.loads(out)
        self.assertEqual((made["name"], made["asOf"], made["serial"]), ("web", "2026-06-15", 1))
        [product] = made["products"]
        self.assertEqual(product["repositories"], ["registry.example/django"])
        self.assertEqual(product["rows"][2], {"release": "5.1", "endOfPatch": "2025-12-03", "latest": "5.1.15",
                                                "latestDate": "2025-12-02"})
        self.assertIn('        {"release": "6.0", "endOfPatch": "2027-04-30", "latest": "6.0.6", '
                      '"latestDate": "2026-06-03"},\n', out)

    def answer(self, *releases, **more):
        return self.write({"schema_version": "1.2.1", "generated_at": "2026-09-01T00:00:00+00:00", "result": {
            "name": "app", "label": "App", "releases": releases, **more}}, "answer.json")

    def rows(self, *releases):
        code, out, err = run("import", "endoflife", self.answer(*releases), "--repository", "images.example/app")
        self.assertEqual(code, 0, err)
        return json.loads(out)["products"][0]["rows"]

    def test_booleans_nulls_and_omitted_fields(self):
        for release, row in [
            ({"isEol": True, "eolFrom": "2026-01-01"}, {"endOfPatch": "2026-01-01"}),
            ({"isEol": True, "eolFrom": None}, {"ended": True}),
            ({"isEol": False, "eolFrom": None}, {}),
            ({"isEol": None, "eolFrom": None}, {}),
            ({}, {}),
            ({"isEol": False}, {}),
            ({"isEol": False, "eolFrom": "2030-01-01", "isEoas": True, "eoasFrom": "2025-01-01"},
             {"endOfPatch": "2030-01-01"}),
            ({"isEol": True, "eolFrom": "2026-01-01", "isEoes": False, "eoesFrom": "2028-01-01"},
             {"endOfPatch": "2026-01-01", "endOfExtendedPatch": "2028-01-01"}),
            ({"isEol": True, "eolFrom": "2026-01-01", "isEoes": None, "eoesFrom": None}, {"endOfPatch": "2026-01-01"}),
            ({"isEol": True, "eolFrom": "2026-01-01", "isEoes": True, "eoesFrom": "2025-01-01"},
             {"endOfPatch": "2026-01-01"}),
            ({"isEol": True, "eolFrom": None, "eoesFrom": "2028-01-01"},
             {"endOfExtendedPatch": "2028-01-01", "ended": True}),
            ({"isEol": False, "eolFrom": None, "eoesFrom": "2028-01-01"}, {}),
            ({"isEol": False, "eolFrom": None, "isEoes": True, "eoesFrom": "2026-08-09"},
             {"endOfPatch": "2026-08-09",
              "note": "End of patch derived from the end of all support, including paid support."}),
            ({"isLts": True}, {"lts": True}),
            ({"isLts": True, "ltsFrom": "2026-10-28"}, {}),
            ({"isLts": False, "ltsFrom": "2026-08-28"}, {"lts": True}),
            ({"latest": {"name": "1.0.3", "date": "2026-01-01", "link": None}},
             {"latest": "1.0.3", "latestDate": "2026-01-01"}),
            ({"latest": None}, {}),
            ({"latest": {"name": "1.0 (build 3)", "date": None}}, {}),
            ({"codename": "Noble Numbat"}, {"codename": "noble"}),
            ({"codename": None}, {}),
            ({"codename": "18.04"}, {}),
        ]:
            self.assertEqual(self.rows({"name": "1.0", **release}), [{"release": "1.0", **row}], release)

    def test_what_is_no_answer_is_told_with_its_place(self):
        for content, reason in [
            ({"hello": 1}, "`result` is missing"),
            ({"result": {"name": "app", "releases": []}}, "`generated_at` is missing"),
            ({"generated_at": "today", "result": {"name": "app"}}, "`generated_at` must begin with a day"),
            ({"generated_at": "2026-09-01T", "result": {"name": "app"}}, "`releases` is missing"),
            ({"generated_at": "2026-09-01T", "result": {"name": "app", "releases": [{"name": "1", "eolFrom": "soon"}]}},
             "result.releases[0].eolFrom: "),
            ({"generated_at": "2026-09-01T", "result": {"name": "app", "releases": [{"name": "1", "isEol": 1}]}},
             "result.releases[0].isEol: "),
            ("[", "answer.json:1"),
        ]:
            path = self.write(content, "answer.json")
            code, out, err = run("import", "endoflife", path, "--repository", "images.example/app")
            self.assertEqual((code, out), (2, ""), content)
            self.assertIn(reason, err)

    def test_update_keeps_what_the_source_does_not_know(self):
        own = {**catalog(), "parts": ["app"], "mirrors": {"images.example": ["mirror.example"]}}
        own["products"][0].update(part=["app{version}"], tags=["v{version}", "{version}"], rows=[
            {"release": "2", "is": ["two"], "endOfPatch": "2026-01-01", "endOfAvailability": "2027-01-01",
             "digests": ["sha256:" + "a" * 64], "note": "Kept."},
            {"release": "1", "ended": True, "note": "The source has forgotten it."}])
        path = self.write(own)
        answer = self.answer({"name": "3", "eolFrom": "2030-01-01"},
                             {"name": "2", "eolFrom": "2026-03-01", "latest": {"name": "2.9"}})
        code, out, err = run("import", "endoflife", answer, "--into", path)
        self.assertEqual((code, out), (0, ""), err)
        new = json.loads(path.read_text())
        self.assertEqual((new["serial"], new["asOf"]), (2, "2026-09-01"))
        self.assertEqual(new["mirrors"], own["mirrors"])
        product = new["products"][0]
        self.assertEqual((product["tags"], product["part"]), (["v{version}", "{version}"], ["app{version}"]))
        self.assertEqual(product["rows"], [
            {"release": "3", "endOfPatch": "2030-01-01"},
            {"release": "2", "is": ["two"], "endOfPatch": "2026-03-01", "endOfAvailability": "2027-01-01",
             "latest": "2.9", "digests": ["sha256:" + "a" * 64], "note": "Kept."},
            {"release": "1", "ended": True, "note": "The source has forgotten it."}])

    def test_unchanged_facts_give_identical_bytes(self):
        path, answer = self.folder / "new.json", self.answer({"name": "3", "eolFrom": "2030-01-01"})
        run("import", "endoflife", answer, "--into", path, "--repository", "images.example/app")
        first = path.read_bytes()
        code, _, err = run("import", "endoflife", answer, "--into", path)
        self.assertEqual((code, path.read_bytes()), (0, first))
        self.assertIn("nothing has changed", err)
        later = json.loads(answer.read_text())
        later["generated_at"] = "2026-10-01T00:00:00+00:00"
        answer.write_text(json.dumps(later))
        run("import", "endoflife", answer, "--into", path)
        self.assertEqual(path.read_bytes(), first)
        run("import", "endoflife", answer, "--into", path, "--as-of", "2026-10-01")
        new = json.loads(path.read_text())
        self.assertEqual((new["asOf"], new["serial"]), ("2026-10-01", 2))

    def test_our_own_format_is_kept(self):
        """An update of one fact changes one row, and two lines of the head."""
        for file in BUILT_IN:
            path = self.folder / file.name
            shutil.copy(file, path)
            product = json.loads(file.read_text())["products"][0]
            row = next((row for row in product["rows"] if "release" in row and "endOfPatch" in row and
                        "when" not in row), None)
            if not row:
                continue
            releases = []
            for one in product["rows"]:
                release = {"name": one["release"], "eolFrom": one.get("endOfPatch"), "isEol": one.get("ended", False),
                           "eoesFrom": one.get("endOfExtendedPatch")}
                if "latest" in one:
                    release["latest"] = {"name": one["latest"], "date": one.get("latestDate")}
                if one.get("lts"):
                    release["isLts"] = True
                releases.append(release)
            changed = next(r for r in releases if r["name"] == row["release"])
            changed["eolFrom"] = "2029-09-09"
            answer = self.write({"generated_at": "2026-11-27T", "result": {"name": product["name"],
                                                                          "releases": releases}}, "answer.json")
            code, _, err = run("import", "endoflife", answer, "--into", path)
            self.assertEqual(code, 0, err)
            old, new = file.read_text().splitlines(), path.read_text().splitlines()
            self.assertEqual(len(old), len(new), file.name)
            differing = [line for line, other in zip(old, new) if line != other]
            self.assertEqual(len(differing), 3, (file.name, differing))

    def test_bulk_answer_takes_repositories_from_package_urls(self):
        answer = self.write({"generated_at": "2026-09-01T", "total": 3, "result": [
            {"name": "a", "label": "A", "identifiers": [
                {"type": "purl", "id": "pkg:docker/library/a"}, {"type": "purl", "id": "pkg:docker/a"},
                {"type": "purl", "id": "pkg:oci/a?repository_url=quay.io/team"},
                {"type": "purl", "id": "pkg:oci/b?repository_url=ghcr.io/team/b&tag=x"},
                {"type": "purl", "id": "pkg:oci/nowhere"}, {"type": "cpe", "id": "cpe:2.3:a:a:a"}],
             "releases": [{"name": "1"}]},
            {"name": "b", "label": "B", "identifiers": [], "releases": [{"name": "1"}]},
            {"name": "c", "label": "C", "releases": [{"name": "1"}]}]}, "answer.json")
        code, out, err = run("import", "endoflife", answer)
        self.assertEqual(code, 0, err)
        [product] = json.loads(out)["products"]
        self.assertEqual(product["repositories"], ["docker.io/library/a", "quay.io/team/a", "ghcr.io/team/b"])
        self.assertIn("2 products skipped", err)
        code, out, err = run("import", "endoflife", answer, "--product", "c", "--repository", "images.example/c")
        self.assertEqual([p["name"] for p in json.loads(out)["products"]], ["c"])
        self.assertIn('no product "d"', run("import", "endoflife", answer, "--product", "d")[2])
        self.assertIn("--repository", run("import", "endoflife", answer, "--product", "b")[2])
        # What is there is updated; only what is named is added.
        own = self.write(catalog(name="mine") | {"products": [{"name": "b", "repositories": ["images.example/b"],
                                                              "rows": [{"release": "0"}]}]})
        run("import", "endoflife", answer, "--into", own)
        new = json.loads(own.read_text())
        self.assertEqual([p["name"] for p in new["products"]], ["b"])
        self.assertEqual([r["release"] for r in new["products"][0]["rows"]], ["1", "0"])


class ImportFeeds(Files):
    """Pages and files of publishers, as far as facts about them are recorded in tests/data/feeds."""

    def page(self, facts, *how, **changes):
        """A page with the rows of recorded facts, perhaps changed."""
        content = json.loads((FEEDS / f"{facts}-rows.json").read_text())
        for change in changes.values():
            change(content)
        path = self.write(content, "rows.json")
        page = self.folder / "page"
        page.write_text(subprocess.run([FEEDS / "render", path, *how], capture_output=True, text=True, check=True).stdout)
        return page

    def own(self, name):
        path = self.folder / f"{name}.json"
        shutil.copy(CATALOGS / f"{name}.json", path)
        return path

    def changed_lines(self, name, path):
        old, new = (CATALOGS / f"{name}.json").read_text().splitlines(), path.read_text().splitlines()
        return [line for line in difflib.ndiff(old, new) if line[0] in "+-"]

    def test_googles_pages_give_the_catalogs_that_were_transcribed_by_hand(self):
        for facts in ("google-dlc", "vertex-ai"):
            for form in ("html", "markdown"):
                for language in ("en", "fr"):
                    with self.subTest(facts=facts, form=form, language=language):
                        path = self.own(facts)
                        code, out, err = run("import", "google", self.page(facts, form, language), "--into", path)
                        self.assertEqual((code, out), (0, ""), err)
                        self.assertEqual(self.changed_lines(facts, path), [])
                        self.assertIn("nothing has changed", err)

    def test_a_page_of_a_later_day_changes_what_differs(self):
        def change(content):
            content["updated"] = "2026-11-01"
            rows = content["rows"]
            first = next(row for row in rows if row["version"] == "2.4" and row["framework"] == "pytorch")
            first["end_of_availability_verbatim"] = "August 1, 2026"
            rows.remove(next(row for row in rows if row["version"] == "2.3" and row["framework"] == "pytorch"))
            added = json.loads(json.dumps(first).replace("2.4", "2.5").replace("2-4", "2-5").replace("Jul 24", "Oct 9"))
            rows.insert(rows.index(first), added)

        path = self.own("google-dlc")
        page = self.page("google-dlc", "html", change=change)
        code, _, err = run("import", "google", page, "--into", path)
        self.assertEqual(code, 0, err)
        as_of = json.loads((CATALOGS / "google-dlc.json").read_text())["asOf"]
        changed = self.changed_lines("google-dlc", path)
        self.assertIn(f'-   "asOf": "{as_of}",', changed)
        self.assertIn('+   "asOf": "2026-11-01",', changed)
        rows = [line for line in changed if "release" in line]
        self.assertCountEqual(rows, [
            '-         {"release": "2.4", "when": {"py": "py310"}, "endOfPatch": "2025-07-24", "endOfAvailability": '
            '"2026-07-24", "latest": "2.4.0"},',
            '+         {"release": "2.5", "when": {"py": "py310"}, "endOfPatch": "2025-10-09", "endOfAvailability": '
            '"2026-08-01", "latest": "2.5.0"},',
            '+         {"release": "2.4", "when": {"py": "py310"}, "endOfPatch": "2025-07-24", "endOfAvailability": '
            '"2026-08-01", "latest": "2.4.0"},'])
        self.assertEqual(run("lint", path)[0], 0)
        # What is wrong is named, and the file stays.
        before = path.read_bytes()
        for text, reason in [
            (page.read_text().replace("Oct 9", "0ct 9"), 'column "End of patch and support date": "0ct 9, 2025" is not a date'),
            (page.read_text().replace("End of availability date", "Gone after"), 'no column "End of availability date"'),
            (page.read_text()[:3000], "page:"),
            ("<p>" * 6_000_000, "larger than 16777216 bytes"),
            ("", "none of its 0 tables"),
        ]:
            page.write_text(text)
            code, _, err = run("import", "google", page, "--into", path)
            self.assertNotEqual(code, 0)
            self.assertIn(reason, err)
            self.assertEqual(path.read_bytes(), before)

    def test_the_files_of_aws_give_the_catalog(self):
        for file in ("aws-policy.md", "aws-images.json"):
            path = self.own("aws-dlc")
            code, _, err = run("import", "aws-dlc", FEEDS / file, "--into", path)
            self.assertEqual(code, 0, err)
            self.assertIn("nothing has changed", err)

    def test_exports_can_be_imported(self):
        for standard in ("cle", "openeox"):
            code, out, err = run("export", standard, "--product", "endoflife/python")
            self.assertEqual(code, 0, err)
            self.assertIn("not exported: endoflife/python: ", err)
            exported = self.write(json.loads(out), "export.json")
            path = self.own("endoflife")
            code, _, err = run("import", standard, exported, "--into", path, "--product", "python")
            self.assertEqual(code, 0, err)
            rows = {row["release"]: row for product in json.loads((CATALOGS / "endoflife.json").read_text())["products"]
                    if product["name"] == "python" for row in product["rows"]}
            for row in next(p for p in json.loads(path.read_text())["products"] if p["name"] == "python")["rows"]:
                self.assertEqual(row.get("endOfPatch"), rows[row["release"]].get("endOfPatch"))

    def test_identifiers_add_products_whose_repositories_are_new(self):
        def product(name, *images):
            return {"name": name, "images": images, "releases": [{"name": "1", "eol": "2027-01-01"}]}

        feed = self.write({"products": [
            product("app", "pkg:docker/acme/other"), product("more", "pkg:oci/more?repository_url=quay.io%2Facme"),
            product("known", "pkg:oci/app?repository_url=images.example"), product("none")]}, "feed.json")
        path = self.write(catalog())
        for arguments, names in (((), ["app"]), (("--identifiers",), ["app", "more"])):
            code, _, err = run("import", "endoflife", feed, "--into", path, "--as-of", "2026-11-01", *arguments)
            self.assertEqual(code, 0, err)
            products = json.loads(path.read_text())["products"]
            self.assertEqual([one["name"] for one in products], names)
        self.assertEqual(products[1]["repositories"], ["quay.io/acme/more"])
        self.assertEqual(products[0]["repositories"], ["images.example/app"])
        self.assertIn("2 products skipped", err)

    def test_products_can_have_other_names_in_the_feed(self):
        feed = self.write({"v9": {"start": "2026-01-01", "end": "2030-01-01"}}, "schedule.json")
        code, out, err = run("import", "node-releases", feed, "--product", "node=nodejs", "--repository",
                             "images.example/node", "--as-of", "2026-09-01")
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out)["products"][0]["name"], "node")
        self.assertIn("--as-of", run("import", "node-releases", feed, "--repository", "images.example/node")[2])


class Diff(Files):
    def test_changes_by_product_row_and_key(self):
        old = catalog(rows=[{"release": "1.0", "endOfPatch": "2026-01-01"}, {"release": "0.9"}])
        new = catalog(rows=[{"release": "1.0", "endOfPatch": "2027-01-01", "latest": "1.0.1"}, {"release": "1.1"}],
                      serial=2)
        new["products"].append({"name": "more", "repositories": ["images.example/more"], "rows": [{"release": "1"}]})
        paths = self.write(old, "old.json"), self.write(new, "new.json")
        code, out, err = run("diff", *paths)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.splitlines(), [
            "~ catalog serial: 1 -> 2", "- app 0.9", "~ app 1.0 endOfPatch: 2026-01-01 -> 2027-01-01",
            "+ app 1.0 latest: 1.0.1", "+ app 1.1", "+ more"])
        shown = json.loads(run("diff", "-o", "json", *paths)[1])
        self.assertEqual(shown["changes"][2], {"product": "app", "release": "1.0", "key": "endOfPatch",
                                              "before": "2026-01-01", "after": "2027-01-01"})
        self.assertEqual(run("diff", "-o", "markdown", *paths), (0, "\n".join([
            "## own 2, as of 2026-11-01", "", "- new product: more", "- new release: app 1.1",
            "- app 1.0: end of patch 2026-01-01 -> 2027-01-01", "- removed: app 0.9", "- 1 newest patch", ""]), ""))
        self.assertEqual(run("diff", paths[0], paths[0]), (0, "", ""))
        self.assertEqual(run("diff", *paths, "--fail-on", "change")[0], 1)

    def test_images_that_change_their_phase(self):
        paths = self.write(catalog("2026-01-01"), "old.json"), self.write(catalog("2028-01-01"), "new.json")
        images = "images.example/app:1.0\n# a comment\n\nghcr.io/acme/app:1\n"
        code, out, _ = run("diff", *paths, "--images", "-", "--at", "2026-11-23", "--fail-on", "phase", stdin=images)
        self.assertEqual(code, 1)
        self.assertEqual(out.splitlines()[-1], "images.example/app:1.0: unavailable -> supported (deny -> allow)")
        code, out, _ = run("diff", *paths, "--images", "-", "--at", "2025-01-01", "--fail-on", "phase", stdin=images)
        self.assertEqual(code, 0)

    def test_built_in_catalogs_go_by_name(self):
        code, out, _ = run("diff", "google-dlc", ROOT / "policies/catalogs/google-dlc.json")
        self.assertEqual((code, out), (0, ""))


class Signatures(Files):
    def setUp(self):
        super().setUp()
        self.path = self.write(catalog())
        for name, kind in [("ed", ["-algorithm", "ed25519"]),
                           ("ec", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]),
                           ("p384", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"])]:
            openssl(self.folder, "genpkey", *kind, "-out", f"{name}.key")
            openssl(self.folder, "pkey", "-in", f"{name}.key", "-pubout", "-out", f"{name}.pub")

    def verify(self, key, *arguments):
        return run("verify", "--key", self.folder / f"{key}.pub", self.path, *arguments)

    def test_what_is_signed_verifies_with_its_key_alone(self):
        for key, other in ("ed", "ec"), ("ec", "ed"):
            code, _, err = run("sign", "--key", self.folder / f"{key}.key", self.path)
            self.assertEqual(code, 0, err)
            self.assertEqual(self.verify(key)[0], 0)
            code, _, err = self.verify(other)
            self.assertEqual(code, 1)
            self.assertIn("the signature does not match", err)
            self.path.write_text(self.path.read_text() + " ")
            self.assertEqual(self.verify(key)[0], 1)

    def test_openssl_and_we_agree(self):
        """cosign's blob signatures are the same: base64 of DER over SHA-256, on one line."""
        signature = self.folder / "theirs.sig"
        for key, command in [("ec", ["dgst", "-sha256", "-sign", "ec.key", "-out", "raw", "own.json"]),
                             ("ed", ["pkeyutl", "-sign", "-inkey", "ed.key", "-rawin", "-in", "own.json", "-out", "raw"])]:
            openssl(self.folder, *command)
            openssl(self.folder, "base64", "-A", "-in", "raw", "-out", signature)
            for end in "", "\n":
                signature.write_text(signature.read_text().strip() + end)
                self.assertEqual(self.verify(key, "--signature", signature)[0], 0)
        self.assertEqual(run("sign", "--key", self.folder / "ec.key", self.path)[0], 0)
        openssl(self.folder, "base64", "-d", "-A", "-in", "own.json.sig", "-out", "ours")
        openssl(self.folder, "dgst", "-sha256", "-verify", "ec.pub", "-signature", "ours", "own.json")

    def test_wrong_keys_and_signatures_are_reported(self):
        signature = self.folder / "own.json.sig"
        for text, reason in [("", "base64"), ("!!!!", "base64"), ("AAAA", "does not match"), ("A" * 4096, "base64"),
                             ("AAAA\nAAAA", "base64"), ("AA=A", "base64")]:
            signature.write_text(text)
            code, _, err = self.verify("ed")
            self.assertEqual(code, 1, text)
            self.assertIn(reason, err)
        code, _, err = run("sign", "--key", self.folder / "p384.key", self.path)
        self.assertEqual(code, 2)
        self.assertIn("must be an Ed25519 or an ECDSA P-256 key", err)
        code, _, err = run("verify", "--key", self.folder / "ed.key", self.path)
        self.assertEqual(code, 2)
        self.assertIn("-----BEGIN PUBLIC KEY-----", err)
        self.assertEqual(run("verify", "--key", self.folder / "none", self.path)[0], 3)
        self.path.write_text("{}")
        self.assertEqual(run("sign", "--key", self.folder / "ed.key", self.path)[0], 2)


class Source(webhook.HttpsServer):
    """An HTTPS server for catalogs, that behaves as shown."""

    def __init__(self, certificates):
        self.files, self.behaviour, self.gzip = {}, "good", False
        super().__init__(certificates, Handler)
        self.url += "/own.json"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server, path = self.server, self.path.partition("?")[0]
        server.requests.append((self.path, dict(self.headers)))
        is_catalog = not path.endswith(".sig")
        behaviour = server.behaviour if is_catalog else "good"
        body = server.files.get(path)
        if behaviour == "away":
            return self.close_connection_now()
        if behaviour == "redirect":
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{server.server_address[1]}/own.json")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if body is None or behaviour == "500":
            self.send_response(500 if behaviour == "500" else 404)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        etag = f'"{hash(body):x}"'
        if self.headers.get("If-None-Match") == etag:
            self.send_response(304)
            self.send_header("ETag", etag)
            return self.end_headers()
        encoded = gzip.compress(body) if server.gzip and is_catalog else body
        self.send_response(200)
        self.send_header("ETag", etag)
        if encoded is not body:
            self.send_header("Content-Encoding", "gzip")
        length = (65 << 20) if behaviour == "huge" else len(encoded)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if behaviour == "truncated":
            self.wfile.write(encoded[:len(encoded) // 2])
            return self.close_connection_now()
        if behaviour == "slow":
            for byte in encoded:
                self.wfile.write(bytes([byte]))
                if server.stop.wait(1) or server.behaviour != "slow":
                    return self.close_connection_now()
        if behaviour == "huge":
            chunk = b" " * (1 << 20)
            for _ in range(65):
                self.wfile.write(chunk)
            return None
        return self.wfile.write(encoded)

    def close_connection_now(self):
        self.close_connection = True


class Remote(TestCase):
    OLD, NEW = "2026-01-01", "2030-01-01"  # denied, allowed on the day judged by
    IMAGE = "images.example/app:1.0"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in "catalog", "other":
            openssl(cls.folder, "genpkey", "-algorithm", "ed25519", "-out", f"{name}.key")
            openssl(cls.folder, "pkey", "-in", f"{name}.key", "-pubout", "-out", f"{name}.pub")

    def setUp(self):
        self.source = Source(self.certificates)
        self.addCleanup(self.source.close)
        self.cache = self.folder / self.id()
        self.publish(catalog(self.OLD, serial=5))

    def publish(self, content, key="catalog"):
        """Both files at once, so that a poll cannot see one without the other."""
        self.source.files.update(self.signed(content, key))

    def signed(self, content, key="catalog"):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "blob"
            path.write_bytes(body)
            openssl(folder, "pkeyutl", "-sign", "-inkey", self.folder / f"{key}.key", "-rawin", "-in", path, "-out", "raw")
            openssl(folder, "base64", "-A", "-in", "raw", "-out", "sig")
            return {"/own.json.sig": (pathlib.Path(folder) / "sig").read_bytes(), "/own.json": body}

    def options(self, *more):
        return ["--catalog", self.source.url, "--catalog-key", self.folder / "catalog.pub", "--ca-file",
                self.certificates.ca, "--cache-dir", self.cache, *more]

    def serve_remote(self, *more):
        return self.serve(*self.options("--catalog-interval", "200ms", "--reload-interval", "20ms", *more))

    def allowed(self, server):
        return server.post(pod_review(self.IMAGE))[1]["response"]["allowed"]

    def failures(self, server):
        return server.metrics()['shelflife_reloads_total{what="catalog_url",outcome="failure"}']

    def assert_stays(self, server, reason):
        """The old one stays, the reason is shown in log, metric and probe, and admission goes on."""
        before = self.failures(server)
        eventually(lambda: self.failures(server) > before, f"a failure is counted: {reason}")
        status, text = server.probe("/readyz?verbose")
        self.assertEqual(status, 200)
        self.assertRegex(text, rf"\[!\] catalog at https://localhost:\d+/own.json: own, serial 5.*; failed .*{reason}")
        eventually(lambda: re.search(rf"cannot fetch the catalog, the current one stays in use.*{reason}",
                                     b"".join(server.log).decode()), f"the log has it: {reason}")
        started = time.monotonic()
        self.assertFalse(self.allowed(server))
        self.assertLess(time.monotonic() - started, webhook.PATIENCE / 2)
        self.assert_answers(server)

    def test_new_edition_is_taken_and_judged_by(self):
        server = self.serve_remote()
        self.assertFalse(self.allowed(server))
        self.publish(catalog(self.NEW, serial=6))
        eventually(lambda: self.allowed(server), "the new edition is in use")
        self.assertIn("[+] catalog at https://localhost", server.probe("/readyz?verbose")[1])
        self.assertIn("catalog fetched", server.messages())

    def test_unchanged_is_asked_for_by_etag_and_compressed(self):
        self.source.gzip = True
        server = self.serve_remote()
        name = f'shelflife_catalog_fetches_total{{url="{self.source.url}",outcome="unchanged"}}'
        eventually(lambda: server.metrics()[name] >= 2, "the source was asked again")
        catalogs = [headers for path, headers in list(self.source.requests) if path == "/own.json"]
        self.assertNotIn("If-None-Match", catalogs[0])
        self.assertIn("If-None-Match", catalogs[-1])
        self.assertIn("gzip", catalogs[0]["Accept-Encoding"])
        self.assertEqual(len([path for path, _ in self.source.requests if path.endswith(".sig")]), 1)

    def test_truncated(self):
        server = self.serve_remote()
        self.source.behaviour = "truncated"
        self.publish(catalog(self.NEW, serial=6))
        self.assert_stays(server, "")
        self.source.behaviour = "good"
        eventually(lambda: self.allowed(server), "the whole one is in use")

    def test_huge(self):
        server = self.serve_remote()
        self.source.behaviour = "huge"
        self.publish(catalog(self.NEW, serial=6))
        self.assert_stays(server, "(limit|larger|long)")

    def test_wrong_key(self):
        server = self.serve_remote()
        self.publish(catalog(self.NEW, serial=6), key="other")
        self.assert_stays(server, "the signature does not match")

    def test_no_signature(self):
        server = self.serve_remote()
        del self.source.files["/own.json.sig"]
        self.source.files["/own.json"] = self.signed(catalog(self.NEW, serial=6))["/own.json"]
        self.assert_stays(server, "own.json.sig: the server replied with HTTP status 404")

    def test_older_serial_is_refused_also_after_a_restart(self):
        server = self.serve_remote()
        self.publish(catalog(self.NEW, serial=4))
        self.assert_stays(server, "serial 4, but serial 5 is already in use")
        server.stop()
        again = self.serve_remote()
        self.assert_stays(again, "serial 4, but serial 5 is already in use")

    def test_another_name_is_refused(self):
        server = self.serve_remote()
        self.publish(catalog(self.NEW, serial=6, name="endoflife"))
        self.assert_stays(server, 'endoflife.*, but the one in use from this URL is .*own')

    def test_half_written_is_taken_when_it_is_whole(self):
        server = self.serve_remote()
        new = self.signed(catalog(self.NEW, serial=6))
        self.source.files["/own.json"] = new["/own.json"]
        self.assert_stays(server, "the signature does not match")
        self.source.files["/own.json.sig"] = new["/own.json.sig"]
        eventually(lambda: self.allowed(server), "the whole one is in use")

    def test_byte_a_second(self):
        server = self.serve_remote()
        self.source.behaviour = "slow"
        self.publish(catalog(self.NEW, serial=6))
        for _ in range(5):
            self.assertFalse(self.allowed(server))
        self.assert_stays(server, "")

    def test_redirect_to_plain_http(self):
        server = self.serve_remote()
        self.source.behaviour = "redirect"
        self.publish(catalog(self.NEW, serial=6))
        self.assert_stays(server, "")

    def test_server_error_and_broken_catalog(self):
        server = self.serve_remote()
        self.source.behaviour = "500"
        self.assert_stays(server, "HTTP status 500")
        self.source.behaviour = "good"
        self.publish(b'{"apiVersion": "shelflife.dev/v1"}')
        self.assert_stays(server, "must be|missing")

    def test_source_away_at_the_start(self):
        self.serve_remote().stop()
        self.source.behaviour = "away"
        server = self.serve_remote()
        self.assertIn("catalog read from the cache", b"".join(server.log).decode())
        self.assertFalse(self.allowed(server))
        self.assertRegex(server.probe("/readyz?verbose")[1], "serial 5, from the cache")
        self.source.behaviour = "good"
        self.publish(catalog(self.NEW, serial=6))
        eventually(lambda: self.allowed(server), "the source is back")

    def test_source_away_at_the_first_start_of_all(self):
        self.source.behaviour = "away"
        server = self.serve_remote()
        self.assertTrue(self.allowed(server))
        self.assertRegex(server.probe("/readyz?verbose")[1], "own.json: none yet; failed")
        self.source.behaviour = "good"
        eventually(lambda: not self.allowed(server), "the catalog is in use")

    def test_copy_that_was_changed_is_not_used(self):
        self.serve_remote().stop()
        [copy] = self.cache.iterdir()
        copy.write_bytes(copy.read_bytes().replace(self.OLD.encode(), self.NEW.encode()))
        self.source.behaviour = "away"
        server = self.serve_remote()
        self.assertIn("cannot use the cached copy of the catalog", b"".join(server.log).decode())
        self.assertIn("none yet", server.probe("/readyz?verbose")[1])

    def test_edition_is_used_though_the_cache_cannot_be_written(self):
        server = self.serve_remote()
        shutil.rmtree(self.cache)
        self.publish(catalog(self.NEW, serial=6))
        eventually(lambda: self.allowed(server), "the new edition is in use")
        eventually(lambda: "cannot use the cached copy of the catalog" in server.messages(), "the log says it")

    def test_commands_that_end_take_them_too(self):
        def explain():
            done = subprocess.run([BINARY, "explain", "-o", "json", "--at", webhook.DAY, *map(str, self.options()),
                                   self.IMAGE], capture_output=True, check=False, timeout=120)
            return done.returncode, done.stdout, done.stderr.decode()

        code, out, err = explain()
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(json.loads(out)[0]["phase"], "unavailable")
        self.source.behaviour = "away"
        code, out, err = explain()
        self.assertEqual((code, json.loads(out)[0]["phase"]), (0, "unavailable"))
        self.assertIn("the current one stays in use", err)
        shutil.rmtree(self.cache)
        self.assertEqual(explain()[0], 3)

    def test_unsigned_and_plain_are_refused_at_once(self):
        for arguments, reason in [(["--catalog", self.source.url], "--catalog-key"),
                                  (["--catalog", "http://localhost/own.json", "--catalog-key",
                                    self.folder / "catalog.pub"], "must be an https:// URL")]:
            done = subprocess.run([BINARY, "explain", *map(str, arguments), "debian"], capture_output=True, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(reason, done.stderr.decode())

    def test_key_or_ca_that_is_no_file_is_refused_and_never_waited_for(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        for path in [fifo, "/dev/zero"]:
            for key, ca in [(path, self.certificates.ca), (self.folder / "catalog.pub", path)]:
                done = subprocess.run([BINARY, "explain", "--catalog", self.source.url, "--catalog-key", key,
                                       "--ca-file", ca, "debian"], capture_output=True, timeout=60, check=False)
                self.assertIn(done.returncode, [2, 3])
                self.assertIn(f"cannot read {path}: not a regular file", done.stderr.decode())

    def test_fetch(self):
        base = ["fetch", self.source.url, "--ca-file", self.certificates.ca]
        keyed = [*base, "--catalog-key", self.folder / "catalog.pub"]
        code, out, err = run(*keyed)
        self.assertEqual((code, out.encode()), (0, self.source.files["/own.json"]), err)
        target = self.folder / "fetched.json"
        self.assertEqual(run(*keyed, "-o", target)[0], 0)
        self.assertEqual(run("verify", "--key", self.folder / "catalog.pub", target)[0], 0)
        self.assertEqual(run(*base)[0], 2)
        self.assertEqual(run(*base, "--unsigned")[0], 0)
        self.publish(catalog(), key="other")
        code, out, err = run(*keyed)
        self.assertEqual((code, out), (2, ""))
        self.assertIn("does not match", err)
        del self.source.files["/own.json"]
        code, _, err = run(*keyed)
        self.assertEqual(code, 3)
        self.assertIn("HTTP status 404", err)

    def test_import_from_a_url(self):
        self.source.files["/own.json"] = json.dumps(json.loads(DJANGO.read_text())["response"]).encode()
        code, out, err = run("import", "endoflife", self.source.url, "--ca-file", self.certificates.ca, "--repository",
                             "registry.example/django")
        self.assertEqual(code, 0, err)
        self.assertEqual(len(json.loads(out)["products"][0]["rows"]), 3)


if __name__ == "__main__":
    unittest.main()
