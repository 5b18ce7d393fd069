"""The packages that ragtenancy is shipped with: `supply_chain.py sbom|audit BIN`.

Both read requirements.lock without what only the development group needs. BIN is the folder of
cyclonedx-py and pip-audit. `sbom` writes a CycloneDX document into dist, beside the wheel. `audit`
asks the database of known vulnerabilities; it ends with 0 if none is known, 1 if some are, and 2 if
the database does not answer or does not know a package.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from ragtenancy.version import __version__  # noqa: E402
from scripts.security_report import record  # noqa: E402

LOCK = ROOT / "requirements.lock"
SBOM = ROOT / "dist" / f"ragtenancy-{__version__}.cdx.json"
ROOTS = "ragtenancy (pyproject.toml)"
VULNERABLE = "jinja2==2.4.1"  # an audit that does not know it has no database
NOT_AUDITED = 2


def blocks(lock: str) -> Sequence[str]:
    """Return the lock's entries, each with its hashes and what it is there for."""
    return re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)[1:]


def name_of(block: str) -> str:
    """Return the name of an entry's package."""
    return re.split(r"[=\[; ]", block, maxsplit=1)[0]


def needed_by(block: str) -> set[str]:
    """Return the names of the packages that need an entry's."""
    comments = re.findall(r"^ +# +(.*)$", block, re.MULTILINE)
    return {line.removeprefix("via").strip() for line in comments} - {""}


def shipped(lock: str) -> Sequence[str]:
    """Return the entries that the package or one of its extras needs, directly or not."""
    entries = blocks(lock)
    kept = {ROOTS}
    while more := {name_of(e) for e in entries if needed_by(e) & kept} - kept:
        kept |= more
    return [entry for entry in entries if name_of(entry) in kept]


def with_graph(document: Mapping[str, Any], entries: Sequence[str]) -> Mapping[str, Any]:
    """Return a CycloneDX document with ragtenancy's version and what depends on what."""
    refs: dict[str, list[str]] = {}
    for component in document["components"]:
        refs.setdefault(component["name"], []).append(component["bom-ref"])
    own = document["metadata"]["component"]
    depends: dict[str, set[str]] = {own["bom-ref"]: set()}
    depends |= {ref: set() for same in refs.values() for ref in same}
    for entry in entries:
        for user in needed_by(entry):
            for ref in [own["bom-ref"]] if user == ROOTS else refs.get(user, []):
                depends[ref].update(refs[name_of(entry)])
    graph = [{"ref": ref, "dependsOn": sorted(on)} for ref, on in depends.items()]
    metadata = {**document["metadata"], "component": {**own, "version": __version__}}
    return {**document, "metadata": metadata, "dependencies": graph}


def sbom(tools: Path, entries: Sequence[str]) -> int:
    """Write the SBOM."""
    with tempfile.TemporaryDirectory() as place:
        listed = Path(place) / "requirements.txt"
        listed.write_text("".join(entries), encoding="utf-8")
        options = ["--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible"]
        made = subprocess.run(
            [str(tools / "cyclonedx-py"), "requirements", *options, str(listed)],
            check=True,
            capture_output=True,
            text=True,
        )
    document = with_graph(json.loads(made.stdout), entries)
    SBOM.parent.mkdir(exist_ok=True)
    SBOM.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{SBOM.relative_to(ROOT)}: {len(document['components'])} packages")
    return 0


def audited(tools: Path, requirements: str) -> Sequence[Mapping[str, Any]]:
    """Return what pip-audit tells of each package."""
    with tempfile.TemporaryDirectory() as place:
        listed = Path(place) / "requirements.txt"
        listed.write_text(requirements, encoding="utf-8")
        options = ["--disable-pip", "--no-deps", "--progress-spinner=off", "--format=json"]
        done = subprocess.run(
            [str(tools / "pip-audit"), *options, "--requirement", str(listed)],
            check=False,
            capture_output=True,
            text=True,
        )
    try:
        told: Sequence[Mapping[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(done.stderr, file=sys.stderr)
        return []
    return told


def judged(
    control: Sequence[Mapping[str, Any]], told: Sequence[Mapping[str, Any]]
) -> tuple[int, str]:
    """Return the exit status of an audit and its outcome in words."""
    if not any(each.get("vulns") for each in control):
        return NOT_AUDITED, f"Not audited: the database does not tell of {VULNERABLE}."
    unknown = [each["name"] for each in told if "vulns" not in each]
    found = [
        f"{each['name']} {each['version']}: {', '.join(one['id'] for one in each['vulns'])}"
        for each in told
        if each.get("vulns")
    ]
    if found:
        return 1, f"{len(told)} packages; {'; '.join(found)}"
    if unknown or not told:
        return NOT_AUDITED, f"Not audited: {', '.join(unknown) or 'no package'}"
    return 0, f"{len(told)} packages, no known vulnerability"


def audit(tools: Path, entries: Sequence[str]) -> int:
    """Audit the packages, if a vulnerable one is known to the database."""
    control = audited(tools, f"{VULNERABLE}\n")
    known = any(each.get("vulns") for each in control)
    status, words = judged(control, audited(tools, "".join(entries)) if known else [])
    if status != NOT_AUDITED:
        command = "make audit-dependencies"
        record("audit-dependencies", passed=status == 0, figures=words, command=command)
    print(words)
    return status


def main() -> int:
    """Write the SBOM, or audit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("act", choices=["sbom", "audit"])
    parser.add_argument("tools", type=Path)
    given = parser.parse_args()
    entries = shipped(LOCK.read_text(encoding="utf-8"))
    return (sbom if given.act == "sbom" else audit)(given.tools, entries)


if __name__ == "__main__":
    sys.exit(main())
