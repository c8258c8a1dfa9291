"""What the HTML report shows on any day is what the program says for that day, in a real Chromium."""
import json
import unittest

from page import AT, PageCase, audit


def with_data(page, change):
    """The page with its data changed, as an audit that is hard to make would write it."""
    start = page.index('id="data">') + len('id="data">')
    end = page.index("</script>", start)
    data = json.loads(page[start:end])
    change(data)
    return page[:start] + json.dumps(data).replace("<", "\\u003c") + page[end:]


def two_clusters(data):
    for i, workload in enumerate(data["workloads"]):
        workload[6] = ["east", "west"][i % 2]
    for entry in data["entries"]:
        entry[3] = "deploy/app.yaml:7"
        entry[8:] = ["VERSION has no default <img>", "first stage of the Dockerfile", "quote the tag"]
    data["clusters"] = ["east", "west", "north"]
    data["skipped"] = [["charts/web", "not rendered", 1200]]
    data["problems"] = [["north", 3, 4, "does not answer", "", False], ["metrics", 0, 0, "is down", "east", True]]
    data["whyPartial"] = "a cluster could not be read"


class Page(PageCase):
    PAGES = {"some": 120, "many": 5000}

    def test_shows_on_each_day_what_the_program_says_for_it(self):
        source = self.folder / "some.json"
        self.load()
        self.choose("phase", "all")
        for at in (AT, "2025-01-01", "2026-06-30", "2026-07-01", "2026-10-02", "2026-12-31", "2027-01-01", "2027-03-31",
                   "2027-04-01", "2027-06-30", "2027-07-01", "2028-10-31", "2029-02-01"):
            self.set_day(at)
            said = json.loads(audit(source, "--all", "-o", "json", at=at))
            wanted = {(f["namespace"], f["kind"], f["name"], f["image"], f["phase"], f["action"]) for f in said["findings"]}
            self.assertEqual(set(self.rows()), wanted, at)
            for action, n in said["summary"]["actions"].items():
                self.assertEqual(self.text(f"#totals .{action} dd"), str(n), f"{action} on {at}")
            self.assertEqual(self.counts(1), said["summary"]["phases"], at)

    def counts(self, column):
        """A column of the table of phases."""
        return dict(self.browser.run("""
            return [...document.querySelectorAll('#legend tr')].map(tr => [tr.querySelector('span').textContent,
                Number(tr.children[arguments[0]].textContent.replace(',', ''))])""", column))

    def test_numbers_add_up(self):
        self.load()
        for at in (AT, "2025-01-01", "2027-07-01", "2029-02-01"):
            self.set_day(at)
            said = json.loads(audit(self.folder / "some.json", "-o", "json", at=at))["summary"]
            self.assertEqual(sum(self.counts(1).values()), said["workloads"])
            self.assertEqual(sum(self.counts(2).values()), said["images"])
            self.assertEqual([self.text("#all-workloads"), self.text("#all-images")], [str(said["workloads"]), str(said["images"])])
            self.assertEqual(sum(int(self.text(f"#totals .{action} dd")) for action in said["actions"]), said["workloads"])
            self.assertIn(f"On {at}, of {said['workloads']} workloads", self.text("#total"))
            said = json.loads(audit(self.folder / "some.json", "--all", "-o", "json", at=at))["findings"]
            self.choose("phase", "all")
            self.assertIn(f"of {len(said)}:", self.text("#count"))

    def test_what_will_change_comes_before_what_has_ended(self):
        browser = self.load()
        for at, wanted in ((AT, ["Changes ahead", "Already ended", "Not known"]), ("2029-11-22", ["Already ended", "Not known"])):
            self.set_day(at)
            browser.run("dispatchEvent(new Event('beforeprint'))")
            groups = browser.run("return [...document.querySelectorAll('#rows .group th')].map(th => th.firstChild.data)")
            self.assertEqual(groups, wanted)
            rows = browser.run("""
                let group;
                return [...document.querySelectorAll('#rows tr')].flatMap(tr => {
                    if (tr.className === 'group') { group = tr.textContent; return []; }
                    const time = tr.querySelector('.c-change time');
                    return [[group.split(/\\d/)[0].trim(), time ? time.dateTime : '', tr.dataset.phase]];
                })""")
            for group, day, phase in rows:
                self.assertEqual(day > at, group == "Changes ahead", (group, day, phase))
                self.assertEqual(phase in ("unlisted", "unresolved", "invalid"), group == "Not known")
            for group, latest_first in (("Changes ahead", False), ("Already ended", True)):
                days = [day for g, day, _ in rows if g == group]
                self.assertEqual(days, sorted(days, reverse=latest_first))
        parts = browser.run("return [...document.querySelectorAll('#lives .part')].map(li => li.innerText)")
        self.assertEqual(parts, [f"Changes after {AT}", f"Ended before {AT}"])

    def test_unknown_images_are_shown(self):
        self.load()
        shown = {(row[3], row[4]) for row in self.rows()}
        self.assertLessEqual({("elsewhere.example/thing:1", "unlisted"), ("not an image", "invalid"),
                              ("registry.example/lang:latest", "unresolved")}, shown)
        self.choose("phase", "unknown")
        self.assertEqual({row[4] for row in self.rows()}, {"unlisted", "unresolved", "invalid"})

    def test_the_top_says_what_was_read_and_how_old_the_dates_are(self):
        browser = self.load()
        self.assertIn("1 source · 120 objects read · judged as of 2026-11-23", self.text("#about"))
        self.assertIn("5 namespaces: lab, legacy, ml, payments, web", self.text("#scope"))
        self.assertIn("Dates from 1 catalog, as of 2026-10-01", self.text("#age"))
        self.assertIn(AT, browser.run("return document.title"))
        self.assertLess(browser.run("return document.getElementById('age').getBoundingClientRect().bottom"), 400)

    def test_a_partial_audit_says_so_at_the_top(self):
        self.files["hostile"] = self.folder / "hostile.html"
        self.files["hostile"].write_text(audit("manifests", "-o", "html"))
        self.load("hostile")
        self.assertRegex(self.text("#partial"), "^Partial: .* listed below")

    def test_shows_clusters_places_and_what_was_not_read(self):
        self.files["clusters"] = self.folder / "clusters.html"
        self.files["clusters"].write_text(with_data(self.files["some"].read_text(), two_clusters))
        browser = self.load("clusters")
        self.assertIn("Clusters east, west, north", self.text("#about"))
        self.choose("phase", "all")
        self.assertIn("west · ", self.text("#rows"))
        self.choose("cluster", "east")
        self.assertNotIn("west", self.text("#rows"))
        browser.type("#text", "no default")
        self.assertIn("not resolved: VERSION has no default", self.text("#rows"))
        self.assertIn("first stage of the Dockerfile", self.text("#rows"))
        self.assertIn("to correct: quote the tag", self.text("#rows"))
        self.assertIn("deploy/app.yaml:7", self.text("#rows"))
        self.assertIn("charts/web not rendered (1,200)", self.text("#skipped"))
        self.assertEqual(self.text("#partial"), "Partial: a cluster could not be read; 1 problem is listed below.")
        self.assertEqual(self.text("#problems"), "north:3:4 does not answer\neast metrics note: is down")
        self.assertEqual(browser.run("return document.querySelectorAll('img').length"), 0)

    def test_the_bar_and_the_head_of_the_table_stay_in_sight(self):
        browser = self.load()
        browser.run("document.querySelector('#rows tr:last-child').scrollIntoView()")
        browser.settle()
        bar, head = browser.run("return ['#bar', '#head-image'].map(s => document.querySelector(s).getBoundingClientRect())"
                                ".map(r => [r.top, r.bottom])")
        self.assertEqual(bar[0], 0)
        self.assertAlmostEqual(head[0], bar[1], delta=2)

    def test_without_javascript_there_is_a_table(self):
        self.browser.devtools("Emulation.setScriptExecutionDisabled", value=True)
        try:
            self.browser.open(self.files["some"])
            nodes = self.browser.devtools("Accessibility.getFullAXTree")["nodes"]
        finally:
            self.browser.devtools("Emulation.setScriptExecutionDisabled", value=False)
        shown = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]}
        self.assertIn(("columnheader", "Workload"), shown)
        cells = [name for role, name in shown if role == "cell"]
        self.assertTrue(any("registry.example/lang:3.8" in name for name in cells))
        self.assertTrue(any("elsewhere.example/thing:1" in name for name in cells))
        self.assertNotIn("slider", {role for role, _ in shown})

    def test_filters_tell_how_many_are_left(self):
        browser = self.load()
        browser.type("#text", "work-10")
        self.assertEqual({row[2] for row in self.rows()} - {"work-10", *(f"work-10{i}" for i in range(10))}, set())
        browser.run("document.getElementById('filters').reset()")
        browser.settle()
        browser.click("#legend-6")
        self.assertEqual({row[4] for row in self.rows()}, {"unavailable"})
        self.assertEqual(browser.run("return document.getElementById('legend-6').ariaPressed"), "true")
        self.choose("namespace", "ml")
        rows = self.rows()
        self.assertEqual({row[0] for row in rows}, {"ml"})
        self.assertIn(f"{len(rows)} row", self.text("#count"))
        self.set_day("2027-07-01")
        self.assertEqual({row[0] for row in self.rows()}, {"ml"})
        browser.run("return new Promise(done => setTimeout(done, 500))")
        self.assertIn(self.text("#count"), browser.run("return document.getElementById('live').textContent"))
        browser.type("#text", "no such thing")
        self.assertFalse(browser.run("return document.getElementById('empty').hidden"))
        browser.run("document.getElementById('filters').reset()")
        browser.settle()

    def test_columns_sort_both_ways_and_say_so(self):
        browser = self.load()
        self.choose("phase", "all")
        for key, part in (("workload", slice(3)), ("image", slice(3, 4))):
            for direction in ("ascending", "descending"):
                browser.click(f"#head-{key} button")
                values = [row[part] for row in self.rows()]
                self.assertEqual(values, sorted(values, reverse=direction == "descending"))
                self.assertEqual(browser.run("return [...document.querySelectorAll('th')].filter(th => th.ariaSort)"
                                             ".map(th => th.id + ' ' + th.ariaSort)"), [f"head-{key} {direction}"])

    def test_a_screen_reader_gets_names_and_a_real_table(self):
        self.load()
        nodes = self.browser.devtools("Accessibility.getFullAXTree")["nodes"]
        shown = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]}
        roles = {role for role, _ in shown}
        self.assertLessEqual({"table", "columnheader", "row", "cell", "slider", "searchbox", "combobox", "heading"}, roles)
        for role in ("button", "slider", "searchbox", "combobox", "table", "Date"):
            self.assertNotIn((role, ""), shown)
        self.assertIn(("slider", "Date to show"), shown)
        lives = [name for role, name in shown if role in ("image", "img")]
        self.assertTrue(any("unpatched from 2027-01-01" in name for name in lives), lives)

    def test_five_thousand_workloads(self):
        browser = self.load("many")
        self.assertIn("5,000 objects", self.text("#about"))
        self.assertLessEqual(browser.run("return document.querySelectorAll('#rows tr[data-phase]').length"), 50)
        self.assertLess(browser.run("return document.getElementsByTagName('*').length"), 2500)
        browser.drag("#handle", 200)
        browser.type("#text", "work-4999")
        self.assertEqual({row[2] for row in self.rows()}, {"work-4999"})
        browser.run("document.getElementById('filters').reset()")
        browser.settle()
        first = self.text("#pages")
        browser.click("#next")
        self.assertNotEqual(self.text("#pages"), first)
        self.assertEqual(browser.run("return document.activeElement.id"), "findings")

    def test_paper_has_all_rows_and_no_controls(self):
        browser = self.load()
        browser.media("print")
        browser.run("dispatchEvent(new Event('beforeprint'))")
        shown = browser.run("return ['filters', 'pager', 'theme'].filter(id => document.getElementById(id).offsetParent)")
        self.assertEqual(shown, [])
        self.assertGreater(browser.run("return document.querySelectorAll('#rows tr').length"), 50)
        self.assertEqual(browser.run("return getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)")
        for width in (718, 1040):  # A4
            browser.size(width, 900)
            axis, life = browser.run("return ['#overlay', '.life svg'].map(s => document.querySelector(s).getBoundingClientRect())"
                                     ".map(r => [r.left, r.right])")
            for a, b in zip(axis, life):
                self.assertAlmostEqual(a, b, delta=0.5)

    def test_the_toggle_beats_the_system(self):
        browser = self.load()
        browser.media(prefers_color_scheme="dark")
        dark = browser.run("return getComputedStyle(document.body).backgroundColor")
        browser.click("#theme")
        light = browser.run("return getComputedStyle(document.body).backgroundColor")
        self.assertNotEqual(dark, light)
        browser.media(prefers_color_scheme="light")
        self.assertEqual(browser.run("return getComputedStyle(document.body).backgroundColor"), light)

    def test_hostile_names_stay_text(self):
        self.files["hostile"] = self.folder / "hostile.html"
        self.files["hostile"].write_text(audit("manifests", "-o", "html"))
        self.load("hostile")
        self.assertEqual(self.browser.run("return document.querySelectorAll('img, #rows script').length"), 0)
        self.assertIn("<script>alert(1)</script>", self.text("#rows"))
        self.assertIn("broken.yaml:4", self.text("#problems"))


if __name__ == "__main__":
    unittest.main()
