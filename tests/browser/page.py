"""Reports of made-up workloads, open in a browser: what the tests of the page share."""
import datetime
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from browser import Browser

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data/reports"
SHELFLIFE = pathlib.Path(os.environ.get("SHELFLIFE", HERE.parents[1] / "build/dev/shelflife")).resolve()
AT = "2026-11-23"
SHOTS = os.environ.get("SHELFLIFE_SCREENSHOTS")
IMAGES = ["registry.example/ml/tensor-gpu.2-4:m1", "registry.example/ml/tensor-gpu.2-6:m9",
          "registry.example/ml/tensor-gpu.2-9:m1", "registry.example/lang:3.8", "registry.example/lang:3.9.1",
          "registry.example/lang:3.12.4-wurm", "registry.example/lang:latest", "elsewhere.example/thing:1", "not an image",
          "registry.example/lang:3.12.1@sha256:" + "a" * 64, "registry.example/base:12"]
NAMESPACES = ["ml", "lab", "legacy", "web", "payments"]
KINDS = [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("batch/v1", "Job")]


def day_number(day):
    return (datetime.date.fromisoformat(day) - datetime.date(1970, 1, 1)).days


LONG_IMAGES = [
    "registry.example/lang:3.9.1@sha256:" + "0123456789abcdef" * 4, "registry.example/ml/tensor-gpu.2-9:m1",
    "123456789012.dkr.ecr.eu-central-1.amazonaws.com/platform/shared-services/customer-identity-and-access-management:"
    "2024.11.03-build.20241103.4711-hotfix-2",
    "ghcr.io/an-organisation-with-a-long-name/monorepo/services/payment-gateway-adapter@sha256:" + "89ab" * 16,
    "registry.example/lang:3.8-an-unusually-long-tag-without-any-separator-" + "x" * 58, "registry.example/lang:3.12"]


def manifests(count, long=False):
    """Workloads of all sorts, the same in each run; `long`: with names about as long as Kubernetes allows."""
    images, padding, longest = (LONG_IMAGES, "-of-the-customer-identity-and-access-management", 63) if long else (IMAGES, "", 9)
    for i in range(count):
        group, kind = KINDS[i % len(KINDS)]
        names = [images[i * 7 % len(images)]] + ([images[i * 5 % len(images)]] if i % 3 == 0 else [])
        if i % 9 == 0:
            names.append(f"registry.example/lang:3.9-build{i}")
        containers = [{"name": f"c{k}", "image": image} for k, image in enumerate(names)]
        yield {"apiVersion": group, "kind": kind,
               "metadata": {"name": f"work-{i}{padding}", "namespace": NAMESPACES[i % len(NAMESPACES)].ljust(longest if long else 0, "n"),
                            "labels": {"team": ["red", "blue"][i % 2]}},
               "spec": {"template": {"spec": {"containers": containers}}}}


def audit(file, *args, at=AT):
    command = [SHELFLIFE, "audit", "--no-embedded", "--catalog", "catalog.json", "--policy", "policy.yaml",
               "--fail-on", "never", "--at", at, *args, file]
    done = subprocess.run(command, cwd=DATA, capture_output=True, text=True)
    if done.returncode not in (0, 4):
        raise AssertionError(done.stderr)
    return done.stdout


class PageCase(unittest.TestCase):
    PAGES = {"some": 120}  # names of reports, and how many workloads are in each

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.shots = pathlib.Path(SHOTS or cls.folder)
        cls.browser = cls.enterClassContext(Browser())
        cls.files = {}
        for name, count in cls.PAGES.items():
            source = cls.folder / f"{name}.json"
            source.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests(count, name == "long"))}))
            cls.files[name] = cls.folder / f"{name}.html"
            cls.files[name].write_text(audit(source, "-o", "html"))

    def load(self, name="some", width=1280, height=900, mobile=False, address="", **media):
        self.browser.size(width, height, mobile)
        self.browser.media(**media)
        self.browser.open(self.files[name], address)
        self.browser.settle()
        return self.browser

    def tearDown(self):
        self.assertEqual(self.browser.complaints(), [])
        asked = self.browser.requests()
        self.assertEqual([url for url in asked if not url.startswith(("file://", "data:"))], [])

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0]).innerText", selector)

    def set_day(self, day):
        self.browser.run("const d = document.getElementById('date'); d.value = arguments[0];"
                         "d.dispatchEvent(new Event('change'))", day)
        self.browser.settle()

    def day(self):
        return self.text("#handle")

    def choose(self, field, value):
        self.browser.run("const s = document.getElementById(arguments[0]); s.value = arguments[1];"
                         "s.dispatchEvent(new Event('change'))", field, value)
        self.browser.settle()

    def rows(self):
        """All rows of the table, as paper would have them."""
        return [tuple(row) for row in self.browser.run("""
            dispatchEvent(new Event('beforeprint'));
            const rows = [...document.querySelectorAll('#rows tr[data-phase]')].map(tr => {
                const find = selector => tr.querySelector(selector);
                return [find('.where').innerText.trim(), find('.name + small').innerText.split(' ')[0],
                    find('.name').innerText, find('.c-image .mono').title, tr.dataset.phase, tr.dataset.action];
            });
            dispatchEvent(new Event('afterprint'));
            return rows""")]
