"""The HTML report in a real Chromium: what it shows on any day is what the program says for that day, and it can be
used with pointer, keyboard and screen reader."""
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


def manifests(count):
    """Workloads of all sorts, a JSON document a line, the same in each run."""
    for i in range(count):
        group, kind = KINDS[i % len(KINDS)]
        names = [IMAGES[i * 7 % len(IMAGES)]] + ([IMAGES[i * 5 % len(IMAGES)]] if i % 3 == 0 else [])
        if i % 9 == 0:
            names.append(f"registry.example/lang:3.9-build{i}")
        containers = [{"name": f"c{k}", "image": image} for k, image in enumerate(names)]
        yield {"apiVersion": group, "kind": kind,
               "metadata": {"name": f"work-{i}", "namespace": NAMESPACES[i % len(NAMESPACES)],
                            "labels": {"team": ["red", "blue"][i % 2]}},
               "spec": {"template": {"spec": {"containers": containers}}}}


def audit(file, *args, at=AT):
    command = [SHELFLIFE, "audit", "--no-embedded", "--catalog", "catalog.json", "--policy", "policy.yaml",
               "--fail-on", "never", "--at", at, *args, file]
    done = subprocess.run(command, cwd=DATA, capture_output=True, text=True)
    if done.returncode not in (0, 4):
        raise AssertionError(done.stderr)
    return done.stdout


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.shots = pathlib.Path(SHOTS or cls.folder)
        cls.browser = cls.enterClassContext(Browser())
        cls.files = {}
        for name, count in (("some", 120), ("many", 5000)):
            source = cls.folder / f"{name}.json"
            source.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests(count))}))
            cls.files[name] = cls.folder / f"{name}.html"
            cls.files[name].write_text(audit(source, "--all", "-o", "html"))

    def load(self, name="some", width=1280, height=900, mobile=False):
        self.browser.size(width, height, mobile)
        self.browser.media()
        self.browser.open(self.files[name])
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

    def rows(self):
        """All rows of the table, as paper would have them."""
        return [tuple(row) for row in self.browser.run("""
            dispatchEvent(new Event('beforeprint'));
            const rows = [...document.querySelectorAll('#rows tr')].map(tr => {
                const cell = label => tr.querySelector(`[data-label="${label}"]`);
                return [cell('Namespace').innerText.trim(), cell('Workload').querySelector('small').innerText.split(' ')[0],
                    cell('Workload').querySelector('.mono').innerText, cell('Image').querySelector('.mono').innerText,
                    tr.dataset.phase, tr.dataset.action];
            });
            dispatchEvent(new Event('afterprint'));
            return rows""")]

    def test_shows_on_each_day_what_the_program_says_for_it(self):
        source = self.folder / "some.json"
        self.load()
        self.browser.run("const s = document.getElementById('phase'); s.value = 'all'; s.dispatchEvent(new Event('change'))")
        for at in (AT, "2025-01-01", "2026-06-30", "2026-07-01", "2026-10-02", "2026-12-31", "2027-01-01", "2027-03-31",
                   "2027-04-01", "2027-06-30", "2027-07-01", "2028-10-31", "2029-02-01"):
            self.set_day(at)
            said = json.loads(audit(source, "--all", "-o", "json", at=at))
            wanted = {(f["namespace"], f["kind"], f["name"], f["image"], f["phase"], f["action"]) for f in said["findings"]}
            self.assertEqual(set(self.rows()), wanted, at)
            for action, n in said["summary"]["actions"].items():
                self.assertEqual(self.text(f"#totals .{action} dd"), str(n), f"{action} on {at}")
            legend = self.browser.run("return Object.fromEntries([...document.querySelectorAll('#legend button')]"
                                      ".map(b => [b.childNodes[1].textContent, Number(b.querySelector('b').textContent)]))")
            self.assertEqual(legend, said["summary"]["phases"], at)

    def test_counts_what_is_not_listed(self):
        page = self.folder / "findings.html"
        page.write_text(audit(self.folder / "some.json", "-o", "html"))
        self.browser.open(page)
        self.browser.settle()
        for at in (AT, "2027-07-01"):
            self.set_day(at)
            said = json.loads(audit(self.folder / "some.json", "-o", "json", at=at))["summary"]
            for action, n in said["actions"].items():
                self.assertEqual(self.text(f"#totals .{action} dd"), str(n), f"{action} on {at}")

    def test_the_line_is_dragged_to_another_day(self):
        browser = self.load()
        self.assertEqual(self.day(), AT)
        denied = self.text("#totals .deny dd")
        browser.drag("#handle", 150)
        there = self.day()
        self.assertGreater(there, "2027-07-01")
        self.assertNotEqual(self.text("#totals .deny dd"), denied)
        self.assertEqual(browser.run("return document.getElementById('date').value"), there)
        self.assertIn("days later than the audit", self.text("#distance"))
        browser.drag("#handle", 2 - browser.run("const r = document.getElementById('handle').getBoundingClientRect();"
                                                "return r.left + r.width / 2"))
        self.assertEqual(day_number(self.day()), browser.run("return Number(document.getElementById('handle').ariaValueMin)"))
        browser.click("#reset")
        self.assertEqual(self.day(), AT)

    def test_the_line_is_a_slider_for_the_keyboard(self):
        browser = self.load()
        browser.run("document.getElementById('handle').focus()")
        for keys, held, day in ((["RIGHT"], (), "2026-11-24"), (["UP", "UP"], (), "2026-11-26"), (["LEFT"], (), "2026-11-25"),
                                (["RIGHT"], ("SHIFT",), "2026-12-25"), (["PAGE_DOWN"], (), "2026-11-25"),
                                (["PAGE_UP"], (), "2026-12-25"), (["ESCAPE"], (), AT)):
            browser.press(*keys, held=held)
            self.assertEqual(self.day(), day)
            slider = browser.run("const h = document.getElementById('handle');"
                                 "return [h.getAttribute('role'), h.ariaValueNow, h.ariaValueText]")
            self.assertEqual(slider[:2], ["slider", str(day_number(day))])
            self.assertTrue(slider[2].startswith(day))
        browser.press("END")
        self.assertEqual(browser.run("const h = document.getElementById('handle'); return h.ariaValueNow === h.ariaValueMax"), True)

    def test_filters_tell_how_many_are_left(self):
        browser = self.load()
        browser.type("#text", "work-10")
        self.assertEqual({row[2] for row in self.rows()} - {"work-10", *(f"work-10{i}" for i in range(10))}, set())
        browser.run("document.getElementById('filters').reset()")
        browser.settle()
        browser.click("#legend-6")
        self.assertEqual({row[4] for row in self.rows()}, {"unavailable"})
        self.assertEqual(browser.run("return document.getElementById('legend-6').ariaPressed"), "true")
        browser.run("const s = document.getElementById('namespace'); s.value = 'ml'; s.dispatchEvent(new Event('change'))")
        browser.settle()
        rows = self.rows()
        self.assertEqual({row[0] for row in rows}, {"ml"})
        self.assertIn(f"{len(rows)} image", self.text("#count"))
        browser.run("return new Promise(done => setTimeout(done, 500))")
        self.assertIn(self.text("#count"), browser.run("return document.getElementById('live').textContent"))
        browser.type("#text", "no such thing")
        self.assertFalse(browser.run("return document.getElementById('empty').hidden"))
        browser.run("document.getElementById('filters').reset()")
        browser.settle()

    def test_columns_sort_both_ways_and_say_so(self):
        browser = self.load()
        browser.run("const s = document.getElementById('phase'); s.value = 'all'; s.dispatchEvent(new Event('change'))")
        for key, column in (("namespace", 0), ("image", 3)):
            for direction in ("ascending", "descending"):
                browser.click(f"#head-{key} button")
                values = [row[column] for row in self.rows()]
                self.assertEqual(values, sorted(values, reverse=direction == "descending"))
                self.assertEqual(browser.run("return [...document.querySelectorAll('th')].filter(th => th.ariaSort)"
                                             ".map(th => th.id + ' ' + th.ariaSort)"), [f"head-{key} {direction}"])

    def test_everything_is_reached_by_tab_and_seen(self):
        browser = self.load()
        reached = []
        for _ in range(60):
            browser.press("TAB")
            element, outline = browser.run("const e = document.activeElement; return [e.id || e.parentNode.id,"
                                           "getComputedStyle(e).outlineStyle]")
            if element in reached and element == reached[0]:
                break
            reached.append(element)
            self.assertNotEqual(outline, "none", element)
        for wanted in ("theme", "date", "legend-6", "handle", "text", "phase", "namespace", "head-phase", "next"):
            self.assertIn(wanted, reached)

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
        self.assertLessEqual(browser.run("return document.querySelectorAll('#rows tr').length"), 50)
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

    def test_looks_right_at_both_widths_in_light_and_dark(self):
        for width, mobile in ((1280, False), (390, True)):
            for theme in ("light", "dark"):
                browser = self.load("some", width, 1500, mobile)
                browser.media(prefers_color_scheme=theme)
                browser.settle()
                self.assertEqual(browser.run("return document.documentElement.scrollWidth"), width)
                overlapping = browser.run(OVERLAPS)
                self.assertEqual(overlapping, [])
                low = browser.run(CONTRASTS)
                self.assertEqual(low, [], f"{theme} at {width}")
                browser.screenshot(self.shots / f"page-{width}-{theme}.png")

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
        page = self.folder / "hostile.html"
        page.write_text(audit("manifests", "-o", "html"))
        self.browser.open(page)
        self.browser.settle()
        self.assertEqual(self.browser.run("return document.querySelectorAll('img, #rows script').length"), 0)
        self.assertIn("<script>alert(1)</script>", self.text("#rows"))
        self.assertIn("broken.yaml:4", self.text("#problems"))


# Pairs of pieces of text that lie over each other.
OVERLAPS = """
const boxes = [...document.querySelectorAll('h1, h2, p, dt, dd, label, .legend button, .life .image, .life .users, th button, td .mono, td small, .badge, button, select, input')]
    .filter(e => e.offsetParent && !e.closest('.hidden') && getComputedStyle(e).position !== 'absolute' && e.textContent + e.value)
    .map(e => [e, e.getBoundingClientRect()]).filter(([, r]) => r.width > 1 && r.height > 1);
const found = [];
boxes.forEach(([a, r], i) => boxes.slice(i + 1).forEach(([b, s]) => {
    if (a.contains(b) || b.contains(a) || a.closest('.bar') || b.closest('.bar')) return;
    const x = Math.min(r.right, s.right) - Math.max(r.left, s.left), y = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
    if (x > 1 && y > 2) found.push(`${a.textContent.slice(0, 30)} / ${b.textContent.slice(0, 30)}`);
}));
return found.slice(0, 5);
"""

# Text whose contrast with its background is less than the 4.5 that WCAG requires.
CONTRASTS = """
const parse = colour => colour.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const background = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
return [...document.querySelectorAll('body *')].filter(e => e.offsetParent && e.closest('svg') === null && !e.disabled &&
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => {
    const a = light(parse(getComputedStyle(e).color)), b = light(background(e));
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.className || e.id || e.tagName, e.textContent.slice(0, 20)];
}).filter(([ratio]) => ratio < 4.5).slice(0, 5);
"""

if __name__ == "__main__":
    unittest.main()
