"""A copy of the ledger of deletions in one append-only file, for a disk of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from fcntl import LOCK_EX, flock
from pathlib import Path

import msgspec
from msgspec import structs

from ragtenancy.adapters.files.durable import FILE_MODE, sync_folder, translated
from ragtenancy.domain.deletion_ledger import LedgerEntry, LedgerKind, LedgerOrigin
from ragtenancy.domain.errors import StateLostError
from ragtenancy.domain.pages import Cursor, Page
from ragtenancy.domain.tenants import TenantScope
from ragtenancy.ports.clock import Clock
from ragtenancy.ports.deletion_ledger import DeletionLedger

BLOCK = 65_536
Drawing = Callable[[Callable[[], None]], None]


def _at_once(work: Callable[[], None]) -> None:
    work()


class FileDeletionLedger(DeletionLedger):
    """Appends each entry to a file, synced, before the ledger of the records has it.

    Lines of JSON: first the origin, which begins with the file, then the entries as they were
    recorded. Any number of processes may append; what a crash left of a line is removed by the next.
    Reads are answered by the ledger of the records. `drawing` may make room on a full disk.
    """

    def __init__(
        self, kept: DeletionLedger, path: Path, clock: Clock, drawing: Drawing = _at_once
    ) -> None:
        self._kept = kept
        self._path = path
        self._clock = clock
        self._drawing = drawing

    async def record(self, scope: TenantScope, entry: LedgerEntry) -> None:
        scope.require_own(entry.tenant_uid, "deletion_ledger")
        origin = structs.replace(await self._kept.origin(), since=self._clock.now())
        head, line = _line(origin), _line(entry)

        def append() -> None:
            with translated():
                _append(self._path, head, line, origin.installation_id)

        await asyncio.to_thread(self._drawing, append)
        await self._kept.record(scope, entry)

    async def get(self, scope: TenantScope, kind: LedgerKind, object_id: str) -> LedgerEntry | None:
        return await self._kept.get(scope, kind, object_id)

    async def page(
        self,
        scope: TenantScope,
        *,
        kind: LedgerKind | None = None,
        after: Cursor | None = None,
        limit: int = 50,
    ) -> Page[LedgerEntry]:
        return await self._kept.page(scope, kind=kind, after=after, limit=limit)

    async def origin(self) -> LedgerOrigin:
        return await self._kept.origin()


def begin_ledger_file(path: Path, origin: LedgerOrigin) -> None:
    """Make the file if it is absent, so that it has what is deleted from now on."""
    with translated():
        _append(path, _line(origin), b"", origin.installation_id)


def read_ledger_file(path: Path) -> tuple[LedgerOrigin, Sequence[LedgerEntry]]:
    """Return the file's origin and entries; a line without its end was never acknowledged.

    Raises `StateLostError` (storage_corrupt) for a damaged file.
    """
    with translated():
        *lines, _ = path.read_bytes().split(b"\n")
    entries: dict[tuple[str, str, str], LedgerEntry] = {}
    try:
        origin = msgspec.json.decode(lines[0], type=LedgerOrigin)
        for line in lines[1:]:
            entry = msgspec.json.decode(line, type=LedgerEntry)
            place = (entry.tenant_uid, entry.kind, entry.object_id)
            known = entries.get(place)
            entries[place] = entry if known is None else known.repeated(entry)
    except (msgspec.MsgspecError, IndexError) as error:
        raise _damaged(path) from error
    return origin, list(entries.values())


def _line(value: LedgerOrigin | LedgerEntry) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _append(path: Path, head: bytes, line: bytes, installation_id: str) -> None:
    """Append a line durably, or nothing. Raises `StateLostError` for another's file."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE)
    try:
        flock(handle, LOCK_EX)
        end = _end(handle)
        if end:
            _require_own(path, handle, installation_id)
        os.ftruncate(handle, end)
        try:
            _write(handle, line if end else head + line, end)
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, end)
            raise
        if not end:
            sync_folder(path.parent)
    finally:
        os.close(handle)


def _end(handle: int) -> int:
    """Return the position after the last whole line."""
    end = os.fstat(handle).st_size
    while end:
        start = max(0, end - BLOCK)
        found = os.pread(handle, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _require_own(path: Path, handle: int, installation_id: str) -> None:
    try:
        origin = msgspec.json.decode(
            os.pread(handle, BLOCK, 0).partition(b"\n")[0], type=LedgerOrigin
        )
    except msgspec.MsgspecError as error:
        raise _damaged(path) from error
    if origin.installation_id != installation_id:
        raise StateLostError(
            "The ledger of deletions is another installation's; set RAGTENANCY_DELETION_LEDGER to "
            "a file of this one's own.",
            str(path),
        )


def _write(handle: int, data: bytes, place: int) -> None:
    while data:
        written = os.pwrite(handle, data, place)
        data, place = data[written:], place + written


def _damaged(path: Path) -> StateLostError:
    return StateLostError("The ledger of deletions is damaged.", str(path), code="storage_corrupt")
