#!/usr/bin/env python3
"""`shelflife policy check`, `show` and `test` as a user runs them."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHELFLIFE = os.environ["SHELFLIFE"]
HEAD = "apiVersion: shelflife.dev/v1\nkind: Policy\n"


def run(*arguments, stdin=b""):
    """Exit code, standard output and standard error."""
    done = subprocess.run([SHELFLIFE, "policy", *map(str, arguments)], input=stdin, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, text, name="policy.yaml"):
        path = self.folder / name
        path.write_text(text)
        return path


class Check(Folder):
    def test_all_mistakes_at_once_each_with_its_line(self):
        policy = self.write(HEAD + """\
notice: soon
modee: warn
actions: {ending: dney, unpatched: warn,
          unlistd: deny}
overrides:
- products: [debian]
  denyAfter: 5
- images: ["python:*"]
  actions: {ending: warn}
exceptions:
- images: ["**"]
  until: tomorrow
""")
        code, out, err = run("check", policy)
        self.assertEqual((code, out), (2, ""))
        found = [line.removeprefix(f"shelflife: {policy}:") for line in err.splitlines()]
        for place in ("3:1: notice: ", "4:1: modee: unknown key; did you mean \"mode\"?", "5:11: actions.ending: ",
                      "6:11: actions.unlistd: unknown key", "9:3: overrides[0].denyAfter: ", "10:12: overrides[1].images[0]: ",
                      "13:3: exceptions[0]: owner is missing", "13:3: exceptions[0]: reason is missing", "14:3: exceptions[0].until: "):
            self.assertTrue(any(line.startswith(place) for line in found), (place, found))
        self.assertIn(f"shelflife: {policy}: {len(found) - 1} mistakes", err)

    def test_json_has_lines_too(self):
        policy = self.write('{"apiVersion": "shelflife.dev/v1", "kind": "Policy",\n "actions": {\n  "ending": "dney"},\n'
                            ' "namespaces": [\n  {"names": ["a"]}]}')
        code, _, err = run("check", policy)
        self.assertEqual(code, 2)
        self.assertIn(f"{policy}:3:3: actions.ending: ", err)
        self.assertIn(f"{policy}:5:3: namespaces[0]: changes nothing", err)

    def test_the_number_of_mistakes_is_bounded(self):
        policy = self.write(HEAD + "overrides:\n" + "- {products: [debian], notice: x}\n" * 10000)
        code, _, err = run("check", policy)
        self.assertEqual((code, len(err.splitlines())), (2, 101))
        self.assertIn("100 mistakes or more", err)

    def test_each_bad_policy_is_found(self):
        for path in sorted((ROOT / "tests/data/policies/bad").glob("*.yaml")):
            code, _, err = run("check", path)
            first = path.with_suffix(".txt").read_text().strip().removeprefix(path.name)
            self.assertEqual(code, 2, path)
            self.assertIn(f"{path}{first}", err)

    def test_names_that_no_catalog_has_and_ended_exceptions_along_with_mistakes(self):
        rest = ("overrides:\n- products: [debain, endoflife/pyhton]\n  notice: 3d\n- {catalogs: [endolife, zzzzzz], notice: 3d}\n"
                "- {products: debian, notice: 3d}\nexceptions:\n- {images: ['**'], owner: a, reason: b, until: 2020-01-01}\n")
        for mistake, count in ("noticee: 3d\n", 2), ("", 1):
            policy = self.write(HEAD + mistake + rest)
            line = 3 + bool(mistake)
            code, out, err = run("check", "--at", "2020-01-02", policy)
            found = [one.removeprefix(f"shelflife: {policy}:") for one in err.splitlines()]
            self.assertEqual((code, out, len(found)), (2, "", count + 6))
            self.assertEqual(found[count:], [
                f'{line + 1}:14: overrides[0].products[0]: no catalog has a product "debain" (did you mean "debian"?); this has no effect',
                f'{line + 1}:22: overrides[0].products[1]: catalog "endoflife" has no product "pyhton" (did you mean "python"?); this has no effect',
                f'{line + 3}:15: overrides[1].catalogs[0]: there is no catalog "endolife" (did you mean "endoflife"?); this has no effect',
                f'{line + 3}:25: overrides[1].catalogs[1]: there is no catalog "zzzzzz"; this has no effect',
                f"{line + 6}:41: exceptions[0].until: the exception ended on 2020-01-01: remove it or set a later date",
                f" {count} mistake" + "s" * (count > 1)])

    def test_an_exception_that_has_ended(self):
        policy = self.write(HEAD + "exceptions:\n- {images: ['**'], owner: a, reason: b, until: 2026-01-31}\n")
        self.assertEqual(run("check", "--at", "2026-01-31", policy), (0, f"{policy}: no mistakes\n", ""))
        self.assertEqual(run("check", "--at", "2026-02-01", policy),
                         (1, "", f"shelflife: {policy}:4:41: exceptions[0].until: the exception ended on 2026-01-31: "
                                 "remove it or set a later date\n"))

    def test_codes(self):
        good, unknown = self.write(HEAD, "good.yaml"), self.write(HEAD + "overrides: [{products: [debain], notice: 3d}]\n", "unknown.yaml")
        self.assertEqual(run("check", good), (0, f"{good}: no mistakes\n", ""))
        code, _, err = run("check", good, unknown)
        self.assertEqual(code, 1)
        self.assertIn('no catalog has a product "debain"', err)
        self.assertEqual(run("check", "-", stdin=HEAD.encode())[0], 0)
        self.assertEqual(run("check", self.folder / "none")[0], 3)
        self.assertEqual(run("check", self.write("a: [", "broken.yaml"))[0], 2)
        self.assertEqual(run("check", ROOT / "policies/default.yaml")[0], 0)


class Show(Folder):
    def test_the_built_in_policy_is_its_own_file(self):
        code, out, _ = run("show")
        self.assertEqual(code, 0)
        shown = self.write(out, "shown.yaml")
        self.assertEqual(run("check", shown)[0], 0)
        self.assertIn("  unavailable: deny", out)
        self.assertNotIn(".yaml", out)

    def test_where_each_setting_is_from(self):
        policy = self.write(HEAD + "notice: 30d\nactions:\n  ending: deny\nnamespaces:\n- {names: [team-a], mode: warn}\n"
                                   "trustedControllers: {presets: [{name: argo, namespace: argo}]}\n")
        code, out, _ = run("show", "--policy", policy, "-o", "json")
        self.assertEqual(code, 0)
        shown = json.loads(out)
        self.assertEqual(shown["file"], str(policy))
        self.assertEqual(shown["policy"]["actions"]["ending"], "deny")
        self.assertEqual(shown["policy"]["actions"]["unavailable"], "deny")
        self.assertEqual(shown["policy"]["namespaces"], [{"names": ["team-a"], "mode": "warn"}, {"names": ["kube-system"], "mode": "off"}])
        self.assertEqual(shown["policy"]["trustedControllers"], {"presets": [{"name": "argo", "namespace": "argo"}]})
        wanted = {"notice": 3, "actions.ending": 5, "namespaces[0]": 7, "trustedControllers.presets": 8}
        self.assertEqual({path: place for path, place in shown["from"].items() if place != "default"},
                         {path: f"{policy}:{line}" for path, line in wanted.items()})
        self.assertRegex(run("show", "--policy", policy)[1], rf"(?m)^notice: 30d +# {policy}:3$")

    def test_a_default_for_namespaces_that_the_policy_sets_is_shown_once(self):
        default = {"names": ["kube-system"], "mode": "off"}
        for entry, wanted in [("{names: [kube-system], mode: 'off'}", []), ("{names: [a, kube-system], mode: warn, floor: audit}", []),
                              ("{names: [kube-system], floor: audit}", [default]), ("{names: [a], mode: warn}", [default])]:
            policy = self.write(HEAD + f"namespaces:\n- {entry}\n")
            shown = json.loads(run("show", "--policy", policy, "-o", "json")[1])
            self.assertEqual(shown["policy"]["namespaces"][1:], wanted, entry)
            self.assertEqual(shown["from"]["namespaces[0]"], f"{policy}:4")

    def test_what_is_shown_judges_the_same(self):
        cases = self.write("apiVersion: shelflife.dev/v1\nkind: PolicyTest\nat: 2026-11-23\ncases:\n"
                           "- {images: ['python:3.8', 'debian:12', 'x.io/y:1', 'python:latest'], namespace: prod-a, phase: invalid}\n")
        for path in sorted((ROOT / "tests/data/policies/good").glob("*")):
            code, out, err = run("show", "--policy", path)
            self.assertEqual(code, 0, err)
            shown = self.write(out, "shown.yaml")
            self.assertEqual(run("check", shown)[0] & ~1, 0, (path, run("check", shown)[2]))
            before, after = (run("test", "-o", "json", "--policy", one, cases) for one in (path, shown))
            self.assertEqual(before[:2], after[:2], path)


class Cases(Folder):
    def cases(self, *lines, at="2026-11-23"):
        return self.write(f"apiVersion: shelflife.dev/v1\nkind: PolicyTest\nat: {at}\ncases:\n" + "".join(f"- {{{line}}}\n" for line in lines),
                          "cases.yaml")

    def test_what_passes_and_what_fails(self):
        policy = self.write(HEAD + "actions: {unpatched: deny}\nnamespaces: [{names: [lab], mode: warn}]\n")
        path = self.cases("name: old, images: ['python:3.8', 'python:3.9'], phase: unpatched, action: deny",
                          "images: ['python:3.8'], namespace: lab, action: warn",
                          "images: ['python:3.8'], namespace: prod, mode: audit, action: allow",
                          "images: ['python:3.8'], at: 2024-01-01, phase: supported, action: allow")
        self.assertEqual(run("test", "--policy", policy, path), (0, "5 passed, 0 failed\n", ""))
        wrong = self.cases("name: old, images: ['python:3.8'], phase: ending, action: warn", "images: ['debian:13'], action: allow")
        code, out, _ = run("test", "--policy", policy, wrong)
        self.assertEqual(code, 1)
        for line, what in zip(out.splitlines(), ["the phase is unpatched, expected ending", "the action is deny, expected warn"]):
            self.assertIn(f"FAIL {wrong}:5: old: python:3.8: {what}: Python 3.8 is past end of patch since 2024-10-07; move to Python ", line)
        self.assertEqual(out.splitlines()[2:], ["1 passed, 1 failed"])
        shown = json.loads(run("test", "-o", "json", "--policy", policy, wrong)[1])
        self.assertEqual([(case["image"], case["passed"]) for case in shown], [("python:3.8", False), ("debian:13", True)])
        self.assertEqual((shown[0]["phase"], shown[0]["expected"]), ("unpatched", {"phase": "ending", "action": "warn"}))
        self.assertIn("is past end of patch since 2024-10-", shown[0]["why"])

    def test_why_an_action_is_milder(self):
        case = "images: ['python:3.8'], namespace: lab, action: deny"
        for setting, why in [("enforceFrom: 2027-01-01", "; denied from 2027-01-01"),
                             ("namespaces: [{names: [lab], mode: warn}]", "; deny becomes warn in mode warn"),
                             ("exceptions: [{images: ['**'], owner: Ann, reason: r, until: 2027-02-01}]",
                              "; allowed until 2027-02-01 by an exception of Ann")]:
            policy, cases = self.write(HEAD + "actions: {unpatched: deny}\n" + setting + "\n"), self.cases(case)
            code, out, _ = run("test", "--policy", policy, cases)
            self.assertEqual(code, 1, setting)
            self.assertRegex(out.splitlines()[0], r"the action is \w+, expected deny: Python 3\.8 is past end of patch .*" + re.escape(why))

    def test_the_example_in_the_documentation(self):
        path = ROOT / "tests/data/policy-tests/good/example.yaml"
        self.assertEqual(run("test", path), (0, "7 passed, 0 failed\n", ""))

    def test_wrong_files(self):
        for line, reason in [("images: ['a'], phase: endin", 'must be "ending"'), ("images: []", "expects nothing"),
                             ("images: [], action: warn", "is empty"), ("action: warn", "images is missing"),
                             ("image: x, action: warn", 'did you mean "images"?'), ("images: [a], mode: lax, action: warn", "must be ")]:
            path = self.cases(line)
            code, _, err = run("test", path)
            self.assertEqual(code, 2, line)
            self.assertIn(reason, err)
            self.assertIn(f"{path}:5:", err)
        self.assertEqual(run("test", self.write("apiVersion: shelflife.dev/v1\nkind: PolicyTest\ncases: []\n"))[0], 2)


if __name__ == "__main__":
    unittest.main()
