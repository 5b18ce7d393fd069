"""Each rule about imports is seen to fail: one bad import a rule, planted in a copy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLANTED = {
    "Layers": ("app/search/search.py", "from ragtenancy.settings import Settings"),
    "Engines know no port, no store and no tenant": (
        "engines/lexical/postings.py",
        "from ragtenancy.domain.ids import ChunkId",
    ),
    "Only adapters import engines": (
        "app/search/ranking.py",
        "from ragtenancy.engines.top_k import preselect_positive",
    ),
    "The engines are independent": (
        "engines/lexical/vocabulary.py",
        "from ragtenancy.engines.vectors import scan",
    ),
    "The lexical engine is layered": (
        "engines/lexical/bm25.py",
        "from ragtenancy.engines.lexical.postings import merge",
    ),
    "The vector engine is layered": (
        "engines/vectors/scan.py",
        "from ragtenancy.engines.vectors.matrix import VectorMatrix",
    ),
    "The BM25 adapter is layered": (
        "adapters/bm25/chunk_rows.py",
        "from ragtenancy.adapters.bm25.tenant_index import TenantIndex",
    ),
    "The domain is pure": ("domain/query.py", "import asyncio"),
    "The client carries nothing of the server": (
        "client/protocol.py",
        "from ragtenancy.ports.ids import Ids",
    ),
    "Ports know no backend": ("ports/clock.py", "import time"),
    "Adapter families are independent": (
        "adapters/bm25/lexical.py",
        "from ragtenancy.adapters.memory.client import Table",
    ),
    "Features of app form no circle": (
        "app/config/configs.py",
        "from ragtenancy.app.search.manifests import Manifests",
    ),
    "Only adapters use the sandbox": (
        "app/health.py",
        "from ragtenancy.sandbox import seccomp",
    ),
    "Only the composition imports adapters": (
        "library/rag.py",
        "from ragtenancy.adapters.system.machine import SystemClock",
    ),
    "Controllers and commands call use cases, never ports": (
        "http/controllers/search.py",
        "from ragtenancy.ports.chunks import ChunkRepository",
    ),
    "Each package of others stays where it belongs": ("app/health.py", "import apsw"),
}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says about the copy with every bad import in it."""
    copy = tmp_path_factory.mktemp("planted")
    ignored = shutil.ignore_patterns("__pycache__", "data")
    shutil.copytree(ROOT / "src", copy / "src", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    for path, line in PLANTED.values():
        with (copy / "src" / "ragtenancy" / path).open("a") as file:
            file.write(f"\n{line}  # planted\n")
    return _lint(copy)


@pytest.mark.parametrize("rule", PLANTED)
def test_a_bad_import_breaks_its_rule(report: str, rule: str) -> None:
    assert f"{rule} BROKEN" in report


def test_every_rule_is_tried() -> None:
    written = (ROOT / "pyproject.toml").read_text().partition("[tool.importlinter]")[2]

    names = [line for line in written.splitlines() if line.startswith("name = ")]

    assert names == [f'name = "{rule}"' for rule in PLANTED]


def _lint(folder: Path) -> str:
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout
