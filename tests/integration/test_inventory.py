#!/usr/bin/env python3
"""Inventories: the commands that show, merge and export them, and a server that uses one while its file changes."""
import csv
import gzip
import io
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from webhook import ROOT, TestCase, eventually, pod_review

SHELFLIFE = os.environ["SHELFLIFE"]
FULL = ROOT / "tests/data/inventories/good/full.json"
APP = "registry.corp.example:5000/team/app:1"
OFTEN = ("--reload-interval", "20ms")


def run(*arguments):
    done = subprocess.run([SHELFLIFE, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def inventory(digit, reference, version, **more):
    """An inventory of one image."""
    return {"apiVersion": "shelflife.dev/v1", "kind": "Inventory", "asOf": "2026-11-20", **more, "images": [
        {"digest": "sha256:" + digit * 64, "platform": "linux/amd64", "inspected": "2026-11-20",
         "references": [{"name": reference, "lastSeen": "2026-11-20"}],
         "evidence": {"env": {"PYTHON_VERSION": version}}}]}


def replace(path, text):
    new = path.with_name(path.name + ".new")
    new.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.replace(new, path)


class Commands(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        text = json.dumps(content).encode()
        (self.folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return self.folder / name

    def test_show_lists_images(self):
        code, out, err = run("inventory", "show", FULL)
        self.assertEqual((code, err), (0, ""))
        lines = out.splitlines()
        self.assertEqual(lines[0].split(), ["IMAGE", "DIGEST", "PLATFORM", "INSPECTED", "LAST", "SEEN", "SNAPSHOT", "EVIDENCE"])
        self.assertRegex(lines[1], r"^docker\.io/library/python:3\.8-slim-bookworm \(\+1\) +a{12} +linux/arm64/v8 +2026-11-20 +"
                                   r"2026-11-21 +2026-08-03 +PYTHON_VERSION=3\.8\.20, RUN # debian\.sh.* \(outdated\)$")
        self.assertRegex(lines[2], r"^- +ca{11} +- +2026-11-20 +- +- +-$")
        self.assertEqual(lines[3], "2 images as of 2026-11-20")

    def test_show_says_all_about_an_image(self):
        code, out, err = run("inventory", "show", FULL, "--image", APP, "-i", "nowhere.example/app:1")
        self.assertEqual((code, err), (4, "shelflife: nowhere.example/app:1: not in the inventory\n"))
        for line in (APP, f"  digest      sha256:{'a' * 64}", f"  manifest    sha256:{'b' * 64}", f"              {APP}, 2026-11-21",
                     "  env         PYTHON_VERSION=3.8.20", "  base        docker.io/library/python:3.8", "  snapshot    2026-08-03"):
            self.assertIn(line + "\n", out)

    def test_show_as_json(self):
        code, out, err = run("inventory", "show", "-o", "json", FULL)
        self.assertEqual((code, err), (0, ""))
        first, second = json.loads(out)
        self.assertEqual(first["references"][1], {"name": APP, "lastSeen": "2026-11-21"})
        self.assertEqual(first["evidence"][0], {"kind": "env", "name": "PYTHON_VERSION", "value": "3.8.20"})
        self.assertEqual(first["evidence"][1]["name"], None)
        self.assertEqual((first["snapshot"], first["outdated"]), ("2026-08-03", True))
        self.assertEqual(first["base"], {"name": "docker.io/library/python:3.8", "digest": None})
        self.assertEqual((second["references"], second["lastSeen"], second["base"]), ([], None, None))
        self.assertEqual(json.loads(run("inventory", "show", "-o", "json", FULL, "-i", "nowhere.example/a:1")[1]), [])

    def test_merge_keeps_the_later_inspection_and_all_references(self):
        one = self.write("one.json", inventory("c", "r.example/app:1", "3.8.20"))
        later = inventory("c", "r.example/app:2", "3.9.1")
        later["images"][0]["inspected"] = "2026-11-21"
        two = self.write("two.json.gz", later)
        for output in "both.json", "both.json.gz":
            self.assertEqual(run("inventory", "merge", "-o", self.folder / output, two, one), (0, "", ""))
        plain = (self.folder / "both.json").read_bytes()
        self.assertEqual(gzip.decompress((self.folder / "both.json.gz").read_bytes()), plain)
        self.assertEqual(run("inventory", "merge", one, two)[1].encode(), plain)
        image, = json.loads(plain)["images"]
        self.assertEqual([r["name"] for r in image["references"]], ["r.example/app:1", "r.example/app:2"])
        self.assertEqual(image["evidence"]["env"], {"PYTHON_VERSION": "3.9.1"})

    def test_parts_of_an_edition_are_one_inventory(self):
        def part(name, edition, index, digit):
            self.write(name, inventory(digit, f"r.example/app:{digit}", "3.8.20",
                                       part={"edition": edition, "index": index, "count": 2}))
        part("a-0.json.gz", "2026-11-20T10:00:00Z", 0, "1")
        code, _, err = run("inventory", "show", self.folder)
        self.assertEqual(code, 2)
        self.assertIn(": part 2 of 2 of the inventory's edition 2026-11-20T10:00:00Z is missing", err)
        part("a-1.json.gz", "2026-11-20T10:00:00Z", 1, "2")
        part("b-1.json.gz", "2026-11-21T10:00:00Z", 1, "3")
        self.assertIn("2 images", run("inventory", "show", self.folder)[1])
        self.assertEqual(run("inventory", "show", self.folder, "-i", "r.example/app:3")[0], 4)
        part("b-0.json.gz", "2026-11-21T10:00:00Z", 0, "4")
        self.assertEqual(run("inventory", "show", self.folder, "-i", "r.example/app:3")[0], 0)
        self.assertEqual(run("inventory", "show", self.folder, "-i", "r.example/app:1")[0], 4)

    def test_export_as_csv(self):
        code, out, err = run("inventory", "export", FULL)
        self.assertEqual((code, err), (0, ""))
        first, second, third = csv.DictReader(io.StringIO(out))
        self.assertEqual(first["image"], "docker.io/library/python:3.8-slim-bookworm")
        self.assertEqual(second["image"], APP)
        self.assertEqual(second["releases"], "python 3.8; debian 12")
        self.assertEqual(second["digest"], "sha256:" + "a" * 64)
        self.assertTrue(second["evidence"].startswith("PYTHON_VERSION=3.8.20; RUN # debian.sh"))
        self.assertEqual((second["snapshot"], second["outdated"]), ("2026-08-03", "true"))
        self.assertEqual((third["image"], third["releases"]), ("", ""))

    def test_export_as_csv_has_no_formulas(self):
        hostile = self.write("hostile.json", inventory("d", "r.example/app:1", "x"))
        content = json.loads(hostile.read_text())
        content["images"][0]["base"] = {"name": "=HYPERLINK(\"x\")"}
        hostile.write_text(json.dumps(content))
        row, = csv.DictReader(io.StringIO(run("inventory", "export", hostile)[1]))
        self.assertEqual(row["base"], "'=HYPERLINK(\"x\")")

    def test_export_as_cyclonedx(self):
        code, out, err = run("inventory", "export", "--format", "cyclonedx", FULL)
        self.assertEqual((code, err), (0, ""))
        bom = json.loads(out)
        self.assertEqual((bom["bomFormat"], bom["specVersion"], bom["version"]), ("CycloneDX", "1.5", 1))
        self.assertEqual(bom["metadata"]["timestamp"], "2026-11-20T00:00:00Z")
        first, second = bom["components"]
        self.assertEqual(first["type"], "container")
        self.assertEqual(first["purl"], f"pkg:oci/python@sha256%3A{'a' * 64}?arch=arm64&"
                                        "repository_url=docker.io/library/python&tag=3.8-slim-bookworm")
        self.assertEqual(first["hashes"], [{"alg": "SHA-256", "content": "a" * 64}])
        self.assertIn({"name": "shelflife:evidence:env:PYTHON_VERSION", "value": "3.8.20"}, first["properties"])
        self.assertIn({"name": "shelflife:reference", "value": APP}, first["properties"])
        self.assertEqual([(c["type"], c["name"], c["version"]) for c in first["components"]],
                         [("application", "python", "3.8"), ("platform", "debian", "12")])
        self.assertNotIn("purl", second)
        refs = [c["bom-ref"] for c in bom["components"]] + [k["bom-ref"] for c in bom["components"] for k in c["components"]]
        self.assertEqual(len(refs), len(set(refs)))

    def test_broken_files_are_errors_that_name_the_place(self):
        broken = inventory("c", "r.example/app:1", "3.8.20")
        broken["images"].append({"digest": "sha256:12"})
        path = self.write("broken.json", broken)
        for command in (["inventory", "show", path], ["inventory", "merge", path], ["inventory", "export", path],
                        ["explain", "--inventory", path, "python"], ["audit", "--inventory", path, ROOT / "tests/data/reviews"]):
            code, out, err = run(*command)
            self.assertEqual((code, out), (2, ""), command)
            self.assertIn("broken.json: images[1].digest: \"sha256:12\" is not a digest", err, command)


class Server(TestCase):
    def setUp(self):
        self.volume = self.folder / self.id()
        self.volume.mkdir()
        self.file = self.volume / "inventory.json.gz"

    def put(self, version):
        replace(self.file, gzip.compress(json.dumps(inventory("e", "r.example/team/app:1", version)).encode()))

    def warned(self, server):
        return bool(server.post(pod_review("r.example/team/app:1"))[1]["response"].get("warnings"))

    def test_inventory_is_used_as_soon_as_it_is_there_and_as_long_as_nothing_better_is(self):
        server = self.serve("--inventory", self.volume, *OFTEN)  # which is empty
        status, text = server.probe("/readyz?verbose")
        self.assertEqual(status, 200)
        self.assertRegex(text, r"\[!\] loading of the inventory failed .* there is none in use: .* contains no inventory")
        self.assertNotIn("shelflife_inventory_images", server.metrics())
        self.assertFalse(self.warned(server))
        self.put("3.8.20")
        eventually(lambda: self.warned(server), "the inventory is in use")
        self.assertEqual(server.metrics()["shelflife_inventory_images"], 1)
        self.assertGreater(server.metrics()["shelflife_inventory_age_seconds"], 0)
        self.assertIn("[+] inventory: 1 image as of 2026-11-20\n", server.probe("/readyz?verbose")[1])
        replace(self.file, b"{")
        eventually(lambda: "reload of the inventory failed" in server.probe("/readyz?verbose")[1], "the failure is shown")
        self.assertTrue(self.warned(server))
        shutil.rmtree(self.volume)
        eventually(lambda: "no such file" in server.probe("/readyz?verbose")[1].lower(), "it is gone")
        self.assertTrue(self.warned(server))
        self.volume.mkdir()
        self.put("3.13.1")
        eventually(lambda: not self.warned(server), "the new inventory is in use")
        metrics = server.metrics()
        self.assertEqual(metrics['shelflife_reloads_total{what="inventory",outcome="success"}'], 2)
        self.assertGreaterEqual(metrics['shelflife_reloads_total{what="inventory",outcome="failure"}'], 3)
        self.assertEqual(metrics['shelflife_reloads_total{what="snapshot",outcome="failure"}'], 0)

    def test_sighup_reads_it_again(self):
        self.put("3.8.20")
        server = self.serve("--inventory", self.file, "--reload-interval", "0s")
        self.assertTrue(self.warned(server))
        self.put("3.13.1")
        server.process.send_signal(1)
        eventually(lambda: not self.warned(server), "the new inventory is in use")


if __name__ == "__main__":
    unittest.main()
