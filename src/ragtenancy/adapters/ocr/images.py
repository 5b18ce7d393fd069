"""Describing pictures by their text, in processes with the models loaded."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from importlib.metadata import version

import msgspec

from ragtenancy.adapters.ocr.limits import PictureLimits, ReaderLimits
from ragtenancy.adapters.ocr.messages import (
    LENGTH,
    MAX_REPLY,
    Ready,
    Refused,
    Reply,
    decode,
    framed,
)
from ragtenancy.adapters.ocr.turns import TenantTurns
from ragtenancy.domain.errors import RejectedError, UnavailableError
from ragtenancy.domain.parsed import Image
from ragtenancy.domain.pictures import ImageContext
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.images import ImageDescriber, Spent, uncounted
from ragtenancy.sandbox import process as sandbox

_READER = "ragtenancy.adapters.ocr.reader"
_GRACE = 10.0
_VARIABLES = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
_CODES = ("picture_unreadable", "picture_too_large", "picture_memory", "picture_timeout")


class OcrImageDescriber(ImageDescriber):
    """Reads one picture at a time; the reader process starts on the first and ends when idle.

    Tenants take turns, so that many pictures of one do not delay another's.
    """

    def __init__(self, limits: ReaderLimits | None = None) -> None:
        self._limits = limits or ReaderLimits()
        self._picture_limits = PictureLimits()
        self._turns = TenantTurns()
        self._reader: Process | None = None

    @property
    def fingerprint(self) -> str:
        """The version of RapidOCR, whose wheel contains the models."""
        return f"rapidocr {version('rapidocr')} 1"

    async def describe(
        self,
        scope: TenantScope,
        image: Image,
        context: ImageContext,  # noqa: ARG002 - says nothing of the text inside
        spent: Spent = uncounted,  # noqa: ARG002 - takes no tokens
    ) -> str | None:
        """Return the text of a picture, None if there is none.

        Raises `RejectedError` (codes in docs/errors.md), `UnavailableError` if the reader cannot be
        started or ended.
        """
        if len(image.data) > self._picture_limits.data_bytes:
            raise _refused("picture_too_large")
        async with self._turns.hold(scope.tenant_uid):
            reply = await self._reply(image.data)
        if isinstance(reply, Refused):
            code = reply.code if reply.code in _CODES else "picture_unreadable"
            raise _refused(code, kind=reply.kind)
        return None if isinstance(reply, Ready) else reply.text or None

    async def close(self) -> None:
        """End the reader."""
        if self._reader is not None:
            await sandbox.end(self._reader)
        self._reader = None

    async def _reply(self, data: bytes) -> Reply:
        """Return the reader's reply; a reader that fails to reply is killed."""
        answered = False
        try:
            reader = await self._running()
            async with asyncio.timeout(self._limits.wall_seconds + _GRACE):
                reply = await _asked(reader, data)
            answered = True
        except (OSError, EOFError, TimeoutError, msgspec.MsgspecError) as error:
            raise UnavailableError("Pictures cannot be read now.", code="ocr_away") from error
        finally:
            if not answered:
                await self.close()
        return reply

    async def _running(self) -> Process:
        """Return the reader, replacing one that ended when idle."""
        if self._reader is None or self._reader.returncode is not None:
            self._reader = await self._started()
            async with asyncio.timeout(self._limits.start_seconds):
                await _read(self._reader)
        return self._reader

    async def _started(self) -> Process:
        limits = self._limits
        return await sandbox.start(
            *(_READER, str(limits.memory_bytes), str(limits.cpu_seconds)),
            *(str(limits.wall_seconds), str(limits.idle_seconds)),
            **_VARIABLES,
        )


async def _asked(reader: Process, data: bytes) -> Reply:
    if reader.stdin is None:
        raise EOFError
    reader.stdin.write(framed(data))
    await reader.stdin.drain()
    return await _read(reader)


async def _read(reader: Process) -> Reply:
    """Return the next reply. Raises `EOFError` if the reader ends or its reply is too long."""
    if reader.stdout is None:
        raise EOFError
    length = LENGTH.unpack(await reader.stdout.readexactly(LENGTH.size))[0]
    if length > MAX_REPLY:
        raise EOFError
    return decode(await reader.stdout.readexactly(length))


def _refused(code: str, kind: str = "") -> RejectedError:
    return RejectedError("The picture cannot be read.", code=code, kind=kind)
