"""What became of one hostile file, and what it cost."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from ragtenancy import parse_file
from ragtenancy.domain.errors import RagTenancyError

ROOT = Path(__file__).parents[2]
MEBIBYTE = 1 << 20
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1 << 10
MAX_SECONDS = 30.0
STARTING = 2.0
CHILD_BYTES = 512 * MEBIBYTE
TEXT = "text"


class Outcome(Struct, frozen=True, kw_only=True):
    """`code` is `text` for a file that was read; `trouble` is what must not happen.

    `child_bytes` is the most memory that was resident in the process that read it.
    """

    name: str
    code: str
    seconds: float
    child_bytes: int
    trouble: str = ""


def documented_codes() -> frozenset[str]:
    """Return the codes of documents that cannot be read, as docs/errors.md lists them."""
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    section = text.split("## Documents that are refused or fail")[1].split("\n## ")[0]
    return frozenset(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


class Hostile(Struct, frozen=True, kw_only=True):
    """A file to be made, named after its source; the suffix tells some formats of text."""

    name: str
    make: Callable[[], bytes]
    suffix: str = ".docx"


def outcomes(files: Iterator[Hostile], *, at_once: int) -> Iterator[Outcome]:
    """Yield what becomes of each named file, in any order; each is read by a parent of its own."""
    running: dict[int, Reading] = {}
    try:
        for file in files:
            if len(running) == at_once:
                yield _ended(running)
            folder = Path(tempfile.mkdtemp())
            reading = Reading(name=file.name, folder=folder, suffix=file.suffix)
            _forked(partial(_write, reading.path, file.make), wait=True)
            running[_forked(partial(_report, reading), wait=False)] = reading
        while running:
            yield _ended(running)
    finally:
        for reading in running.values():
            shutil.rmtree(reading.folder)


class Reading(Struct, frozen=True, kw_only=True):
    """A file in a folder of its own, and beside that what came of it."""

    name: str
    folder: Path
    suffix: str

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.folder / "read" / f"hostile{self.suffix}"

    @property
    def told(self) -> Path:
        """Where its reader tells."""
        return self.folder / "told"


def _forked(work: Callable[[], None], *, wait: bool) -> int:
    """Do something in a process of its own, so that its memory is not another's."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    if wait:
        os.waitpid(pid, 0)
    return pid


def _write(path: Path, make: Callable[[], bytes]) -> None:
    path.parent.mkdir()
    path.write_bytes(make())


def _report(reading: Reading) -> None:
    outcome = read(reading.name, reading.path)
    reading.told.write_bytes(msgspec.json.encode(outcome))


def _ended(running: dict[int, Reading]) -> Outcome:
    pid, _ = os.wait()
    reading = running.pop(pid)
    told = reading.told.read_bytes() if reading.told.exists() else b""
    shutil.rmtree(reading.folder)
    if told:
        return msgspec.json.decode(told, type=Outcome)
    return Outcome(name=reading.name, code="", seconds=0.0, child_bytes=0, trouble="parent died")


def read(name: str, path: Path) -> Outcome:
    """Read a file as ingestion reads it, and look around afterwards."""
    handles = _handles()
    began = time.monotonic()
    code, trouble = _code(path)
    seconds = time.monotonic() - began
    child_bytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * MAXRSS_UNIT
    checks = {
        f"took {seconds:.0f} s": seconds > MAX_SECONDS + STARTING,
        f"took {child_bytes // MEBIBYTE} MiB": child_bytes > CHILD_BYTES,
        "left files": list(path.parent.iterdir()) != [path],
        "left handles open": _handles() > handles,
        "left a process": _has_children(),
    }
    found = [what for what, wrong in checks.items() if wrong]
    return Outcome(
        name=name, code=code, seconds=seconds, child_bytes=child_bytes,
        trouble=", ".join([*filter(None, [trouble]), *found]),
    )  # fmt: skip


def _code(path: Path) -> tuple[str, str]:
    """Return the file's code, and what is wrong with it."""
    try:
        asyncio.run(parse_file(path))
    except RagTenancyError as error:
        known = error.reason in documented_codes()
        return error.reason, "" if known else "code is not documented"
    except Exception as error:  # noqa: BLE001 - that is what is looked for
        return "", f"{type(error).__name__} came out"
    return TEXT, ""


def _handles() -> int:
    handles = Path("/proc/self/fd")
    return sum(1 for _ in handles.iterdir()) if handles.exists() else 0


def _has_children() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True
