"""What ragtenancy is shipped with, and how an audit of it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from scripts.supply_chain import LOCK, VULNERABLE, judged, name_of, shipped, with_graph

ENTRIES = """\
anyio==4.16.0 \\
    --hash=sha256:59
    # via
    #   httpx
    #   litestar
httpx==0.28.1 \\
    --hash=sha256:60
    # via ragtenancy (pyproject.toml:dev)
iniconfig==2.3.0 \\
    --hash=sha256:61
    # via pytest
litestar==2.25.0 \\
    --hash=sha256:62
    # via ragtenancy (pyproject.toml)
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:63
    # via ragtenancy (pyproject.toml)
"""
KNOWN = [{"name": "jinja2", "version": "2.4.1", "vulns": [{"id": "CVE-1"}]}]
SAFE = {"name": "anyio", "version": "4.16.0", "vulns": []}
UNSAFE = {"name": "lxml", "version": "1.0", "vulns": [{"id": "CVE-2"}, {"id": "CVE-3"}]}
UNKNOWN = {"name": "xlrd", "skip_reason": "Dependency not found"}


def test_what_development_alone_needs_is_not_shipped() -> None:
    assert [name_of(entry) for entry in shipped(ENTRIES)] == ["anyio", "litestar", "numpy"]


def test_the_lock_s_servers_are_shipped_and_its_tests_are_not() -> None:
    names = {name_of(entry) for entry in shipped(LOCK.read_text(encoding="utf-8"))}

    assert {"litestar", "uvicorn", "azure-cosmos", "pinecone", "cryptography"} <= names
    assert not {"pytest", "mypy", "hypothesis"} & names


def test_an_sbom_has_the_version_and_what_depends_on_what() -> None:
    components = [{"name": name, "bom-ref": name} for name in ("anyio", "litestar", "numpy")]
    root = {"bom-ref": "root", "name": "ragtenancy"}
    document = {"components": components, "metadata": {"component": root}}

    made = with_graph(document, shipped(ENTRIES))

    assert made["metadata"]["component"]["version"]
    assert {each["ref"]: each["dependsOn"] for each in made["dependencies"]} == {
        "root": ["litestar", "numpy"],
        "litestar": ["anyio"],
        "anyio": [],
        "numpy": [],
    }


@pytest.mark.parametrize(
    ("control", "told", "status", "words"),
    [
        (KNOWN, [SAFE], 0, "1 packages, no known vulnerability"),
        (KNOWN, [SAFE, UNSAFE], 1, "2 packages; lxml 1.0: CVE-2, CVE-3"),
        (KNOWN, [UNKNOWN, UNSAFE], 1, "2 packages; lxml 1.0: CVE-2, CVE-3"),
        (KNOWN, [SAFE, UNKNOWN], 2, "Not audited: xlrd"),
        (KNOWN, [], 2, "Not audited: no package"),
        ([], [SAFE], 2, f"Not audited: the database does not tell of {VULNERABLE}."),
        ([UNKNOWN], [SAFE], 2, f"Not audited: the database does not tell of {VULNERABLE}."),
    ],
)
def test_an_audit_without_a_database_is_none(
    control: Sequence[Mapping[str, Any]],
    told: Sequence[Mapping[str, Any]],
    status: int,
    words: str,
) -> None:
    assert judged(control, told) == (status, words)
