#!/usr/bin/env python3
"""Writes the bill of materials of a built program, an SPDX 2.3 document: the Debian packages that it is linked with, by
their versions on this machine, and the built-in catalogs with their licenses.

usage: deploy/sbom.py --program build/release/shelflife --date SECONDS --output FILE

deploy/image/assemble.py writes that of the image, which contains some more packages."""
import argparse
import hashlib
import json
import pathlib
import re
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DPKG = pathlib.Path("/var/lib/dpkg/info")


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def merged(path):
    """The path of a file on systems where /lib and /lib64 are links into /usr."""
    path = str(path)
    return path if path.startswith("/usr/") else re.sub(r"^/(bin|sbin|lib\w*)/", r"/usr/\1/", path)


class Debian:
    """The packages whose files go into the image."""

    def __init__(self):
        self.packages = {}  # name: fields of dpkg's status
        self.files = {}  # path: the packages that contain it, each with the checksum of the file
        for sums in DPKG.glob("*.md5sums"):
            for line in sums.read_text().splitlines():
                digest, path = line.split(maxsplit=1)
                self.files.setdefault(merged("/" + path), {})[sums.stem] = digest

    def take(self, path):
        """Returns the content of a package's file, which must be unchanged."""
        content = pathlib.Path(path).read_bytes()
        owners = self.files.get(merged(pathlib.Path(path).resolve()), {})
        digest = hashlib.md5(content).hexdigest()
        package = next((package for package in sorted(owners) if owners[package] == digest), None)
        if not package:
            raise SystemExit(f"{path} is not as a Debian package had it, so it does not go into the image")
        self.note(package)
        return content

    def note(self, package):
        if package not in self.packages:
            fields = ("Package", "Version", "Architecture", "Maintainer", "source:Package", "source:Version", "Homepage")
            values = run("dpkg-query", "--show", "--showformat", "\\n".join(f"${{{f}}}" for f in fields), package).split("\n")
            self.packages[package] = dict(zip(fields, values))


def libraries(program):
    """The paths of the libraries that the program needs, and of the loader."""
    listing = run("ldd", program)
    found = re.findall(r"(?:=> )?(/\S+) \(0x", listing)
    if "not found" in listing or not found:
        raise SystemExit(f"ldd {program}:\n{listing}")
    return sorted(set(found))


def package(name, version, **more):
    return {"name": name, "SPDXID": "SPDXRef-Package-" + re.sub(r"[^A-Za-z0-9.-]", "-", name), "versionInfo": version,
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION", **more}


def checksum(content):
    return [{"algorithm": "SHA256", "checksumValue": hashlib.sha256(content).hexdigest()}]


def debian_packages(debian):
    release = dict(line.split("=", 1) for line in pathlib.Path("/usr/lib/os-release").read_text().splitlines() if "=" in line)
    distribution = f"debian-{release['VERSION_ID'].strip(chr(34))}"
    for _, fields in sorted(debian.packages.items()):
        name, version = (fields[key].replace("+", "%2B") for key in ("Package", "Version"))
        yield package(fields["Package"], fields["Version"], supplier="Organization: Debian", externalRefs=[{
            "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
            "referenceLocator": f"pkg:deb/debian/{name}@{version}?arch={fields['Architecture']}&distro={distribution}"}])


def catalogs():
    """The catalogs of the source tree, which are embedded in the program."""
    for path in sorted((ROOT / "policies/catalogs").glob("*.json")):
        content = path.read_bytes()
        catalog = json.loads(content)
        homepage = {"homepage": catalog["source"]} if "source" in catalog else {}
        yield package("catalog-" + catalog["name"], catalog["asOf"], licenseDeclared=catalog["license"],
                      summary=catalog["title"], primaryPackagePurpose="FILE", checksums=checksum(content), **homepage)


def spdx(debian, program, version, created):
    """The document, as bytes. `debian` has noted the packages; `program` is the content of the file."""
    own = package("shelflife", version, licenseDeclared="Apache-2.0", primaryPackagePurpose="APPLICATION",
                  checksums=checksum(program))
    linked, contained = list(debian_packages(debian)), list(catalogs())
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"shelflife-{version}-{run('dpkg', '--print-architecture').strip()}",
        "creationInfo": {"created": created, "creators": ["Tool: shelflife deploy/sbom.py"]},
        "documentDescribes": [own["SPDXID"]], "packages": [own, *linked, *contained],
        "relationships": [{"spdxElementId": own["SPDXID"], "relationshipType": kind, "relatedSpdxElement": other["SPDXID"]}
                          for kind, others in (("DEPENDS_ON", linked), ("CONTAINS", contained)) for other in others]}
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    document["documentNamespace"] = f"https://shelflife.dev/spdx/{version}/{digest}"
    return json.dumps(document, indent=1).encode() + b"\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True, type=pathlib.Path)
    parser.add_argument("--date", required=True, type=int)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    options = parser.parse_args()
    debian = Debian()
    for library in libraries(options.program):
        debian.take(library)
    version = run(options.program, "version").split()[1]
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(options.date))
    options.output.write_bytes(spdx(debian, options.program.read_bytes(), version, created))


if __name__ == "__main__":
    main()
