#!/usr/bin/env python3
"""Catalogs and inventories in a real registry, with skopeo as another client, and signatures as cosign stores them."""
import base64
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import images  # noqa: E402
import registry_rig  # noqa: E402
from inspecting import AT, Done  # noqa: E402
from registry_rig import PASSWORD, USER  # noqa: E402
from webhook import TestCase, eventually, openssl, pod_review  # noqa: E402

CATALOG_TYPE, INVENTORY_TYPE = (f"application/vnd.shelflife.{kind}.v1+json" for kind in ("catalog", "inventory"))
COSIGN_TYPE, COSIGN_NAME = "application/vnd.dev.cosign.simplesigning.v1+json", "dev.cosignproject.cosign/signature"


def catalog(end="2026-01-01", serial=1):
    return {"apiVersion": "shelflife.dev/v1", "kind": "Catalog", "name": "own", "asOf": "2026-11-01", "serial": serial,
            "products": [{"name": "app", "title": "App", "repositories": ["images.example/app"],
                          "rows": [{"release": "1.0", "endOfPatch": end}]}]}


class Case(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = registry_rig.with_registry(cls)
        for name, kind in (("own", ("ed25519",)), ("other", ("ed25519",)), ("cosign", ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"))):
            openssl(cls.folder, "genpkey", "-algorithm", *kind, "-out", f"{name}.key")
            openssl(cls.folder, "pkey", "-in", f"{name}.key", "-pubout", "-out", f"{name}.pub")
        cls.tools = images.Tools(cls.folder / "tools")

    def file(self, content, name="own.json"):
        path = self.folder / f"{self.id()}-{name}"
        path.write_text(json.dumps(content))
        return path

    def place(self, registry=None):
        """A repository for each test."""
        name = self.id().rpartition(".")[2].replace("_", "-")
        return f"{(registry or self.registry).host}/{name}/catalogs"

    def push(self, content, place, *arguments, key="own", kind="catalog", code=0):
        signing = ["--key", self.folder / f"{key}.key"] if key else []
        done = Done(kind, "push", *signing, *arguments, self.file(content) if isinstance(content, dict) else content, f"oci://{place}")
        self.assertEqual(done.code, code, done)
        return done

    def explain(self, place, *arguments, key="own", code=0, image="images.example/app:1.0"):
        done = Done("explain", "--at", AT, "-o", "json", "--catalog-key", self.folder / f"{key}.pub", *arguments,
                    *(["--catalog", f"oci://{place}"] if place else []), image)
        self.assertEqual(done.code, code, done)
        return done.json[0] if code == 0 else done.err

    def raw(self, place):
        """The bytes of a manifest, as skopeo gets them. Those that the tests compare have no white space at the end."""
        return self.tools.skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{place}").encode()


class Catalogs(Case):
    def test_what_is_pushed(self):
        place, content = self.place(), catalog()
        done = self.push(content, f"{place}:2026-12")
        manifest = json.loads(self.raw(f"{place}:2026-12"))
        self.assertEqual(manifest["artifactType"], CATALOG_TYPE)
        layer, = manifest["layers"]
        self.assertEqual((layer["mediaType"], layer["digest"]), (CATALOG_TYPE, images.digest_of(json.dumps(content).encode())))
        self.assertTrue(layer["annotations"]["org.opencontainers.image.title"].endswith("own.json"))
        self.assertIn(f"oci://{place}", done.out)
        self.assertIn("sha256:", done.out)

    def test_by_tag_and_by_digest(self):
        place = self.place()
        self.push(catalog(), f"{place}:1")
        self.assertEqual(self.explain(f"{place}:1")["phase"], "unpatched")
        digest = images.digest_of(self.raw(f"{place}:1"))
        self.assertEqual(self.explain(f"{place}@{digest}")["phase"], "unpatched")
        self.assertIn("0000", self.explain(f"{place}@sha256:{'0' * 64}", code=3))

    def test_without_a_signature(self):
        place = self.place()
        self.push(catalog(), f"{place}:1", key=None)
        self.assertIn("signature", self.explain(f"{place}:1", code=2))

    def test_by_another_key(self):
        place = self.place()
        self.push(catalog(), f"{place}:1", key="other")
        self.assertRegex(self.explain(f"{place}:1", code=2), "signature|key")
        self.assertEqual(self.explain(f"{place}:1", key="other")["phase"], "unpatched")

    def test_a_tag_that_others_have_moved(self):
        place = self.place()
        self.push(catalog(), f"{place}:1")
        self.push(catalog(end="2029-01-01", serial=2), f"{place}:1", key=None)
        self.assertIn("signature", self.explain(f"{place}:1", code=2))

    def test_a_signature_that_is_listed_but_deleted(self):
        place = self.place()
        for key in ("other", "own"):
            self.push(catalog(), f"{place}:1", key=key)
        tag = images.digest_of(self.raw(f"{place}:1")).replace(":", "-")
        first, _ = json.loads(self.raw(f"{place}:{tag}"))["manifests"]
        connection = self.registry.connection()
        connection.request("DELETE", f"/v2/{place.partition('/')[2]}/manifests/{first['digest']}")
        self.assertEqual(connection.getresponse().status, 202)
        connection.close()
        self.assertEqual(self.explain(f"{place}:1")["phase"], "unpatched")
        self.assertIn("signature", self.explain(f"{place}:1", key="other", code=2))

    def test_a_copy_by_skopeo(self):
        place = self.place()
        self.push(catalog(), f"{place}:1")
        digest = images.digest_of(self.raw(f"{place}:1"))
        with registry_rig.Registry() as other:
            to = self.place(other)
            copy = ["copy", "--quiet", "--all", "--src-tls-verify=false", "--dest-tls-verify=false"]
            self.tools.skopeo(*copy, f"docker://{place}:1", f"docker://{to}:1")
            self.assertIn("signature", self.explain(f"{to}:1", code=2))  # it is an artifact of its own
            tag = digest.replace(":", "-")
            self.tools.skopeo(*copy, f"docker://{place}:{tag}", f"docker://{to}:{tag}")
            self.assertEqual(self.explain(f"{to}:1")["phase"], "unpatched")

    def test_a_signature_of_cosign(self):
        place = self.place()
        self.push(catalog(), f"{place}:1", key=None)
        digest = images.digest_of(self.raw(f"{place}:1"))
        payload = json.dumps({"critical": {"identity": {"docker-reference": place}, "image": {"docker-manifest-digest": digest},
                                           "type": "cosign container image signature"}, "optional": None}).encode()
        signed = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.folder / "cosign.key"], input=payload, check=True,
                                capture_output=True).stdout
        signature = images.Image(layers=[payload], config=b"{}")
        document = json.loads(signature.manifest)
        document["layers"][0].update(mediaType=COSIGN_TYPE, annotations={COSIGN_NAME: base64.b64encode(signed).decode()})
        signature.manifest = json.dumps(document).encode()
        repository = place.partition("/")[2]
        images.push(self.registry, repository, digest.replace(":", "-") + ".sig", signature)
        self.assertEqual(self.explain(f"{place}:1", key="cosign")["phase"], "unpatched")
        self.assertRegex(self.explain(f"{place}:1", key="own", code=2), "signature|key")

    def test_a_private_registry(self):
        with registry_rig.Registry(users={USER: PASSWORD}) as registry:
            place = self.place(registry)
            auth = registry_rig.config_json(self.folder / "auth.json", {registry.host: (USER, PASSWORD)})
            self.push(catalog(), f"{place}:1", "--auth-file", auth)
            self.assertEqual(self.explain(f"{place}:1", "--auth-file", auth)["phase"], "unpatched")
            self.assertNotIn(PASSWORD, self.explain(f"{place}:1", code=3))

    def test_what_cannot_be_pushed(self):
        place = self.place()
        for content, words in (({"kind": "Catalog"}, "own.json"), (self.folder / "none.json", "none.json")):
            self.assertIn(words, Done("catalog", "push", content if isinstance(content, pathlib.Path) else self.file(content),
                                      f"oci://{place}:1").err)
        for to in (f"oci://{place}", f"oci://{place}@sha256:{'0' * 64}", f"{place}:1", "oci://", "https://images.example/a"):
            with self.subTest(to=to):
                done = Done("catalog", "push", self.file(catalog()), to)
                self.assertEqual(done.code, 2, done)

    def test_what_is_not_a_catalog(self):
        place = self.place()
        images.push(self.registry, place.partition("/")[2], "image", images.Image(images.PYTHON))
        self.assertIn(f"{place}:image", self.explain(f"{place}:image", code=2))
        self.assertIn(f"{place}:none", self.explain(f"{place}:none", code=3))

    def test_a_server_that_takes_new_editions(self):
        place = self.place()
        self.push(catalog(), f"{place}:1")
        server = self.serve("--catalog", f"oci://{place}:1", "--catalog-key", self.folder / "own.pub", "--cache-dir", self.cache(),
                            "--catalog-interval", "200ms", "--reload-interval", "20ms")

        def warnings():
            return server.post(pod_review("images.example/app:1.0"))[1]["response"].get("warnings")

        self.assertIn("2026-01-01", warnings()[0])
        self.registry.forget()
        eventually(lambda: len(self.registry.asked()) > 3, "the registry is asked again")
        self.assertEqual({method for method, _, _, _ in self.registry.asked()}, {"HEAD"})  # an unchanged one costs no more
        self.push(catalog(end="2026-02-02", serial=2), f"{place}:1")
        eventually(lambda: "2026-02-02" in warnings()[0], "the new edition counts")
        self.push(catalog(end="2029-01-01", serial=3), f"{place}:1", key="other")
        eventually(lambda: any("signature" in line.decode() for line in list(server.log)), "the log says why it is not used")
        self.assertIn("2026-02-02", warnings()[0])

    def cache(self):
        folder = self.folder / (self.id() + "-cache")
        folder.mkdir()
        return folder


class Inventories(Case):
    def inventory(self):
        image = f"{self.registry.host}/team/app:1"
        images.push(self.registry, "team/app", "1", images.Image(images.PYTHON))
        path = self.folder / f"{self.id()}.json"
        done = Done("inventory", "update", "--output", path, image)
        self.assertEqual(done.code, 0, done)
        return path, image

    def explain_with(self, place, image, key="own", code=0):
        return self.explain(None, "--inventory", f"oci://{place}", key=key, image=image, code=code)

    def test_one_inspection_serves_others(self):
        place = self.place()
        path, image = self.inventory()
        self.push(path, f"{place}:prod", kind="inventory")
        self.assertEqual(json.loads(self.raw(f"{place}:prod"))["artifactType"], INVENTORY_TYPE)
        self.assertEqual(self.explain_with(f"{place}:prod", image)["phase"], "unpatched")

    def test_compressed(self):
        place = self.place()
        path, image = self.inventory()
        packed = path.with_suffix(".json.gz")
        self.assertEqual(Done("inventory", "merge", "-o", packed, path).code, 0)
        self.push(packed, f"{place}:prod", kind="inventory")
        self.assertEqual(json.loads(self.raw(f"{place}:prod"))["layers"][0]["mediaType"], INVENTORY_TYPE + "+gzip")
        self.assertEqual(self.explain_with(f"{place}:prod", image)["phase"], "unpatched")

    def test_without_a_signature(self):
        place = self.place()
        path, image = self.inventory()
        self.push(path, f"{place}:prod", kind="inventory", key=None)
        self.assertIn("signature", self.explain_with(f"{place}:prod", image, code=2))

    def test_a_webhook(self):
        place = self.place()
        path, image = self.inventory()
        self.push(path, f"{place}:prod", kind="inventory")
        server = self.serve("--inventory", f"oci://{place}:prod", "--catalog-key", self.folder / "own.pub")
        self.assertIn("Python 3.8", server.post(pod_review(image))[1]["response"]["warnings"][0])

    def test_a_catalog_is_no_inventory(self):
        place = self.place()
        self.push(catalog(), f"{place}:1")
        self.assertIn(f"{place}:1", self.explain_with(f"{place}:1", "images.example/app:1.0", code=2))


if __name__ == "__main__":
    unittest.main()
