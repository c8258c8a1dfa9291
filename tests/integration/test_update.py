#!/usr/bin/env python3
"""`shelflife catalog update` as a pipeline runs it, against an HTTPS server with good, changed and broken feeds."""
import datetime
import gzip
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import webhook
from webhook import BINARY, ROOT, TestCase, eventually, openssl, pod_review

DAY = "2026-09-01"
TODAY, TOMORROW = (str(datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days)) for days in (0, 1))


def feed(*releases, day=DAY, name="app", **more):
    """A response of the endoflife.date API about one product."""
    return {"generated_at": f"{day}T00:00:00+00:00", "result": [{"name": name, "label": "App", "releases": releases,
                                                                 **more}]}


def release(name, end=None, **more):
    return {"name": name, "eolFrom": end, "isEol": False, **more}


GOOD = [release("2.0", "2028-01-01", latest={"name": "2.0.3", "date": "2026-08-01"}), release("1.0", "2027-01-01")]


def catalog(*feeds, rows=None, **more):
    rows = rows or [{"release": "2.0", "endOfPatch": "2028-01-01", "latest": "2.0.3", "latestDate": "2026-08-01"},
                    {"release": "1.0", "endOfPatch": "2027-01-01"}]
    return {"apiVersion": "shelflife.dev/v1", "kind": "Catalog", "name": "own", "asOf": DAY, "serial": 7,
            "feeds": list(feeds), "products": [{"name": "app", "repositories": ["images.example/app"], "rows": rows}],
            **more}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class Publisher(webhook.HttpsServer):
    """An HTTPS server for feeds and catalogs: {path: bytes, or the status of the reply}."""

    def __init__(self, certificates):
        self.files, self.encodings = {}, []
        super().__init__(certificates, Handler)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        content = self.server.files.get(self.path, 404)
        status, body = (content, b"") if isinstance(content, int) else (200, content)
        if isinstance(body, pathlib.Path):
            status, body = (200, body.read_bytes()) if body.exists() else (404, b"")
        cut = body.startswith(b"CUT")
        body = body.removeprefix(b"CUT")
        self.server.encodings.append(self.headers.get("Accept-Encoding"))
        self.send_response(status)
        if body.startswith(b"\x1f\x8b"):
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body) * (1 + cut)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = cut


class Update(TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = Publisher(self.certificates)
        self.addCleanup(self.server.close)
        self.url = f"{self.server.url}/products"
        self.path = self.folder / "own.json"
        self.changelog = self.folder / "CHANGELOG.md"
        openssl(self.folder, "genpkey", "-algorithm", "ed25519", "-out", "catalog.key")
        openssl(self.folder, "pkey", "-in", "catalog.key", "-pubout", "-out", "catalog.pub")
        self.write(catalog({"format": "endoflife", "url": self.url}))

    def write(self, content):
        self.path.write_text(json.dumps(content))

    def publish(self, *releases, **more):
        self.server.files["/products"] = json.dumps(feed(*releases, **more)).encode()

    def run_catalog(self, *arguments):
        done = subprocess.run([BINARY, "catalog", *map(str, arguments)], capture_output=True, timeout=webhook.PATIENCE,
                              text=True, check=False, cwd=self.folder)
        return done.returncode, done.stdout, done.stderr

    def update(self, *arguments, files=None):
        return self.run_catalog("update", "--ca-file", self.certificates.ca, *arguments, *(files or [self.path]))

    def sign(self):
        code, _, err = self.run_catalog("sign", "--key", "catalog.key", self.path)
        self.assertEqual(code, 0, err)

    def verify(self):
        return self.run_catalog("verify", "--key", "catalog.pub", self.path)[0]

    def state(self):
        return contents(self.folder)

    def edition(self):
        read = json.loads(self.path.read_text())
        return read["serial"], read["asOf"], {row["release"]: row for row in read["products"][0]["rows"]}


class Editions(Update):
    def test_changes_are_printed_and_become_a_signed_edition_with_an_entry_in_the_changelog(self):
        self.publish(release("3.0", "2030-01-01"), release("2.0", "2028-06-01", latest={"name": "2.0.4", "date": "2026-09-09"}),
                     GOOD[1], day="2026-09-10")
        code, out, err = self.update("--key", "catalog.key", "--changelog", self.changelog)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out.splitlines(), [
            "~ catalog asOf: 2026-09-01 -> 2026-09-10", "~ catalog serial: 7 -> 8",
            "~ app 2.0 endOfPatch: 2028-01-01 -> 2028-06-01", "~ app 2.0 latest: 2.0.3 -> 2.0.4",
            "~ app 2.0 latestDate: 2026-08-01 -> 2026-09-09", "+ app 3.0"])
        serial, day, rows = self.edition()
        self.assertEqual((serial, day), (8, "2026-09-10"))
        self.assertEqual(rows["3.0"]["endOfPatch"], "2030-01-01")
        self.assertEqual(self.verify(), 0)
        self.assertEqual(self.changelog.read_text(), "\n".join([
            "# Changelog of the catalogs", "", "## own 8, as of 2026-09-10", "",
            "- new release: app 3.0, end of patch 2030-01-01",
            "- app 2.0: end of patch 2028-01-01 -> 2028-06-01", "- 1 newest patch", ""]))
        self.publish(release("3.0", "2030-02-01"), release("2.0", "2028-06-01"), GOOD[1], day="2026-09-11")
        self.update("--key", "catalog.key", "--changelog", self.changelog)
        text = self.changelog.read_text()
        self.assertLess(text.index("## own 9"), text.index("## own 8"))
        self.assertEqual(text.count("# Changelog"), 1)

    def test_an_unchanged_catalog_stays_byte_for_byte(self):
        self.publish(*GOOD)
        before = self.state()
        code, out, err = self.update("--changelog", self.changelog)
        self.assertEqual((code, out), (0, ""), err)
        self.assertIn("nothing has changed", err)
        self.assertEqual(self.state(), before)

    def test_dates_that_are_confirmed_on_a_later_day_make_an_edition_so_that_it_is_not_stale(self):
        self.publish(*GOOD, day="2026-11-20")
        code, out, err = self.update("--changelog", self.changelog)
        self.assertEqual(code, 0, err)
        self.assertEqual(out.splitlines(), ["~ catalog asOf: 2026-09-01 -> 2026-11-20", "~ catalog serial: 7 -> 8"])
        self.assertEqual(self.edition()[:2], (8, "2026-11-20"))
        self.assertIn("- checked; nothing has changed", self.changelog.read_text())

    def test_another_order_of_the_feed_is_no_change(self):
        self.publish(*reversed(GOOD))
        before = self.state()
        self.assertIn("nothing has changed", self.update()[2])
        self.assertEqual(self.state(), before)

    def test_an_older_feed_that_says_the_same_is_no_change(self):
        self.publish(*GOOD, day="2026-08-01")
        before = self.state()
        self.assertIn("nothing has changed", self.update()[2])
        self.assertEqual(self.state(), before)

    def test_as_of_replaces_the_day_of_the_feeds(self):
        self.publish(*GOOD)
        self.update("--as-of", "2026-10-05")
        self.assertEqual(self.edition()[:2], (8, "2026-10-05"))

    def test_a_day_in_the_future_is_refused(self):
        self.publish(*GOOD, day="2099-01-01")
        before = self.state()
        code, _, err = self.update()
        self.assertEqual(code, 3, err)
        self.assertIn(f"{self.url}: generated_at: the feed is of 2099-01-01, but today is ", err)
        self.publish(*GOOD)
        code, _, err = self.update("--as-of", "2099-01-01")
        self.assertEqual(code, 2, err)
        self.assertIn("--as-of: 2099-01-01 is in the future; today is ", err)
        code, _, err = self.run_catalog("import", "endoflife", "--as-of", "2099-01-01", self.path)
        self.assertEqual(code, 2, err)
        self.assertEqual(self.state(), before)
        self.publish(*GOOD, day=TOMORROW)
        self.assertEqual(self.update()[0], 0)

    def test_a_dry_run_writes_nothing(self):
        self.publish(release("3.0"), *GOOD, day="2026-09-10")
        self.sign()
        before = self.state()
        code, out, _ = self.update("--dry-run", "--key", "catalog.key", "--changelog", self.changelog)
        self.assertEqual(code, 0)
        self.assertIn("+ app 3.0", out)
        self.assertEqual(self.state(), before)

    def test_an_unchanged_catalog_gets_the_signature_that_it_lacks(self):
        self.publish(*GOOD)
        signature = self.folder / "own.json.sig"
        for content in None, "AAAA":
            if content:
                signature.write_text(content)
            self.assertEqual(self.update("--key", "catalog.key")[0], 0)
            self.assertEqual(self.verify(), 0)
        before = self.state()
        self.update("--key", "catalog.key")
        self.assertEqual(self.state(), before)

    def test_the_later_feed_is_used_and_a_note_names_both(self):
        self.server.files["/second"] = json.dumps(feed(release("2.0", "2029-01-01"))).encode()
        second = self.server.url + "/second"
        self.write(catalog({"format": "endoflife", "url": self.url}, {"format": "endoflife", "url": second}))
        self.publish(*GOOD)
        code, _, err = self.update()
        self.assertEqual(code, 0, err)
        self.assertIn(f"note: app 2.0: endOfPatch is 2028-01-01 in {self.url}, and 2029-01-01 in {second}", err)
        self.assertEqual(self.edition()[2]["2.0"]["endOfPatch"], "2029-01-01")
        code, _, err = self.update()
        self.assertEqual((code, self.edition()[0]), (0, 8), err)
        self.assertEqual([line for line in err.splitlines() if "note: " in line], [
            f"shelflife: {self.path}: note: feeds disagree on 1 date of the catalog, as they did before; the later feed is used"])

    def test_products_have_other_names_in_a_feed(self):
        self.write(catalog({"format": "endoflife", "url": self.url, "products": {"app": "their-app"}}))
        self.publish(release("2.0", "2028-06-01"), GOOD[1], name="their-app")
        self.assertEqual(self.update()[0], 0)
        self.assertEqual(self.edition()[2]["2.0"]["endOfPatch"], "2028-06-01")

    def test_a_row_with_a_source_of_its_own_is_not_renewed(self):
        rows = [{"release": "2.0", "endOfPatch": "2027-03-01", "source": "https://app.example/end"},
                {"release": "1.0", "endOfPatch": "2027-01-01"}]
        self.write(catalog({"format": "endoflife", "url": self.url}, rows=rows))
        self.publish(GOOD[0], release("1.0", "2027-02-01"))
        self.assertEqual(self.update()[0], 0)
        self.assertEqual(json.loads(self.path.read_text())["products"][0]["rows"],
                         [rows[0], {"release": "1.0", "endOfPatch": "2027-02-01"}])

    def test_old_releases_and_patches_of_something_else_are_not_imported(self):
        self.publish(*GOOD, release("0.9", "2019-01-01"))
        self.assertIn("nothing has changed", self.update()[2])
        self.publish(release("2.0", "2028-01-01", latest={"name": "10.0.17763", "date": "2026-08-30"}), GOOD[1])
        self.assertIn("nothing has changed", self.update()[2])

    def test_a_product_without_versions_is_the_only_release_of_the_feed(self):
        rows = [{"endOfPatch": "2027-01-01"}]
        self.write(catalog({"format": "endoflife", "url": self.url}, rows=rows))
        self.publish(release("current", "2027-07-01", latest={"name": "43800"}))
        self.assertEqual(self.update()[0], 0)
        self.assertEqual(json.loads(self.path.read_text())["products"][0]["rows"], [{"endOfPatch": "2027-07-01"}])
        self.publish(*GOOD)
        code, _, err = self.update()
        self.assertEqual(code, 0)
        self.assertIn('not imported: ' + self.url + ': "app" has releases, but not in the catalog', err)

    def test_feeds_are_files_beside_the_catalog_or_recorded_ones(self):
        (self.folder / "feeds").mkdir()
        (self.folder / "feeds/app.json").write_text(json.dumps(feed(release("2.0", "2028-06-01"), GOOD[1])))
        self.write(catalog({"format": "endoflife", "url": "feeds/app.json"}))
        self.assertEqual(self.update()[0], 0)
        self.assertEqual(self.edition()[2]["2.0"]["endOfPatch"], "2028-06-01")
        recorded = self.folder / "recorded/feeds.example/v1/app"
        recorded.parent.mkdir(parents=True)
        recorded.write_text(json.dumps(feed(release("2.0", "2028-07-01"), GOOD[1])))
        self.write(catalog({"format": "endoflife", "url": "https://feeds.example/v1/app"}))
        self.assertEqual(self.update("--feed-dir", "recorded")[0], 0)
        self.assertEqual(self.edition()[2]["2.0"]["endOfPatch"], "2028-07-01")

    def test_a_catalog_without_feeds_is_skipped_in_a_folder_and_a_mistake_by_name(self):
        self.publish(*GOOD)
        other = self.folder / "other.json"
        content = catalog(name="other")
        del content["feeds"]
        other.write_text(json.dumps(content))
        code, _, err = self.update(files=[other])
        self.assertEqual(code, 2)
        self.assertIn("add `feeds`", err)
        code, _, err = self.update(files=[self.folder])
        self.assertEqual(code, 0, err)
        self.assertIn("other.json: skipped, because it has no `feeds`", err)


class Refusals(Update):
    def refused(self, *lines, rows=None):
        """Runs the update. It must be refused for these reasons alone, change nothing, and pass with --accept."""
        if rows:
            self.write(catalog({"format": "endoflife", "url": self.url}, rows=rows))
        self.sign()
        before = self.state()
        code, _, err = self.update("--key", "catalog.key", "--changelog", self.changelog)
        self.assertEqual(code, 1, err)
        refused = [line for line in err.splitlines() if ": refused: " in line]
        self.assertEqual(len(refused), len(lines), err)
        for line, wanted in zip(refused, lines):
            self.assertIn(wanted, line)
        self.assertIn("--accept", err)
        self.assertEqual(self.state(), before)
        code, _, err = self.update("--accept", "--key", "catalog.key")
        self.assertEqual(code, 0, err)
        self.assertIn(": accepted: " + lines[0], err)
        self.assertEqual((self.verify(), self.edition()[0]), (0, 8))

    def test_an_end_that_moves_to_an_earlier_day(self):
        self.publish(release("2.0", "2027-01-01"), GOOD[1])
        self.refused("app 2.0: endOfPatch moves to an earlier day: 2028-01-01 -> 2027-01-01")

    def test_an_end_of_paid_support_that_is_gone(self):
        self.publish(*GOOD)
        self.refused("app 2.0: endOfExtendedPatch has vanished; it was 2031-01-01", rows=[
            {"release": "2.0", "endOfPatch": "2028-01-01", "endOfExtendedPatch": "2031-01-01", "latest": "2.0.3"},
            {"release": "1.0", "endOfPatch": "2027-01-01"}])

    def test_a_release_that_has_ended(self):
        self.publish({"name": "2.0", "isEol": True, "eolFrom": None}, GOOD[1])
        self.refused("app 2.0: the release has ended, on a day that the feed does not name")

    def test_ends_that_are_gone_as_in_a_feed_with_another_name_for_them(self):
        self.publish(*({("until" if key == "eolFrom" else key): value for key, value in one.items()} for one in GOOD))
        self.refused("app 1.0: no feed has this release or a date of it any longer",
                     "app 1.0: endOfPatch has vanished; it was 2027-01-01",
                     "app 2.0: endOfPatch has vanished; it was 2028-01-01")

    def test_a_release_that_had_ended_and_is_open_again(self):
        self.publish(release("2.0"), GOOD[1])
        self.refused("app 2.0: ended has vanished; it was true", rows=[
            {"release": "2.0", "ended": True}, {"release": "1.0", "endOfPatch": "2027-01-01"}])
        self.write(catalog({"format": "endoflife", "url": self.url}, rows=[
            {"release": "2.0", "ended": True}, {"release": "1.0", "endOfPatch": "2027-01-01"}]))
        self.publish(release("2.0", "2026-01-01"), GOOD[1])
        self.assertEqual(self.update()[0], 0)

    def test_an_open_release_that_ended_before_the_edition_said_that_it_had_not(self):
        rows = [{"release": "2.0"}, {"release": "1.0", "endOfPatch": "2027-01-01"}]
        self.publish(release("2.0", "2026-08-31"), GOOD[1])
        self.refused("app 2.0: endOfPatch moves to an earlier day: none -> 2026-08-31", rows=rows)

    def test_a_first_date_in_the_future_is_news(self):
        self.write(catalog({"format": "endoflife", "url": self.url}, rows=[{"release": "2.0"}]))
        self.publish(release("2.0", "2026-12-01"))
        self.assertEqual(self.update()[0], 0)

    def test_a_release_that_the_feed_does_not_list_any_longer(self):
        self.publish(GOOD[0], day="2026-09-02")
        self.refused("app 1.0: no feed has this release or a date of it any longer")

    def test_a_note_or_a_source_keeps_a_release_that_no_feed_lists(self):
        for key in "note", "source":
            self.write(catalog({"format": "endoflife", "url": self.url}, rows=[
                {"release": "2.0", "endOfPatch": "2028-01-01", "latest": "2.0.3"},
                {"release": "1.0", "endOfPatch": "2027-01-01", key: "https://app.example/"}]))
            self.publish(GOOD[0])
            self.assertEqual(self.update()[0], 0)

    def test_a_feed_that_has_only_old_releases_although_another_feed_has_the_others(self):
        self.write(catalog({"format": "endoflife", "url": self.url},
                           {"format": "endoflife", "url": self.server.url + "/second"}, rows=[
            {"release": "2.0", "endOfPatch": "2028-01-01", "latest": "2.0.3"}, {"release": "1.0", "endOfPatch": "2020-01-01"}]))
        self.publish(GOOD[0], release("1.0", "2020-01-01"))
        self.server.files["/second"] = json.dumps(feed(release("1.0", "2020-01-01"))).encode()
        self.refused(f"app: {self.server.url}/second has none of the releases that are patched")

    def test_a_page_without_the_table_of_a_product(self):
        page = ("<html><body><table><tr><th>Framework<th>Version<th>EOP Date<tr><td>PyTorch<td>2.12<td>2027-07-02</table>"
                "</body></html>")
        content = {**catalog({"format": "aws-dlc", "url": self.url}), "products": [
            {"name": name, "title": title, "repositories": [f"public.ecr.aws/deep-learning-containers/{name}"],
             "rows": [{"release": "2.12", "endOfPatch": "2027-07-02"}]}
            for name, title in (("pytorch", "PyTorch"), ("another", "Another"))]}
        self.write(content)
        self.server.files["/products"] = page.encode()
        self.refused("another 2.12: no feed has this release or a date of it any longer")

    def test_feeds_that_are_older_than_the_catalog(self):
        self.publish(release("2.0", "2028-06-01"), GOOD[1], day="2026-08-01")
        self.refused("the feeds are of 2026-08-01, and older than the catalog, which is as of 2026-09-01")
        self.assertEqual(self.edition()[1], DAY)

    def test_new_mistakes(self):
        self.publish(release("3.0", "2029-01-01"), *GOOD)
        self.refused("products[0].rows[0]: no reference matches this row",
                     'products[0].rows[1].is[0]: "3.0" is the release of rows[0]: it identifies neither of the two', rows=[
            {"release": "2.0", "is": ["3.0"], "endOfPatch": "2028-01-01"}, {"release": "1.0", "endOfPatch": "2027-01-01"}])


class Failures(Update):
    def failed(self, *reasons, arguments=()):
        """Runs the update. It must fail for a reason that is shown, and change nothing."""
        self.sign()
        before = self.state()
        code, out, err = self.update("--key", "catalog.key", "--changelog", self.changelog, *arguments)
        self.assertEqual((code, out), (3, ""), err)
        for reason in ("own.json: ", *reasons):
            self.assertIn(reason, err)
        self.assertEqual(self.state(), before)

    def test_broken_feeds(self):
        good = json.dumps(feed(*GOOD, day="2026-11-01")).encode()
        for content, reason in [
            (404, "HTTP status 404"), (500, "HTTP status 500"), (b"", "empty"),
            (good[:len(good) // 2], ":1:"), (b"CUT" + good[:100], ""), (b"<html><title>Moved</title></html>", ""),
            (b'{"result": [], "generated_at": "2026-11-01T"}', "it has no product of the catalog"),
            (json.dumps(feed(*GOOD, name="another")).encode(), "it has no product of the catalog"),
            (json.dumps({"hello": 1}).encode(), "`result` is missing"),
            (good.replace(b"eolFrom", b"eol_from").replace(b'"name": "1.0"', b'"label": "1.0"'), "`name` is missing"),
            (good.replace(b"2027-01-01", b"01/01/2027"), "result[0].releases[1].eolFrom"),
            (b"{" + b" " * (50 << 20) + b"}", "--max-feed"), (b"x" * (50 << 20), "--max-feed"),
            (b"[" * (1 << 20), ""),
        ]:
            with self.subTest(str(content)[:60]):
                self.server.files["/products"] = content
                self.failed(self.url, reason)

    def test_an_import_from_the_same_urls(self):
        new = ("import", "endoflife", "--ca-file", self.certificates.ca, "--into", "new.json")
        for content, reason in (404, "HTTP status 404"), (b"{", ":1:"), (b"x" * (50 << 20), "the reply is larger than"):
            self.server.files["/products"] = content
            code, _, err = self.run_catalog(*new, "--repository", "images.example/app", self.url)
            self.assertEqual(code, 3, err)
            self.assertIn(f"{self.url}:", err)
            self.assertIn(reason, err)
            self.assertNotIn("--max", err)
        self.publish(*GOOD)
        code, _, err = self.run_catalog(*new, "--product", "app", self.url)
        self.assertEqual(code, 2, err)
        self.assertIn("set it with --repository", err)

    def test_a_compressed_feed_which_could_be_cut_without_notice(self):
        whole = gzip.compress(b"".join(b"# text\n" for _ in range(1000)) + json.dumps(feed(*GOOD)).encode())
        for content in whole, whole[:len(whole) // 2]:
            self.server.files["/products"] = content
            self.failed(self.url, "it is not UTF-8")
        self.assertEqual(set(self.server.encodings), {None})

    def test_no_server_and_a_server_that_is_not_trusted(self):
        self.publish(*GOOD, day="2026-11-01")
        self.failed(self.url, "ertificate", arguments=("--ca-file", webhook.Certificates(self.folder.parent / (
            self.folder.name + "-other")).ca))
        shutil.rmtree(self.folder.parent / (self.folder.name + "-other"))
        port = self.server.server_address[1]
        self.write(catalog({"format": "endoflife", "url": f"https://127.0.0.2:{port}/products"}))
        self.failed("127.0.0.2", "onnect")

    def test_files_that_are_missing_or_are_none(self):
        for name in "missing.json", ".":
            self.write(catalog({"format": "endoflife", "url": name}))
            self.failed(name)

    def test_one_of_several_feeds_is_enough_to_fail(self):
        self.publish(*GOOD, day="2026-11-01")
        missing = self.server.url + "/missing"
        self.write(catalog({"format": "endoflife", "url": self.url}, {"format": "endoflife", "url": missing}))
        self.failed(missing, "404")

    def test_feeds_that_cannot_be_used(self):
        for entry, reason in [({"format": "endolife", "url": self.url}, "feeds[0].format"),
                              ({"format": "endoflife", "url": "http://localhost/x"}, "feeds[0].url"),
                              ({"format": "endoflife", "url": "HTTPS://localhost/x"}, "feeds[0].url: must be an https:// URL"),
                              ({"format": "endoflife", "url": "ftp://localhost/x"}, "feeds[0].url: must be an https:// URL"),
                              ({"format": "endoflife", "url": "file:///x"}, "feeds[0].url: must be an https:// URL"),
                              ({"format": "endoflife", "url": "/etc/passwd"}, "feeds[0].url")]:
            self.write(catalog(entry))
            before = self.state()
            code, _, err = self.update()
            self.assertEqual(code, 2)
            self.assertIn(reason, err)
            self.assertEqual(self.state(), before)

    def test_a_key_that_cannot_sign(self):
        self.publish(*GOOD, day="2026-11-01")
        self.sign()
        before = self.state()
        for key, wanted in ("catalog.pub", 2), ("missing.key", 3):
            self.assertEqual(self.update("--key", key)[0], wanted)
            self.assertEqual(self.state(), before)

    def test_a_compressed_catalog(self):
        self.publish(*GOOD, day="2026-11-01")
        self.path.write_bytes(gzip.compress(self.path.read_bytes()))
        before = self.state()
        code, _, err = self.update()
        self.assertEqual(code, 2, err)
        self.assertIn("own.json: a compressed catalog cannot be updated", err)
        self.assertEqual(self.state(), before)

    def test_a_changelog_that_cannot_be_written(self):
        self.publish(*GOOD, day="2026-11-01")
        code, _, err = self.update("--changelog", self.folder / "missing" / "CHANGELOG.md")
        self.assertEqual(code, 3)
        self.assertIn("own.json: the catalog was renewed, but its entry in the changelog is missing: ", err)
        self.assertEqual(self.edition()[0], 8)

    def test_a_failure_of_one_catalog_leaves_the_others_alone(self):
        self.publish(*GOOD, day="2026-11-01")
        other = self.folder / "other.json"
        other.write_text(json.dumps(catalog({"format": "endoflife", "url": self.server.url + "/missing"}, name="other")))
        before = other.read_bytes()
        self.assertEqual(self.update(files=[other, self.path])[0], 4)
        self.assertEqual((self.edition()[0], other.read_bytes()), (8, before))


class Pipeline(Update):
    """deploy/update-catalogs.sh: what a running webhook polls."""

    def setUp(self):
        super().setUp()
        self.published = self.folder / "published"
        self.published.mkdir()
        for name in "own.json", "own.json.sig":
            self.server.files[f"/{name}"] = self.published / name

    def run_pipeline(self, *arguments):
        done = subprocess.run(
            [ROOT / "deploy/update-catalogs.sh", self.folder, self.published, "catalog.key", "catalog.pub", "--ca-file",
             self.certificates.ca, *arguments], env={**os.environ, "SHELFLIFE": str(BINARY)}, capture_output=True,
            text=True, check=False, cwd=self.folder, timeout=webhook.PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def published_state(self):
        return contents(self.published)

    def phase(self, server):
        reply = server.post(pod_review("images.example/app:1.0"))[1]
        return reply["response"]["auditAnnotations"]["phase"]

    def test_a_running_webhook_uses_the_new_signed_edition_and_nothing_else_is_published(self):
        self.publish(*GOOD, day="2026-09-10")
        code, out, err = self.run_pipeline()
        self.assertEqual(code, 0, err)
        self.assertIn("published own.json", out)
        server = self.serve("--no-embedded", "--catalog", f"{self.server.url}/own.json", "--catalog-key",
                            self.folder / "catalog.pub", "--ca-file", self.certificates.ca, "--catalog-interval", "1s",
                            "--reload-interval", "1s")
        self.assertEqual(self.phase(server), "ending")
        before = self.published_state()
        for content, wanted in (b"<html>", 3), (404, 3), (b"", 3), (json.dumps(feed(GOOD[0])).encode(), 1):
            self.server.files["/products"] = content
            self.assertEqual(self.run_pipeline()[0], wanted, content)
            self.assertEqual(self.published_state(), before)
        self.publish(GOOD[0], release("1.0", "2029-01-01"), day="2026-11-20")
        self.assertEqual(self.run_pipeline()[0], 0)
        self.assertEqual(set(self.published_state()), {"CHANGELOG.md", "own.json", "own.json.sig"})
        eventually(lambda: self.phase(server) == "supported", "the webhook uses the new edition")
        samples = server.metrics()
        self.assertEqual(samples['shelflife_catalog_stale{catalog="own"}'], 0)
        self.assertTrue([name for name in samples
                         if name.startswith("shelflife_catalog_info{") and 'as_of="2026-11-20"' in name])

    def test_a_yaml_catalog_is_published_too(self):
        self.publish(*GOOD, day="2026-09-10")
        for name in "own.yaml", "own.yml":
            shutil.copy(self.path, self.folder / name)
        code, out, err = self.run_pipeline()
        self.assertEqual(code, 0, err)
        for name in "own.json", "own.yaml", "own.yml":
            self.assertIn(f"published {name}\n", out)
            self.assertEqual((self.published / name).read_bytes(), (self.folder / name).read_bytes())

    def test_the_command_of_the_cron_job(self):
        """deploy/update-catalogs.yaml, with other paths."""
        text = (ROOT / "deploy/update-catalogs.yaml").read_text()
        arguments = re.findall(r"^ {16}- (.*)$", re.search(r"args:\n(.*?)resources:", text, re.S)[1], re.M)
        self.assertEqual(arguments[:2], ["catalog", "update"])
        self.path.rename(self.folder / "base-images.json")
        self.publish(*GOOD, day="2026-09-10")
        arguments = [re.sub("/(key|catalogs)/", f"{self.folder}/", argument) for argument in arguments]
        code, _, err = self.run_catalog("update", "--ca-file", self.certificates.ca, *arguments[2:])
        self.assertEqual(code, 0, err)
        self.path = self.folder / "base-images.json"
        self.assertEqual((self.verify(), self.edition()[0]), (0, 8))
        self.assertIn("## own 8", self.changelog.read_text())

    def test_a_catalog_whose_signature_is_not_valid_is_not_published(self):
        self.publish(*GOOD, day="2026-09-10")
        openssl(self.folder, "genpkey", "-algorithm", "ed25519", "-out", "other.key")
        openssl(self.folder, "pkey", "-in", "other.key", "-pubout", "-out", "catalog.pub")
        code, _, err = self.run_pipeline()
        self.assertEqual(code, 3, err)
        self.assertNotIn("own.json", self.published_state())


class BuiltIn(unittest.TestCase):
    """The built-in catalogs are renewed in one command, from what their publishers said when the facts were recorded."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "catalogs"
        shutil.copytree(ROOT / "policies/catalogs", self.folder)

    def renew(self, *arguments):
        done = subprocess.run([self.folder / "renew", "--feed-dir", ROOT / "tests/data/recorded-feeds", *arguments],
                              env={**os.environ, "SHELFLIFE": str(BINARY)}, capture_output=True, text=True, check=False,
                              timeout=webhook.PATIENCE)
        return done.returncode, done.stdout, done.stderr

    def catalogs(self):
        return {path.name: json.loads(path.read_text()) for path in self.folder.glob("*.json")}

    def test_all_are_renewed_in_one_command(self):
        before = self.catalogs()
        code, _, err = self.renew("--accept", "--as-of", TODAY)
        self.assertEqual(code, 0, err)
        after = self.catalogs()
        for name, old in before.items():
            new = after[name]
            if "feeds" not in old:
                self.assertEqual(new, old)
                continue
            self.assertEqual((new["asOf"], new["serial"]), (TODAY, old["serial"] + 1), name)
            self.assertEqual([p["name"] for p in new["products"]], [p["name"] for p in old["products"]])
            for product, was in zip(new["products"], old["products"]):
                self.assertGreaterEqual(len(product["rows"]), len(was["rows"]))
            self.assertIn(f"## {new['name']} {new['serial']}, as of {TODAY}\n",
                          (self.folder / "CHANGELOG.md").read_text())
        self.assertLessEqual({"endoflife.json", "google-dlc.json", "vertex-ai.json", "aws-dlc.json"},
                             {name for name, content in before.items() if "feeds" in content})
        files = contents(self.folder)
        code, out, err = self.renew("--as-of", TODAY)
        self.assertEqual((code, out), (0, ""), err)
        self.assertEqual(contents(self.folder), files)
        code, _, err = self.renew("--as-of", TOMORROW)
        self.assertEqual(code, 0, err)

    def test_the_layout_stays(self):
        """An edition without other changes differs in two lines."""
        for name in "google-dlc.json", "vertex-ai.json":
            path = self.folder / name
            old = path.read_text().splitlines()
            done = subprocess.run([BINARY, "catalog", "update", "--feed-dir", ROOT / "tests/data/recorded-feeds",
                                   "--as-of", TODAY, path], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            new = path.read_text().splitlines()
            self.assertEqual(len(old), len(new))
            self.assertEqual(sum(a != b for a, b in zip(old, new)), 2, name)


if __name__ == "__main__":
    unittest.main()
