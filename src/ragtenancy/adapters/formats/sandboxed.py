"""Reading untrusted files in a child process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ragtenancy.adapters.formats.limits import ProcessLimits
from ragtenancy.adapters.formats.reader import Reader
from ragtenancy.adapters.formats.refusals import UNREADABLE, unreadable
from ragtenancy.adapters.formats.reply import Answer, decode
from ragtenancy.domain.errors import UnavailableError, UnreadableDocumentError
from ragtenancy.domain.parsed import ParsedDocument
from ragtenancy.ports.parsing import DocumentParser

_CHILD = "ragtenancy.adapters.formats.child"
_STEP = 1 << 20
# The kernel kills what takes too much, and libxml2 crashes where an allocation fails.
_OUT_OF_MEMORY = (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)


class SandboxedParser(DocumentParser):
    """Reads what its reader reads, every file in a process of its own that it cannot outlive."""

    def __init__(self, reader: Reader, limits: ProcessLimits | None = None) -> None:
        self._reader = reader
        self._limits = limits or ProcessLimits()

    @property
    def media_types(self) -> Sequence[str]:
        """The reader's."""
        return self._reader.media_types

    def recognises(self, head: bytes, filename: str) -> str | None:
        """Return what the reader says."""
        return self._reader.recognises(head, filename)

    async def parse(self, path: Path) -> ParsedDocument:
        """Read the file at `path`.

        Raises `UnreadableDocumentError` (codes in docs/errors.md), `UnavailableError` when no
        child process could be started or it could not open the file.
        """
        try:
            process = await self._start(path)
        except OSError as error:
            raise _not_opened() from error
        try:
            async with asyncio.timeout(self._limits.wall_seconds):
                reply = await _read_all(process, self._limits.reply_bytes)
                status = await process.wait()
        except TimeoutError as error:
            raise unreadable("parser_timeout", seconds=self._limits.wall_seconds) from error
        finally:
            await _end(process)
        return _document(reply, status, self._reader.corrupt)

    async def _start(self, path: Path) -> Process:
        limits, kind = self._limits, type(self._reader)
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _CHILD, f"{kind.__module__}:{kind.__name__}", str(path)),
            *(str(limits.memory_bytes), str(limits.cpu_seconds)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=_environment(),
        )


def _environment() -> dict[str, str]:
    """Return what the child needs to import the same modules, and no secrets."""
    libraries = os.environ.get("LD_LIBRARY_PATH")
    own = {} if libraries is None else {"LD_LIBRARY_PATH": libraries}
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **own}


async def _read_all(process: Process, limit: int) -> bytes:
    """Return what the child writes, no more than it may."""
    reply = bytearray()
    while process.stdout and (piece := await process.stdout.read(_STEP)):
        reply += piece
        if len(reply) > limit:
            raise unreadable("parser_memory", limit=limit)
    return bytes(reply)


async def _end(process: Process) -> None:
    """Kill the child if it still runs, and wait until it is gone."""
    if process.returncode is None:
        process.kill()
    await process.communicate()


def _document(reply: bytes, status: int, corrupt: str) -> ParsedDocument:
    if status != 0:
        raise _not_opened() if status > 0 else _crash(-status, corrupt)
    try:
        answer = decode(reply)
    except msgspec.MsgspecError as error:
        raise unreadable(corrupt) from error
    if isinstance(answer, Answer):
        return answer.document
    code = answer.code if answer.code in UNREADABLE else corrupt
    raise unreadable(code, kind=answer.kind)


def _not_opened() -> UnavailableError:
    return UnavailableError("The document could not be opened.")


def _crash(ended_by: int, corrupt: str) -> UnreadableDocumentError:
    """Return the error for a child that a signal ended before it answered."""
    if ended_by == signal.SIGXCPU:
        return unreadable("parser_timeout")
    if ended_by in _OUT_OF_MEMORY:
        return unreadable("parser_memory")
    return unreadable(corrupt, signal=ended_by)
