"""The reports that the unit tests hold to the byte are what other programs take: each is read with a parser that is
not ours, hostile names and all."""
import csv
import io
import json
import pathlib
import re
import unittest
import xml.etree.ElementTree as ElementTree

import yaml

EXPECTED = pathlib.Path(__file__).resolve().parents[1] / "data/reports/expected"
PHASES = ["supported", "unlisted", "unresolved", "invalid", "ending", "unpatched", "unavailable"]


def read(name):
    return (EXPECTED / name).read_bytes().decode()


def document(name):
    return json.loads(read(name))


class Formats(unittest.TestCase):
    def setUp(self):
        self.findings = document("report.json")["findings"]

    def test_json_tells_every_finding_once(self):
        report = document("report.json")
        self.assertEqual((report["apiVersion"], report["kind"]), ("shelflife.dev/v1", "AuditReport"))
        prints = [finding["fingerprint"] for finding in report["findings"]]
        self.assertEqual(len(prints), len(set(prints)))
        self.assertEqual(sum(report["summary"]["phases"].values()), report["summary"]["workloads"])
        self.assertEqual(sum(report["summary"]["actions"].values()), report["summary"]["workloads"])
        for finding in report["findings"]:
            self.assertIn(finding["phase"], PHASES)
            for match in finding["matches"]:
                self.assertTrue(match["row"].startswith("products["))

    def test_json_of_forecast_and_comparison(self):
        changes = document("forecast.json")["changes"]
        self.assertEqual([c["day"] for c in changes], sorted(c["day"] for c in changes))
        for change in changes:
            self.assertNotEqual((change["phase"], change["action"]), (change["oldPhase"], change["oldAction"]))
        for difference in document("comparison.json")["differences"]:
            self.assertNotEqual(difference["action"], difference["oldAction"])

    def test_csv_holds_no_formula(self):
        for name in ("report.csv", "forecast.csv"):
            rows = list(csv.reader(io.StringIO(read(name), newline=""), strict=True))
            self.assertGreater(len(rows), 1)
            self.assertEqual({len(row) for row in rows}, {len(rows[0])})
            numbers = {i for i, key in enumerate(rows[0]) if key in ("days", "daysLeft", "line", "column", "pods")}
            for row in rows[1:]:
                for i, cell in enumerate(row):
                    if i in numbers:
                        self.assertRegex(cell, r"^-?\d*$")
                    else:
                        self.assertNotRegex(cell, r"^[=+\-@\t\r\n＝＋－＠]")
        self.assertEqual(len(list(csv.DictReader(io.StringIO(read("report.csv"), newline="")))), len(self.findings))

    def test_junit_counts_its_cases(self):
        for name in ("junit.xml", "junit-warn.xml", "junit-never.xml"):
            suite = ElementTree.fromstring(read(name)).find("testsuite")
            for attribute, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
                self.assertEqual(int(suite.get(attribute)), len(suite.findall(f"testcase/{element}")), attribute)
            self.assertEqual(int(suite.get("tests")), len(suite.findall("testcase")))
            names = [(case.get("classname"), case.get("name")) for case in suite.findall("testcase")]
            self.assertEqual(len(names), len(set(names)))
        denied = [f for f in self.findings if f["action"] == "deny"]
        self.assertEqual(len(ElementTree.fromstring(read("junit.xml")).findall(".//failure")), len(denied))
        self.assertTrue(denied)

    def test_sarif_has_what_2_1_0_requires(self):
        log = document("report.sarif")
        self.assertEqual(log["version"], "2.1.0")
        (run,) = log["runs"]
        rules = run["tool"]["driver"]["rules"]
        self.assertEqual([rule["id"] for rule in rules], PHASES)
        for rule in rules:
            self.assertRegex(rule["name"], r"^([A-Z][a-z]+)+$")
            self.assertTrue(all(rule[key]["text"].endswith(".") for key in ("shortDescription", "fullDescription", "help")))
            self.assertIn("**What to do:**", rule["help"]["markdown"])
            self.assertTrue(rule["helpUri"].startswith("https://") and rule["defaultConfiguration"]["level"])
        self.assertEqual(len(run["results"]), len(self.findings))
        for result, finding in zip(run["results"], self.findings):
            self.assertEqual(rules[result["ruleIndex"]]["id"], result["ruleId"])
            self.assertEqual(result["ruleId"], finding["phase"])
            self.assertIn(result["level"], ("none", "note", "warning", "error"))
            self.assertTrue(result["message"]["text"])
            self.assertEqual(result["partialFingerprints"], {"shelflife/v1": finding["fingerprint"],
                                                             "primaryLocationLineHash": finding["fingerprint"]})
            place = result["locations"][0]["physicalLocation"]
            self.assertEqual(place["region"], {"startLine": finding["line"], "startColumn": finding["column"]})
            self.assertRegex(place["artifactLocation"]["uri"], r"^[A-Za-z0-9/._~%-]+$")
        self.assertEqual([bool(r.get("suppressions")) for r in run["results"]],
                         [bool(f["waivedBy"]) for f in self.findings])
        (invocation,) = run["invocations"]
        self.assertFalse(invocation["executionSuccessful"])
        (note,) = invocation["toolExecutionNotifications"]
        self.assertTrue(note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("broken.yaml"))

    def test_policy_reports_have_their_fields(self):
        for name, group, kind in (("policyreport.json", "wgpolicyk8s.io/v1alpha2", "PolicyReport"),
                                  ("openreports.json", "openreports.io/v1alpha1", "Report")):
            reports = document(name)["items"]
            results = [result for report in reports for result in report["results"]]
            self.assertEqual(len(results), len(self.findings))
            for report in reports:
                self.assertEqual((report["apiVersion"], report["kind"]), (group, kind))
                self.assertEqual(report["metadata"]["labels"], {"app.kubernetes.io/managed-by": "shelflife"})
                for outcome in ("pass", "fail", "warn", "error", "skip"):
                    self.assertEqual(report["summary"][outcome],
                                     sum(result["result"] == outcome for result in report["results"]))
            for result in results:
                self.assertIn(result["severity"], ("critical", "high", "medium", "low", "info"))
                self.assertEqual(set(result["timestamp"]), {"seconds", "nanos"})
                self.assertTrue(result["policy"] and result["message"] and result["resources"][0]["kind"])
                self.assertTrue(all(isinstance(value, str) for value in result["properties"].values()))

    def test_prometheus_lines_parse(self):
        label = r'[a-z]+="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
        line = re.compile(rf"[a-z_]+(?:\{{{label}(?:,{label})*\}})? -?\d+")
        typed, seen = set(), set()
        for text in read("metrics.prom").splitlines():
            if text.startswith("# TYPE "):
                typed.add(text.split()[2])
            elif not text.startswith("# HELP "):
                self.assertRegex(text, f"^{line.pattern}$")
                self.assertIn(re.match("[a-z_]+", text).group(), typed)
                series = text.rsplit(" ", 1)[0]
                self.assertNotIn(series, seen)
                seen.add(series)

    def test_yaml_is_the_data_of_json(self):
        self.assertEqual(yaml.safe_load(read("report.yaml")), document("report.json"))

    def test_markdown_has_as_many_cells_in_each_line(self):
        for name in ("report.md", "forecast.md", "comparison.md"):
            lines = [text for text in read(name).splitlines() if text.startswith("|")]
            self.assertEqual({text.count("|") for text in lines}, {lines[0].count("|")}, name)
            outside_code = re.sub(r"`[^`]*`", "", "\n".join(lines))
            self.assertNotRegex(outside_code, r"[*\[\]`]|<(?!/?code>)|://|\w@\w")


if __name__ == "__main__":
    unittest.main()
