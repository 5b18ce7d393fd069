"""Reading untrusted files in a child process."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import Process
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
from ragtenancy.sandbox import process as sandbox
from ragtenancy.sandbox.confinement import exceeded

_CHILD = "ragtenancy.adapters.formats.child"
_STEP = 1 << 20


class SandboxedParser(DocumentParser):
    """Parses each file in a separate process, which cannot outlive this one."""

    def __init__(self, reader: Reader, limits: ProcessLimits | None = None) -> None:
        self._reader = reader
        self._limits = limits or ProcessLimits()

    @property
    def media_types(self) -> Sequence[str]:
        """The reader's media types."""
        return self._reader.media_types

    def recognises(self, head: bytes, filename: str) -> str | None:
        """Return the reader's result."""
        return self._reader.recognises(head, filename)

    async def parse(self, path: Path, *, charset: str | None = None) -> ParsedDocument:
        """Read the file at `path`.

        Raises `UnreadableDocumentError` (codes in docs/errors.md), `UnavailableError` if the child
        process could not start or open the file.
        """
        try:
            process = await self._start(path, charset)
        except OSError as error:
            raise _not_opened() from error
        try:
            async with asyncio.timeout(self._limits.wall_seconds):
                reply = await _read_all(process, self._limits.reply_bytes)
                status = await process.wait()
        except TimeoutError as error:
            raise unreadable("parser_timeout", seconds=self._limits.wall_seconds) from error
        finally:
            await sandbox.end(process)
        return await asyncio.to_thread(_document, reply, status, self._reader.corrupt)

    async def _start(self, path: Path, charset: str | None) -> Process:
        limits, kind = self._limits, type(self._reader)
        return await sandbox.start(
            *(_CHILD, f"{kind.__module__}:{kind.__name__}", str(path)),
            *(str(limits.memory_bytes), str(limits.cpu_seconds), str(os.getpid())),
            charset or "",
        )


async def _read_all(process: Process, limit: int) -> bytearray:
    """Return the child's output, up to the limit."""
    reply = bytearray()
    while process.stdout and (piece := await process.stdout.read(_STEP)):
        reply += piece
        if len(reply) > limit:
            raise unreadable("parser_memory", limit=limit)
    return reply


def _document(reply: bytearray, status: int, corrupt: str) -> ParsedDocument:
    if status != 0:
        raise _not_opened() if status > 0 else _crash(status, corrupt)
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


def _crash(status: int, corrupt: str) -> UnreadableDocumentError:
    """Return the error for a child killed by a signal before it answered."""
    limit = exceeded(status)
    if limit is None:
        return unreadable(corrupt, signal=-status)
    return unreadable("parser_timeout" if limit == "time" else "parser_memory")
