"""Plant one fault at a time in a copy of the sources; tests that pass without it must fail.

`tests/planted_faults.tsv` names them: the fault, the file of `src/ragtenancy`, the text that is
there once, what it becomes (a line end is `\\n`), and the tests of `tests` that must notice it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

NOTICED = 1
UNHARMED = 0


@dataclass(frozen=True)
class Fault:
    """One row of the table."""

    name: str
    file: str
    text: str
    becomes: str
    tests: Sequence[str]


def read(table: Path) -> list[Fault]:
    """Return the faults of the table. Raises `ValueError` for a row that is no fault."""
    return [_fault(line) for line in table.read_text().splitlines()[1:]]


def try_each(faults: Sequence[Fault], copy: Path) -> Iterator[tuple[Fault, bool]]:
    """Plant each fault in the copy, and yield whether its tests fail; take it out again.

    Raises `ValueError` if its text is not there once, or if its tests fail without it.
    """
    for tests in {fault.tests for fault in faults}:
        if _status(tests, copy) != UNHARMED:
            raise ValueError(f"These tests fail without a fault: {' '.join(tests)}")
    for fault in faults:
        path = copy / "src" / "ragtenancy" / fault.file
        whole = path.read_text()
        if whole.count(fault.text) != 1:
            raise ValueError(f"{fault.file} does not hold once: {fault.text}")
        path.write_text(whole.replace(fault.text, fault.becomes))
        try:
            yield fault, _status(fault.tests, copy) == NOTICED
        finally:
            path.write_text(whole)


def _fault(line: str) -> Fault:
    name, file, text, becomes, tests = line.split("\t")
    text, becomes = (each.replace("\\n", "\n") for each in (text, becomes))
    if text == becomes:
        raise ValueError(f"This fault changes nothing: {name}")
    return Fault(name, file, text, becomes, tuple(tests.split()))


def _status(tests: Sequence[str], copy: Path) -> int:
    paths = [f"tests/{test}" for test in tests]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", *paths],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode
