#!/usr/bin/env python3
"""`shelflife inventory update`: of a list of images in a real registry, and of what a stand-in for an API server runs."""
import base64
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import api_server  # noqa: E402
import hostile_registry as trouble  # noqa: E402
import images  # noqa: E402
import registry_rig  # noqa: E402
from inspecting import AT, Done  # noqa: E402
from registry_rig import PASSWORD, USER  # noqa: E402

NODE = images.Image(["NODE_VERSION=16.20.2", images.NOBODY])


def python(i=0):
    return images.Image([f"PYTHON_VERSION=3.8.{i}", f"SECRET=open-sesame-{i}"])


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="shelflife-test.")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.inventory = self.folder / "inventory.json"

    def update(self, names, *arguments, at=AT, code=0, inventory=None, **options):
        listed = self.folder / "images.txt"
        listed.write_text("".join(f"{name}\n" for name in names))
        done = Done("inventory", "update", "--at", at, "--images", listed, "--output", inventory or self.inventory, *arguments,
                    **options)
        self.assertEqual(done.code, code, done)
        return done

    def entries(self):
        """{digest: entry}"""
        return {entry["digest"]: entry for entry in json.loads(self.inventory.read_text())["images"]}

    def explain(self, *names, **options):
        done = Done("explain", "--at", AT, "-o", "json", "--inventory", self.inventory, *names, **options)
        self.assertEqual(done.code, 0, done)
        return done.json


class Files(Case):
    @classmethod
    def setUpClass(cls):
        cls.registry = registry_rig.with_registry(cls)

    def requests(self):
        """(method, what of "manifests" or "blobs") of each request since the last call, without those for notes of the
        publisher, which refer to a manifest."""
        asked = [(method, path.split("/")[-2]) for method, path, _, _ in self.registry.asked()
                 if path != "/v2/" and "/referrers/" not in path and "/manifests/sha256-" not in path]
        self.registry.forget()
        return asked

    def push(self, repository, count):
        with images.Push(self.registry) as push:
            return {f"{self.registry.host}/{repository}:{i}": push.image(repository, str(i), python(i)) for i in range(1, count + 1)}

    def test_what_it_keeps(self):
        names = self.push("kept/app", 3)
        self.update(names)
        entries = self.entries()
        self.assertEqual(set(entries), set(names.values()))
        for name, digest in names.items():
            entry = entries[digest]
            tag = name.rpartition(":")[2]
            self.assertEqual(entry["evidence"], {"env": {"PYTHON_VERSION": f"3.8.{tag}"}})
            self.assertEqual((entry["platform"], entry["inspected"]), ("linux/amd64", AT))
            self.assertEqual([r["lastSeen"] for r in entry["references"]], [AT])
        self.assertNotIn("open-sesame", self.inventory.read_text())
        explained = self.explain(*names)
        self.assertEqual({(i["phase"], i["inspected"]["on"]) for i in explained}, {("unpatched", AT)})
        self.assertEqual([i["inspected"]["digest"] for i in explained], list(names.values()))
        by_digest = self.explain(f"registry.corp.example/elsewhere@{names[next(iter(names))]}")
        self.assertEqual(by_digest[0]["phase"], "unpatched")

    def test_an_unchanged_inventory_costs_one_head_for_each_tag(self):
        names = self.push("unchanged/app", 20)
        digests = [f"{name.rpartition(':')[0]}@{digest}" for name, digest in names.items()]
        self.update([*names, *digests])
        self.requests()
        before = self.inventory.read_bytes()
        self.update([*names, *digests])
        self.assertEqual(self.requests(), [("HEAD", "manifests")] * 20)
        self.assertEqual(self.inventory.read_bytes(), before)

    def test_a_tag_that_moves(self):
        names = self.push("moving/app", 5)
        self.update(names)
        moved = f"{self.registry.host}/moving/app:3"
        digest = images.push(self.registry, "moving/app", "3", NODE)
        self.requests()
        self.update(names)
        asked = self.requests()
        self.assertEqual(asked.count(("HEAD", "manifests")), 5)
        self.assertEqual(len(asked), 7, asked)  # one manifest and one configuration
        explained = self.explain(moved)[0]
        self.assertEqual(explained["inspected"]["digest"], digest)
        self.assertEqual([m["product"] for m in explained["matches"]], ["nodejs"])
        old = f"{self.registry.host}/moving/app@{names[moved]}"
        self.assertEqual([m["product"] for m in self.explain(old)[0]["matches"]], ["python"])

    def test_images_that_fail(self):
        names = self.push("part/app", 2)
        missing = f"{self.registry.host}/part/none:1"
        done = self.update([*names, missing], code=4)
        self.assertIn("part/none:1", done.err)
        self.assertEqual(set(self.entries()), set(names.values()))
        self.update([missing], code=3, inventory=self.folder / "other.json")

    def test_forms_of_the_list(self):
        names = self.push("list/app", 1)
        name = next(iter(names))
        self.update(["", name, f"  {name}  ", name])
        self.assertEqual(len(self.entries()), 1)
        done = Done("inventory", "update", "--images", "-", "--output", self.inventory, stdin=f"{name}\n".encode())
        self.assertEqual(done.code, 0, done)

    def test_a_registry_that_is_away_for_a_day(self):
        with registry_rig.Registry() as registry:
            name = f"{registry.host}/away/app:1"
            images.push(registry, "away/app", "1", python(1))
            self.update([name])
            before = self.entries()
        done = self.update([name], at="2026-11-24", code=3)
        self.assertIn("away/app:1", done.err)
        after = self.entries()
        self.assertEqual(set(after), set(before))
        for digest, entry in before.items():
            self.assertEqual(after[digest]["evidence"], entry["evidence"])
        self.assertEqual(self.explain(name)[0]["phase"], "unpatched")

    def test_what_was_not_seen_for_30_days(self):
        names = self.push("old/app", 2)
        first, second = names
        self.update(names)
        self.update([first], at="2026-12-23")  # 30 days later
        self.assertEqual(set(self.entries()), set(names.values()))
        self.update([first], at="2026-12-24")
        self.assertEqual(set(self.entries()), {names[first]})

    def test_credentials_that_rotate(self):
        users = {USER: PASSWORD}
        with registry_rig.Registry(users=users) as registry:
            basic = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            images.push(registry, "private/app", "1", python(1), {"Authorization": basic})
            name = f"{registry.host}/private/app:1"
            auth = registry_rig.config_json(self.folder / "auth.json", {registry.host: (USER, PASSWORD)})
            self.update([name], "--auth-file", auth)
            before = self.entries()
            registry_rig.config_json(auth, {registry.host: (USER, "of yesterday")})
            done = self.update([name], "--auth-file", auth, code=3)
            self.assertNotIn("of yesterday", done.err)
            self.assertEqual(set(self.entries()), set(before))
            registry_rig.config_json(auth, {registry.host: (USER, PASSWORD)})
            self.update([name], "--auth-file", auth)

    def test_a_policy_that_forbids_it(self):
        names = self.push("forbidden/app", 1)
        policy = self.folder / "policy.yaml"
        policy.write_text(f"apiVersion: shelflife.dev/v1\nkind: Policy\noverrides:\n- images: ['{self.registry.host}/forbidden/**']\n"
                          "  inspection: ignore\n")
        self.requests()
        self.update(names, "--policy", policy)
        self.assertEqual(self.requests(), [])

    def test_an_index(self):
        children = [python(1), images.Image(["PYTHON_VERSION=3.9.1"], platform="linux/arm64")]
        index = images.Index([images.attestation(), *children])
        images.push(self.registry, "multi/app", "1", index)
        name = f"{self.registry.host}/multi/app:1"
        self.update([name, name.rpartition(":")[0] + "@" + children[0].digest])
        self.assertEqual(self.entries()[index.digest]["manifest"], children[0].digest)
        for text in (name, f"a.example/b@{index.digest}", f"a.example/b@{children[0].digest}"):
            self.assertEqual(self.explain(text)[0]["phase"], "unpatched", text)

    def test_a_broken_inventory_is_not_replaced(self):
        names = self.push("broken/app", 1)
        self.inventory.write_text('{"apiVersion": "shelflife.dev/v1", "kind": "Inventory", "images": [')
        before = self.inventory.read_bytes()
        done = self.update(names, code=2)
        self.assertIn("inventory.json", done.err)
        self.assertEqual(self.inventory.read_bytes(), before)

    def test_a_compressed_file(self):
        names = self.push("gzip/app", 2)
        path = self.folder / "inventory.json.gz"
        self.update(names, inventory=path)
        self.assertEqual(path.read_bytes()[:2], b"\x1f\x8b")
        self.requests()
        self.update(names, inventory=path)
        self.assertEqual(self.requests(), [("HEAD", "manifests")] * 2)
        self.inventory = path
        self.assertEqual({i["phase"] for i in self.explain(*names)}, {"unpatched"})

    def test_a_folder_that_cannot_be_written(self):
        names = self.push("unwritable/app", 1)
        self.update(names, code=3, inventory=self.folder / "none/inventory.json")

    def test_nothing_else_is_left_in_the_folder(self):
        self.update(self.push("tidy/app", 1))
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["images.txt", "inventory.json"])


class Trouble(Case):
    def setUp(self):
        super().setUp()
        self.server = trouble.Hostile()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def test_one_bad_image_among_many(self):
        good = [self.server.put(f"team/app-{i}", "1", python(i)) for i in range(1, 30)]
        bad = [self.server.put(f"team/bad-{i}", "1", images.Image(["PYTHON_VERSION=3.8.20", f"BAD={i}"]), what) for i, what in enumerate((
            trouble.status(404), trouble.status(403), trouble.only("blobs", trouble.changed), trouble.only("blobs", trouble.endless),
            trouble.redirect(lambda h: h.path), trouble.replaced("text/html", b"<html>")))]
        done = self.update([*good, *bad], code=4)
        self.assertEqual(len(self.entries()), len(good))
        for name in bad:
            self.assertIn(name, done.err)

    def test_a_tag_whose_registry_forgets_the_digest_header(self):
        name = self.server.put("team/plain", "1", python(1), trouble.only("manifests", trouble.without_digest))
        self.update([name])
        self.assertEqual(self.explain(name)[0]["phase"], "unpatched")


class Clusters(Case):
    """What a cluster runs."""

    @classmethod
    def setUpClass(cls):
        cls.registry = registry_rig.with_registry(cls)
        with images.Push(cls.registry) as push:
            cls.digests = [push.image("team/app", str(i), python(i)) for i in range(1, 9)]
        cls.name = f"{cls.registry.host}/team/app"

    def pod(self, name, image, image_id=None, phase="Running", **spec):
        statuses = [{"name": "main", "image": image, "imageID": image_id, "ready": True, "restartCount": 0}] if image_id else []
        return {"metadata": {"name": name, "namespace": "a"}, "spec": {"containers": [{"name": "main", "image": image}], **spec},
                "status": {"phase": phase, "containerStatuses": statuses}}

    def of_cluster(self, objects, *arguments, code=0):
        with api_server.Server(objects) as server:
            done = Done("inventory", "update", "--at", AT, "--kubeconfig", server.kubeconfig(self.folder), "--output", self.inventory,
                        *arguments)
        self.assertEqual(done.code, code, done)
        return done

    def test_what_runs(self):
        d = self.digests
        self.of_cluster({"pods": [
            self.pod("tag", f"{self.name}:1", f"{self.name}@{d[0]}"),
            self.pod("old", f"{self.name}:3", f"{self.name}@{d[1]}"),  # the tag has moved since
            self.pod("docker", f"{self.name}:3", f"docker-pullable://{self.name}@{d[2]}"),
            self.pod("pending", f"{self.name}:4", phase="Pending"),
            self.pod("bare", f"{self.name}:5", "sha256:" + "7" * 64),
            self.pod("crio", f"{self.name}:6", "8" * 64),
        ], "deployments": [{"metadata": {"name": "d", "namespace": "a"}, "spec": {"template": {"spec": {
            "containers": [{"name": "main", "image": f"{self.name}:7"}],
            "initContainers": [{"name": "init", "image": f"{self.name}@{d[7]}"}]}}}}]})
        self.assertEqual(set(self.entries()), set(d))

    def test_the_digest_that_runs_counts(self):
        """Of a tag that has moved, the image that runs is known by its digest."""
        self.of_cluster({"pods": [self.pod("old", f"{self.name}:3", f"{self.name}@{self.digests[1]}")]})
        self.assertIn(self.digests[1], self.entries())

    def test_a_second_run(self):
        objects = {"pods": [self.pod(f"p{i}", f"{self.name}:{i % 8 + 1}", f"{self.name}@{self.digests[i % 8]}") for i in range(40)]}
        self.of_cluster(objects)
        self.registry.forget()
        self.of_cluster(objects)
        asked = [(method, path) for method, path, _, _ in self.registry.asked() if path != "/v2/"]
        self.assertLessEqual(len(asked), 8)
        self.assertEqual({method for method, _ in asked} - {"HEAD"}, set())


if __name__ == "__main__":
    unittest.main()
