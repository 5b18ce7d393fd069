"""The speed of reading one long Word document, and the memory of the child that does."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import long_document
from docx_readers import OURS
from table import markdown

from ragtenancy.adapters.formats.docx.document import read_document
from ragtenancy.adapters.formats.limits import ScanLimits

_ROUNDS = 5
_PEAK = """
import asyncio, pathlib, resource, sys
from ragtenancy.adapters.formats.docx.reader import DocxReader
from ragtenancy.adapters.formats.sandboxed import SandboxedParser
asyncio.run(SandboxedParser(DocxReader()).parse(pathlib.Path(sys.argv[1])))
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def speed_and_memory(folder: Path) -> str:
    """Return the table of seconds, ours and those of the installed peers, and the child's peak memory."""
    path = folder / "long.docx"
    long_document.write(path)
    seconds = _seconds(path)
    rows = [
        [name, f"{taken:.2f}", f"{taken / seconds[OURS]:.1f} x"] for name, taken in seconds.items()
    ]
    size = path.stat().st_size / 1e6
    return (
        f"### One document of {long_document.PAGES:,} pages, {size:.0f} MB\n\n"
        f"{markdown(['', 'seconds', 'relative to ours'], rows)}\n\n"
        f"The child process that reads it needs {_peak(path):.0f} MB at its peak."
    )


def _seconds(path: Path) -> dict[str, float]:
    """Return the shortest of several rounds, in which everyone takes turns."""
    walks: dict[str, Callable[[Path], object]] = {OURS: _ours, "python-docx": _python_docx}
    walks |= {"mammoth": _mammoth} if find_spec("mammoth") else {}
    walks |= {"docx2txt": _docx2txt} if find_spec("docx2txt") else {}
    taken: dict[str, list[float]] = {name: [] for name in walks}
    for _ in range(_ROUNDS):
        for name, walk in walks.items():
            begun = time.perf_counter()
            walk(path)
            taken[name].append(time.perf_counter() - begun)
    return {name: min(rounds) for name, rounds in taken.items()}


def _ours(path: Path) -> object:
    with path.open("rb") as file:
        return read_document(file, ScanLimits())


def _python_docx(path: Path) -> object:
    document = import_module("docx").Document(str(path))
    texts = [paragraph.text for paragraph in document.paragraphs]
    return texts, [c.text for t in document.tables for row in t.rows for c in row.cells]


def _mammoth(path: Path) -> object:
    with path.open("rb") as file:
        return import_module("mammoth").extract_raw_text(file).value


def _docx2txt(path: Path) -> object:
    return import_module("docx2txt").process(str(path))


def _peak(path: Path) -> float:
    """Return the most memory that the child held, in megabytes."""
    command = [sys.executable, "-c", _PEAK, str(path)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return int(done.stdout) * 1024 / 1e6
