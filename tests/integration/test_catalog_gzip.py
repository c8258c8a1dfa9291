"""Compressed catalogs, as a ConfigMap of 1 MiB wants them."""
import gzip
import json
import pathlib
import subprocess
import tempfile
import unittest

import webhook

OWN = json.dumps({"apiVersion": "shelflife.dev/v1", "kind": "Catalog", "name": "own", "source": "none", "license": "none",
                  "asOf": "2026-11-01", "serial": 1, "products": [{"name": "base", "repositories": ["example.com/base"],
                  "rows": [{"release": "1", "endOfPatch": "2026-01-01"}]}]}).encode()


class Gzip(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def explain(self, content, name="own.json.gz"):
        (self.folder / name).write_bytes(content)
        return subprocess.run([webhook.BINARY, "explain", "--at", "2026-11-23", "-o", "json", "--catalog", self.folder,
                               "example.com/base:1"], capture_output=True, text=True)

    def assert_read(self, content):
        done = self.explain(content)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)[0]["phase"], "unpatched")

    def test_a_compressed_catalog_in_a_folder_is_read(self):
        self.assert_read(gzip.compress(OWN))

    def test_one_of_several_members_is_read_whole(self):
        self.assert_read(gzip.compress(OWN[:40]) + gzip.compress(OWN[40:]))

    def test_what_is_no_whole_gzip_file_is_told(self):
        whole = gzip.compress(OWN)
        for content in (b"", whole[:-1], whole[:20], OWN, whole + b"more", whole[:30] + b"\0" + whole[31:]):
            with self.subTest(content):
                done = self.explain(content)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertIn("own.json.gz is not a valid gzip file", done.stderr)

    def test_a_bomb_stops_at_the_limit(self):
        done = self.explain(gzip.compress(b" " * (65 << 20)))
        self.assertEqual(done.returncode, 2)
        self.assertIn("own.json.gz: decompressed, it is larger than 67108864 bytes", done.stderr)


if __name__ == "__main__":
    unittest.main()
