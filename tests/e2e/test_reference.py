"""Image references are what github.com/docker/distribution/reference, which container runtimes use, takes them for. The
library is that of a Debian package (go-packages.sh, reference.go), ours is parse_references.c."""
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent / "data"
OURS = pathlib.Path(os.environ.get("PARSE_REFERENCES", HERE.parents[1] / "build/dev/tests/parse_references"))
CACHE = pathlib.Path(os.environ.get("SHELFLIFE_CACHE", pathlib.Path.home() / ".cache/shelflife"))

MUTATIONS = 60000
PIECES = [".", "..", ":", "/", "//", "@", "_", "__", "___", "-", "--", "[", "]", "[::1]", "+", " ", "%", "A", "z", "0", "\0", "\n", "é",
          ":443", ":0443", ":5000", ":0", "localhost", "docker.io", "index.docker.io", "registry-1.docker.io", "library/", "a_b.c", "Host",
          "sha256:", "sha384:", "sha512:", "@sha256:" + 64 * "a", "@sha512:" + 128 * "0", 64 * "f", 32 * "b", 128 * "t"]
DOCKER = ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"]


def own_strings():
    """Our lists of images, seeds for the fuzzer, and the limits of each part."""
    strings = {line for line in (DATA / "official-tags.txt").read_text().splitlines() if not line.startswith("#")}
    for name in ("cases.json", "truth.json"):
        if (DATA / name).exists():
            strings |= {case["image"] for case in json.loads((DATA / name).read_text())["cases"]}
    strings |= {seed.read_bytes().decode("latin-1") for seed in (HERE.parent / "fuzz/corpus/reference").iterdir()}
    for host in ("", "x.y/", "x.y/a/", "localhost:5000/", "a/", "docker.io/", "docker.io/library/", "index.docker.io/", "a_b.c/", "a_b:1/",
                 "[::1]/", "[2001:DB8::1]:5000/", "Host/", "HOST:443/"):
        for length in (240, 246, 247, 248, *range(249, 258)):
            strings.add(host + length * "p")
        for length in (0, 1, 127, 128, 129):
            strings.add(f"{host}app:{length * 't'}")
        for algorithm, length in (("sha256", 64), ("sha384", 96), ("sha512", 128), ("md5", 32), ("sha1", 40), ("SHA256", 64)):
            strings |= {f"{host}app:1@{algorithm}:{count * 'a'}" for count in (length - 1, length, length + 1)}
    return strings


def mutate(strings, count):
    """The same strings in each run, from the library's own and ours: pieces added, removed, and taken from others."""
    chance = random.Random(10)
    for _ in range(count):
        text = chance.choice(strings)
        for _ in range(chance.randint(1, 3)):
            start = chance.randint(0, len(text))
            end = min(len(text), start + chance.choice([0, 0, 1, 1, 2, 8]))
            other = chance.choice(strings)
            cut = chance.randint(0, len(other))
            piece = chance.choice([chance.choice(PIECES), chance.choice(PIECES), "", other[cut:cut + chance.randint(1, 12)]])
            text = text[:start] + piece + text[end:]
        yield text


def encode(text):
    return text.encode(errors="surrogateescape").hex()


def normalize(domain, path, tag, digest):
    """What include/shelflife/reference.h adds: one spelling of each host."""
    host = re.sub(r":0*(\d+)$", r":\1", domain.lower())
    host = host.removesuffix(":443")
    if host in DOCKER or host == "":
        host = "docker.io"
    if host == "docker.io" and "/" not in path:
        path = f"library/{path}"
    return host, path, tag, digest


def pulled(registry, repository, tag, digest):
    """What ParseDockerRef makes of a reference: a digest takes the place of the tag, and the tag is "latest" without both."""
    return registry, repository, "" if digest else tag or "latest", digest


# What newer versions of the library (github.com/distribution/reference) take and Debian 12's does not: why, which strings,
# and the string that the older one is asked in their place, with a host that both know.
NEWER = [
    ("an IPv6 address in brackets is a host", re.compile(r"\A\[[0-9a-fA-F:]+\](?=(:[0-9]+)?/)"), "v6.example"),
    ("a first segment with an upper-case letter is a host", re.compile(r"\A(?=[^/]*[A-Z])[^/.:]+(?=/)"), None),
]
LONG = "the limit of 255 characters is for the path, without the host"


class Reference(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.go = pathlib.Path(folder.name) / "reference"
        gopath = subprocess.run([HERE / "go-packages.sh"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        cls.library = pathlib.Path(gopath) / "src/github.com/docker/distribution/reference"
        env = {**os.environ, "GO111MODULE": "off", "GOPATH": gopath, "GOFLAGS": "", "GOCACHE": str(CACHE / "gocache"), "CGO_ENABLED": "0"}
        subprocess.run(["go", "build", "-o", cls.go, HERE / "reference.go"], check=True, env=env, cwd=folder.name)

    def lines(self, *command, given=()):
        text = "".join(f"{encode(text)}\n" for text in given)
        return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout.splitlines()

    def parse(self, program, strings):
        """For each string the parts, or None if it is an error."""
        found = [line.split("\t") for line in self.lines(*program, given=strings)]
        self.assertEqual(len(found), len(strings))
        return {text: tuple(parts) if kind == "ok" else None for text, (kind, *parts) in zip(strings, found)}

    def library_says(self, strings):
        """What ParseNormalizedNamed and ParseDockerRef return, as we spell hosts."""
        return {text: parts and (normalize(*parts[:4]), normalize(*parts[4:])) for text, parts in self.parse([self.go, "parse"], strings).items()}

    def own_tests_of_the_library(self):
        strings = {bytes.fromhex(line).decode(errors="surrogateescape") for line in self.lines(self.go, "literals", self.library)}
        self.assertGreater(len(strings), 300)
        return strings

    def test_all_strings_are_taken_apart_as_by_the_library(self):
        theirs, own = self.own_tests_of_the_library(), own_strings()
        base = sorted(theirs | {text for text in own if len(text) < 300})
        strings = sorted(theirs | own | set(mutate(sorted(theirs), MUTATIONS // 2)) | set(mutate(base, MUTATIONS // 2)))
        wanted, got = self.library_says(strings), self.parse([OURS], strings)
        different, newer = [], {}
        for text in strings:
            if wanted[text] != (got[text] and (got[text], pulled(*got[text]))):
                (reason, asked) = self.newer(text, got[text])
                if reason and wanted[text] is None:
                    newer.setdefault(reason, []).append((text, asked))
                else:
                    different.append(f"{text!r}: {wanted[text]}, not {got[text]}")
        self.check_newer(newer, got, different)
        self.assertEqual(different, [], f"{len(different)} of {len(strings)} strings")
        self.assertEqual(set(newer), {LONG, *(reason for reason, _, _ in NEWER)})
        accepted = sum(parts is not None for parts in got.values())
        print(f"{len(strings)} strings, {len(theirs)} of them from the library's tests, {accepted} are references; only newer versions "
              f"of the library take " + ", ".join(f"{len(found)} as {reason}" for reason, found in sorted(newer.items())))

    def newer(self, text, parts):
        """The reason in the table above, and the string to ask instead of this one."""
        for reason, pattern, host in NEWER:
            match = pattern.match(text)
            if match:
                return reason, (host or match.group() + ".example") + text[match.end():]
        if parts:
            written = text.partition("@")[0].removesuffix(f":{parts[2]}")
            if len(parts[1]) <= 255 < max(len(written), len(f"{parts[0]}/{parts[1]}")):
                return LONG, None
        return None, None

    def check_newer(self, newer, got, different):
        """With a host that the older version knows, it must find the same path, tag and digest."""
        asked = [(text, instead) for found in newer.values() for text, instead in found if instead]
        wanted = self.library_says([instead for _, instead in asked])
        for text, instead in asked:
            expected, parts = wanted[instead], got[text]
            if (expected and expected[0][1:]) != (parts and parts[1:]) and not (expected is None and self.newer(instead, parts)[0] == LONG):
                different.append(f"{text!r}, asked as {instead!r}: {expected}, not {parts}")


if __name__ == "__main__":
    unittest.main()
