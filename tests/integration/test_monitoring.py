"""Metrics: promtool accepts the metrics of a running server, and the alerts and the dashboard of the chart use only
metrics that it has."""
import json
import re
import shutil
import subprocess
import unittest

import webhook

CHART = webhook.ROOT / "charts/shelflife/files"


class Monitoring(webhook.TestCase):
    def setUp(self):
        self.server = self.serve()
        self.server.post(webhook.pod_review(webhook.DEAD))

    def test_promtool_takes_the_metrics(self):
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed (Debian's package prometheus)")
        done = subprocess.run(["promtool", "check", "metrics"], input=self.server.probe("/metrics")[1],
                              capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_rules_and_dashboard_speak_of_metrics_that_are_there(self):
        names = {re.sub(r"_(bucket|sum|count)$", "", sample.split("{")[0]) for sample in self.server.metrics()}
        # Some metrics exist only if the server manages its certificate or fetches catalogs.
        for source in webhook.ROOT.glob("src/*/*.c"):
            names |= set(re.findall(r'"(shelflife_(?:certificate|catalog)_[a-z_]+)"', source.read_text()))
        dashboard = json.loads((CHART / "dashboard.json").read_text())
        queries = "\n".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
        for text in (CHART / "rules.yaml").read_text(), queries:
            used = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"shelflife_[a-z_]+", text)}
            self.assertTrue(used)
            self.assertEqual(used - names, set())

    def test_label_values_in_queries_are_some_that_are_told(self):
        text = self.server.probe("/metrics")[1]
        for name, label, value in re.findall(r'(shelflife_[a-z_]+)\{[^}]*?([a-z]+)="([a-z]+)"',
                                             (CHART / "rules.yaml").read_text()):
            self.assertRegex(text, rf'{name}\{{[^}}]*{label}="{value}"')


if __name__ == "__main__":
    unittest.main()
